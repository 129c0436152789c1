//! The facts that an explanation may rest on.

use andon::evidence::policy::{Policy, words};
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
            never: forbidden_phrases(policy),
        })
    }

    /// The plain words that a text may hold beside the facts.
    pub(crate) fn vocabulary(&self) -> impl Iterator<Item = &'static str> {
        VOCABULARY.iter().chain(self.comparing).copied()
    }
}

/// The forbidden phrases of a policy. The name of a group that consists of plain words, such as `second`, says nothing
/// about a person in a text about a second reason; the name of its attribute stays forbidden.
pub(crate) fn forbidden_phrases(policy: &Policy) -> Vec<String> {
    let is_plain = |phrase: &&str| words(phrase).all(|word| VOCABULARY.binary_search(&word.as_str()).is_ok());
    policy.never_said().filter(|phrase| !is_plain(phrase)).map(str::to_owned).collect()
}

/// Scores and thresholds are whole ten-thousandths, so two decimals are exact.
fn percent(share: f64) -> f64 {
    (share * 10_000.0).round() / 100.0
}
