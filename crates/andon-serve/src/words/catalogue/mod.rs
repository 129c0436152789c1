//! Good and bad answers of a language model, in a release's own words: what the guard must judge rightly before the
//! release goes out.
//!
//! [`wrongly_judged`] fills templates with the decision words, percentages, reasons and forbidden words of a policy and
//! of two of its replies, gives each answer to the [`guard`](crate::words::guard), and reports every one that is judged
//! otherwise than it must be: a bad one that is shown or refused for another rule, a good one that is refused.

use andon::decide::decider::Reply;
use andon::evidence::policy::Policy;
use serde_json::json;

use crate::words::guard::{Facts, judge};

mod bad;
mod good;

/// How the guard judged the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// How many answers must be refused.
    pub bad: usize,
    /// How many answers must be shown.
    pub good: usize,
    /// Those that were judged otherwise.
    pub wrong: Vec<WronglyJudged>,
}

/// An answer that was judged otherwise than it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WronglyJudged {
    /// What the answer tries, and with which words.
    pub name: String,
    /// What must become of it, and what did.
    pub problem: String,
}

/// Judges the catalogue for a policy; `None` without a negative reply that has reasons and a positive one.
#[must_use]
pub fn wrongly_judged(policy: &Policy, denial: &Reply, approval: &Reply) -> Option<Judged> {
    let (denial, approval) = (Side::new(policy, denial)?, Side::new(policy, approval)?);
    if denial.facts.reasons.is_empty() || !approval.facts.reasons.is_empty() {
        return None;
    }
    let (bad, good) = (bad::cases(policy, &denial, &approval), good::cases(&denial, &approval));
    let wrong = bad.iter().chain(&good).filter_map(Case::wrongly_judged).collect();
    Some(Judged { bad: bad.len(), good: good.len(), wrong })
}

/// One answer, what it is about, and what must become of it.
struct Case {
    name: String,
    facts: Facts,
    answer: String,
    /// Codes of the refusals that are right; none for a good answer.
    refusals: Vec<&'static str>,
}

impl Case {
    fn wrongly_judged(&self) -> Option<WronglyJudged> {
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

/// One of the two decisions, with what may be said of it.
struct Side {
    facts: Facts,
    /// Percentages as they are written, such as `41.58`.
    probability: String,
    threshold: String,
}

impl Side {
    fn new(policy: &Policy, reply: &Reply) -> Option<Self> {
        let facts = Facts::new(policy, reply)?;
        let (probability, threshold) = (facts.probability_percent.to_string(), facts.threshold_percent.to_string());
        Some(Self { facts, probability, threshold })
    }

    fn reasons(&self) -> Vec<&str> {
        self.facts.reasons.iter().map(|reason| reason.text.as_str()).collect()
    }

    /// The shortest true text.
    fn plain(&self) -> String {
        let reasons = self.reasons();
        let because = if reasons.is_empty() { String::new() } else { format!(", because of {}", reasons.join(", ")) };
        format!("{}{because}.", self.facts.decision)
    }

    /// An answer of this text whose other fields are right.
    fn answer(&self, text: &str) -> String {
        let codes: Vec<&str> = self.facts.reasons.iter().map(|reason| reason.code.as_str()).collect();
        json!({ "decision": self.facts.decision, "reasons": codes, "text": text }).to_string()
    }

    fn case(&self, what: &str, text: &str, refusals: &[&'static str]) -> Case {
        let name = format!("{}, {what}: {text}", self.facts.decision);
        Case { name, facts: self.facts.clone(), answer: self.answer(text), refusals: refusals.to_vec() }
    }

    /// Fills `{D}`, `{P}`, `{T}`, `{N}` with decision, probability, threshold and number of reasons.
    fn filled(&self, template: &str) -> String {
        let filled = template.replace("{D}", &self.facts.decision).replace("{P}", &self.probability);
        filled.replace("{T}", &self.threshold).replace("{N}", &self.facts.reasons.len().to_string())
    }
}

#[cfg(test)]
mod tests;
