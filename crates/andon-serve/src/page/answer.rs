//! A reply as the page shows it. The script fills the same template from the JSON of the decision endpoint.

use andon::Reply;
use andon::evidence::policy::Policy;

use crate::watch::recent::DecisionKind;

/// Width of a bar's scale, in the units of its drawing.
const SCALE_LENGTH: f64 = 100.0;

/// A reply.
#[derive(Debug, Default)]
pub(crate) struct AnswerView {
    /// The policy's word.
    pub(crate) decision: String,
    /// Its CSS class, which colours it.
    pub(crate) class: &'static str,
    /// The probability in percent, and as a length; empty if a person decides.
    pub(crate) probability: String,
    pub(crate) length: String,
    /// The reason why a person decides; empty otherwise.
    pub(crate) untested: String,
    /// The reasons against the record.
    pub(crate) reasons: Vec<ReasonView>,
    /// The smallest change to another answer.
    pub(crate) counterfactual: String,
    /// The contact for questions; empty if there is none to name.
    pub(crate) contact: String,
}

/// A reason.
#[derive(Debug, Default)]
pub(crate) struct ReasonView {
    pub(crate) text: String,
    /// Percentage points by which the reason moved the probability.
    pub(crate) moved: String,
    /// The same number as a length, relative to the strongest reason.
    pub(crate) length: String,
    pub(crate) improve: String,
}

impl AnswerView {
    pub(crate) fn new(reply: &Reply, policy: &Policy) -> Self {
        let strongest = reply.reasons.iter().map(|reason| reason.moved.abs()).fold(f64::MIN_POSITIVE, f64::max);
        let reasons = reply.reasons.iter().map(|reason| ReasonView {
            text: capitalize(&reason.text),
            moved: format!("{:.1}", 100.0 * reason.moved.abs()),
            length: format_length(reason.moved.abs() / strongest),
            improve: reason.improve.clone(),
        });
        let counterfactual = reply.counterfactual.as_ref().map(|found| found.text(&policy.answer.positive));
        Self {
            class: css_class(DecisionKind::classify(reply, policy)),
            decision: reply.decision.clone(),
            probability: reply.probability.map(|share| format!("{:.1} %", 100.0 * share)).unwrap_or_default(),
            length: format_length(reply.probability.unwrap_or_default()),
            untested: if reply.probability.is_none() { reply.explanation.clone() } else { String::new() },
            reasons: reasons.collect(),
            counterfactual: counterfactual.unwrap_or_default(),
            contact: reply.contact.clone().unwrap_or_default(),
        }
    }

    /// The blank answer, with one of each part, which the script clones and fills.
    pub(crate) fn blank() -> Self {
        Self { class: "referred", length: format_length(0.0), reasons: vec![ReasonView::default()], ..Self::default() }
    }
}

/// The CSS class that colours a kind of decision.
pub(super) fn css_class(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Positive => "positive",
        DecisionKind::Negative => "negative",
        DecisionKind::Referred => "referred",
    }
}

pub(crate) fn format_length(share: f64) -> String {
    format!("{:.1}", SCALE_LENGTH * share.clamp(0.0, 1.0))
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
