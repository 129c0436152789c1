//! One case of the catalogue, and the decision that it is about.

use andon::Reply;
use andon::evidence::policy::Policy;
use serde_json::json;

use crate::words::guard::facts::ExplanationFacts;
use crate::words::guard::judge;

/// An answer that the guard judged wrongly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WronglyJudged {
    /// The trick that the answer tries, and its words.
    pub name: String,
    /// The right verdict, and the guard's.
    pub problem: String,
}

/// One answer with its facts and the right verdict.
pub(super) struct CatalogueCase {
    pub(super) name: String,
    pub(super) facts: ExplanationFacts,
    pub(super) answer: String,
    /// The codes of the right refusals; empty for a good answer.
    pub(super) refusals: Vec<&'static str>,
}

impl CatalogueCase {
    pub(super) fn find_problem(&self) -> Option<WronglyJudged> {
        let judged = judge(&self.answer, &self.facts);
        let problem = match &judged {
            Ok(_) if self.refusals.is_empty() => return None,
            Err(refusal) if self.refusals.contains(&refusal.code()) => return None,
            Ok(_) => format!("shown instead of refused as {}", self.refusals.join(" or ")),
            Err(refusal) if self.refusals.is_empty() => format!("refused: {refusal}"),
            Err(refusal) => format!("refused as {} instead of {}", refusal.code(), self.refusals.join(" or ")),
        };
        Some(WronglyJudged { name: self.name.clone(), problem })
    }
}

/// One of the two decisions, with its facts.
pub(super) struct DecisionSide {
    pub(super) facts: ExplanationFacts,
    /// The percentages as they are written, such as `41.58`.
    pub(super) probability: String,
    pub(super) threshold: String,
}

impl DecisionSide {
    pub(super) fn new(policy: &Policy, reply: &Reply) -> Option<Self> {
        let facts = ExplanationFacts::new(policy, reply)?;
        let probability = facts.probability_percent.to_string();
        let threshold = facts.threshold_percent.to_string();
        Some(Self { facts, probability, threshold })
    }

    pub(super) fn reasons(&self) -> Vec<&str> {
        self.facts.reasons.iter().map(|reason| reason.text.as_str()).collect()
    }

    /// The shortest true text.
    pub(super) fn plain(&self) -> String {
        let reasons = self.reasons();
        let because = if reasons.is_empty() { String::new() } else { format!(", because of {}", reasons.join(", ")) };
        format!("{}{because}.", self.facts.decision)
    }

    /// An answer with this text and correct other fields.
    pub(super) fn answer(&self, text: &str) -> String {
        let codes: Vec<&str> = self.facts.reasons.iter().map(|reason| reason.code.as_str()).collect();
        json!({ "decision": self.facts.decision, "reasons": codes, "text": text }).to_string()
    }

    pub(super) fn make_case(&self, what: &str, text: &str, refusals: &[&'static str]) -> CatalogueCase {
        let name = format!("{}, {what}: {text}", self.facts.decision);
        CatalogueCase { name, facts: self.facts.clone(), answer: self.answer(text), refusals: refusals.to_vec() }
    }

    /// Fills `{D}`, `{P}`, `{T}`, `{N}` with decision, probability, threshold and number of reasons.
    pub(super) fn fill(&self, template: &str) -> String {
        let filled = template.replace("{D}", &self.facts.decision).replace("{P}", &self.probability);
        filled.replace("{T}", &self.threshold).replace("{N}", &self.facts.reasons.len().to_string())
    }
}
