//! What the service counts, as OpenMetrics text.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::explain::Fallback;

/// The media type of OpenMetrics text.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Who worded an explanation; for the template also why it did, as the fallback's code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Explained {
    source: &'static str,
    why: &'static str,
}

/// Every counter of the service, each registered under its name and held here.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    explanations: Family<Explained, Counter>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("andon");
        let explanations = Family::default();
        let help = "Explanations by who worded them, and why the template did";
        registry.register("explanations", help, explanations.clone());
        Self { registry, explanations }
    }

    /// Counts an explanation.
    pub(crate) fn explained(&self, fallback: Option<&Fallback>) {
        let source = if fallback.is_none() { "ollama" } else { "template" };
        self.explanations.get_or_create(&Explained { source, why: fallback.map_or("", Fallback::code) }).inc();
    }

    /// All counters as OpenMetrics text.
    ///
    /// # Errors
    /// None by itself: a `String` takes whatever is written.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
