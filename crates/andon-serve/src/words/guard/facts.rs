//! The facts that an explanation may rest on.

use andon::evidence::policy::Policy;
use andon::{REFER, Reply};
use serde::Serialize;

use super::vocabulary::{AT_THRESHOLD, BELOW_THRESHOLD, VOCABULARY};

/// The facts of an explanation. As JSON, they are all that the language model gets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplanationFacts {
    pub(crate) decision: String,
    pub(crate) probability_percent: f64,
    pub(crate) threshold_percent: f64,
    pub(crate) reasons: Vec<GivenReason>,
    #[serde(skip)]
    pub(crate) opposite: String,
    /// The words that compare the probability with the threshold.
    #[serde(skip)]
    pub(super) comparing: &'static [&'static str],
    #[serde(skip)]
    pub(super) never: Vec<String>,
}

/// A reason of the reply.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct GivenReason {
    pub(crate) code: String,
    pub(crate) text: String,
}

impl ExplanationFacts {
    /// The facts of a reply; `None` for a referral, which has no probability and no reasons.
    #[must_use]
    pub fn new(policy: &Policy, reply: &Reply) -> Option<Self> {
        let probability = reply.probability.filter(|_| reply.decision != REFER)?;
        let answer = &policy.answer;
        let (opposite, comparing) = if reply.decision == answer.positive {
            (&answer.negative, AT_THRESHOLD.as_slice())
        } else {
            (&answer.positive, BELOW_THRESHOLD.as_slice())
        };
        let reasons = reply.reasons.iter().map(|r| GivenReason { code: r.code.clone(), text: r.text.clone() });
        Some(Self {
            decision: reply.decision.clone(),
            probability_percent: percent(probability),
            threshold_percent: percent(answer.threshold),
            reasons: reasons.collect(),
            opposite: opposite.clone(),
            comparing,
            never: policy.never_said().map(str::to_owned).collect(),
        })
    }

    /// The plain words that a text may hold beside the facts.
    pub(crate) fn vocabulary(&self) -> impl Iterator<Item = &'static str> {
        VOCABULARY.iter().chain(self.comparing).copied()
    }
}

/// Scores and thresholds are whole ten-thousandths, so two decimals are exact.
fn percent(share: f64) -> f64 {
    (share * 10_000.0).round() / 100.0
}
