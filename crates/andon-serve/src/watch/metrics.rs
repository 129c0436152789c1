//! The metrics of the service, as OpenMetrics text.

use std::sync::Arc;
use std::time::Duration;

use andon::REFER;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::identity::Identity;
use crate::read::attributes::MEMBER;
use crate::watch::DecisionWatch;
use crate::watch::reloads::Reloads;
use crate::watch::shadowed::ShadowCounts;
use crate::words::Fallback;

/// The media type of OpenMetrics text.
pub(crate) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The media type of Prometheus' own older text.
pub(crate) const PLAIN_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper bounds of the latency's buckets, in seconds: 10 us to 1 s.
const LATENCY_BOUNDS_S: [f64; 16] =
    [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1.0];

/// The label of a refusal that no column of the contract caused.
const BODY_LABEL: &str = "body";

/// The prefix of columns beside a record; they are counted together.
const MEMBER_PREFIX: &str = "monitoring.";

/// The source of an explanation; for the template also the code of the fallback.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ExplanationLabel {
    source: &'static str,
    why: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FieldLabel {
    field: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClassLabel {
    class: &'static str,
}

/// Every metric of the service, each registered under its name and held here.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    explanations: Family<ExplanationLabel, Counter>,
    /// The counter of each word, so that deciding takes no lock.
    decisions: Vec<(String, Counter)>,
    seconds: Histogram,
    /// The counter of each column, of [`MEMBER`] and of [`BODY_LABEL`]. A client cannot add a label.
    refused: Vec<(String, Counter)>,
    responses: Family<ClassLabel, Counter>,
    shed: Counter,
}

impl Metrics {
    /// Metrics for a release with these two words for decisions, beside the referral, and these columns.
    pub(crate) fn new<'a>(words: [&str; 2], columns: impl Iterator<Item = &'a str>) -> Self {
        let mut registry = Registry::with_prefix("andon");
        let explanations = Family::default();
        let responses = Family::default();
        let seconds = Histogram::new(LATENCY_BOUNDS_S);
        let outcomes = Family::<OutcomeLabel, Counter>::default();
        let fields = Family::<FieldLabel, Counter>::default();
        let held =
            |word: &str| (word.to_owned(), outcomes.get_or_create(&OutcomeLabel { outcome: word.to_owned() }).clone());
        let decisions = words.into_iter().chain([REFER]).map(held).collect();
        let held = |name: &str| (name.to_owned(), fields.get_or_create(&FieldLabel { field: name.to_owned() }).clone());
        let refused = columns.chain([MEMBER, BODY_LABEL]).map(held).collect();

        registry.register("decisions", "Decisions by outcome", outcomes);
        let help = "Time from a checked record to its decision";
        registry.register_with_unit("decision", help, Unit::Seconds, seconds.clone());
        registry.register("refused_inputs", "Refused values by column; `body` if no column is to blame", fields);
        registry.register("http_responses", "HTTP responses by class of status", responses.clone());
        let help = "Explanations by source, with the reason for the template";
        registry.register("explanations", help, explanations.clone());
        let shed = Counter::default();
        registry.register("shed_requests", "Requests that were refused because the service was busy", shed.clone());
        Self { registry, explanations, decisions, seconds, refused, responses, shed }
    }

    /// Counts an explanation.
    pub(crate) fn count_explanation(&self, fallback: Option<&Fallback>) {
        let source = if fallback.is_none() { "ollama" } else { "template" };
        self.explanations.get_or_create(&ExplanationLabel { source, why: fallback.map_or("", Fallback::code) }).inc();
    }

    /// Counts a decision.
    pub(crate) fn count_decision(&self, decision: &str, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
        if let Some((_, counter)) = self.decisions.iter().find(|(word, _)| word == decision) {
            counter.inc();
        }
    }

    /// Counts a refusal under each column that caused it.
    pub(crate) fn count_refused<'a>(&self, columns: impl Iterator<Item = &'a str>) {
        let mut columns: Vec<&str> = columns.map(|column| self.label_for(column)).collect();
        if columns.is_empty() {
            columns.push(BODY_LABEL);
        }
        for (_, counter) in self.refused.iter().filter(|(name, _)| columns.contains(&name.as_str())) {
            counter.inc();
        }
    }

    fn label_for<'a>(&self, column: &'a str) -> &'a str {
        let column = if column.starts_with(MEMBER_PREFIX) { MEMBER } else { column };
        if self.refused.iter().any(|(name, _)| name == column) { column } else { BODY_LABEL }
    }

    /// Counts a request that found no room: too many requests decide, or too many decisions wait for the trail.
    pub(crate) fn count_shed(&self) {
        self.shed.inc();
    }

    /// Counts a response.
    pub(crate) fn count_response(&self, status: u16) {
        let class = match status / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        self.responses.get_or_create(&ClassLabel { class }).inc();
    }

    /// All metrics as OpenMetrics text, with the release in force and the count of reloads.
    ///
    /// # Errors
    /// None in practice: writing to a `String` does not fail.
    pub(crate) fn to_text(
        &self,
        identity: &Identity,
        watch: &Arc<DecisionWatch>,
        reloads: &Reloads,
        shadow: Option<&ShadowCounts>,
    ) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &artifact_registry(identity, watch))?;
        reloads.encode_into(&mut text)?;
        shadow.map_or(Ok(()), |shadow| shadow.encode_into(&mut text))?;
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The metrics that begin anew with each artifact.
fn artifact_registry(identity: &Identity, watch: &Arc<DecisionWatch>) -> Registry {
    let labels = [("model_version", &identity.model_version), ("fingerprint", &identity.fingerprint)];
    let labels = labels.map(|(name, value)| (name.to_owned(), value.clone())).to_vec();
    let mut registry = Registry::with_prefix("andon");
    registry.register("build", "The release in force", Info::new(labels));
    registry.register_collector(Box::new(Arc::clone(watch)));
    registry
}
