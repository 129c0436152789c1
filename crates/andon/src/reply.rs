//! The reply to one record: decision, probability, reasons and a plain-language text. Used by the gates, the server
//! and the command line alike.

use andon_evidence::policy::Policy;
use serde::{Deserialize, Serialize};

use crate::cells::{self, Cell};
use crate::contract::{Column, Contract, Record, Violation};
use crate::model::{Answer, Model, OutsideValidated};

/// The word for a record that a person decides.
pub const REFER: &str = "REFER";

/// A feature that spoke against the record, in the words of the policy's dictionary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Short name of the reason.
    pub code: String,
    /// Which column.
    pub feature: String,
    /// The reason, with the value that was found.
    pub text: String,
    /// What would improve it.
    pub improve: String,
    /// What the feature moved the probability by, below 0; to the ten-thousandth.
    pub moved: f64,
}

/// The reply to one record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reply {
    /// The policy's positive or negative word, or [`REFER`].
    pub decision: String,
    /// Calibrated probability of the positive outcome, 0 to 1; absent when a person decides.
    pub probability: Option<f64>,
    /// Why, strongest first; only for a negative decision.
    pub reasons: Vec<Reason>,
    /// Inputs outside the validated range; only for a referral.
    pub outside_validated: Vec<OutsideValidated>,
    /// All of this in plain language.
    pub explanation: String,
}

/// A model with the policy's words: what turns a record into a reply.
#[derive(Debug, Clone)]
pub struct Decider<R> {
    contract: Contract<R>,
    policy: Policy,
    model: Model,
}

impl<R: Record> Decider<R> {
    /// Brings contract, policy and model together.
    #[must_use]
    pub fn new(contract: Contract<R>, policy: Policy, model: Model) -> Self {
        Self { contract, policy, model }
    }

    /// The contract.
    #[must_use]
    pub fn contract(&self) -> &Contract<R> {
        &self.contract
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The columns that a request may hold: the features and nothing else.
    pub fn input_columns(&self) -> impl Iterator<Item = &Column> {
        self.model.features().iter().filter_map(|feature| self.contract.column(&feature.name))
    }

    /// Reads a request: a record with every feature, and without the id, the label, a protected attribute or any
    /// other column that the decision does not rest on.
    ///
    /// # Errors
    /// Every broken value; see [`Contract::read_json`].
    pub fn read_request(&self, json: &[u8]) -> Result<R, Vec<Violation>> {
        let record = self.contract.read_json(json)?;
        let cells = cells::of(&record).map_err(|error| vec![Violation::new("", "", error.to_string(), "")])?;
        let is_feature = |name: &str| self.model.features().iter().any(|feature| feature.name == name);
        let mut surplus = Vec::new();
        for (name, cell) in cells.iter().filter(|(name, cell)| *cell != Cell::Missing && !is_feature(name)) {
            let problem = "is no input of the decision: leave it out";
            surplus.push(Violation::new(name, &cell.to_string(), problem, ""));
        }
        if surplus.is_empty() { Ok(record) } else { Err(surplus) }
    }

    /// Replies to a checked record.
    ///
    /// # Errors
    /// [`cells::NotFlat`] when the record's type is not a flat struct.
    pub fn reply(&self, record: &R) -> Result<Reply, cells::NotFlat> {
        let cells = cells::of(record)?;
        let mut reply = match self.model.answer(&cells) {
            Answer::Refer(outside_validated) => Reply {
                decision: REFER.to_owned(),
                probability: None,
                reasons: Vec::new(),
                outside_validated,
                explanation: String::new(),
            },
            Answer::Scored { score, positive } => Reply {
                decision: if positive { &self.policy.answer.positive } else { &self.policy.answer.negative }.clone(),
                probability: Some(score.share()),
                reasons: if positive { Vec::new() } else { self.reasons(&cells) },
                outside_validated: Vec::new(),
                explanation: String::new(),
            },
        };
        reply.explanation = self.template(&reply);
        Ok(reply)
    }

    fn reasons(&self, cells: &[(&'static str, Cell)]) -> Vec<Reason> {
        let Ok(row) = self.model.encode(cells) else { return Vec::new() };
        let worded = |(name, moved): (&str, f64)| {
            let entry = self.policy.wording.get(name)?;
            let cell = cells.iter().find(|(column, _)| *column == name).map_or(&Cell::Missing, |(_, cell)| cell);
            let (code, improve) = (entry.code.clone(), entry.improve.clone());
            let text = entry.reason.of(&spoken(cell))?;
            Some(Reason { code, feature: name.to_owned(), text, improve, moved: (moved * 1e4).round() / 1e4 })
        };
        self.model.against(&row).into_iter().filter_map(worded).take(self.policy.answer.max_reasons).collect()
    }

    /// The plain-language text that needs no language model.
    fn template(&self, reply: &Reply) -> String {
        let answer = &self.policy.answer;
        // Two decimals are exact for a score.
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        let Some(probability) = reply.probability else {
            let outside = reply.outside_validated.iter();
            let outside = outside.map(|o| format!("{} is {} (validated: {})", o.column, o.value, o.validated));
            return format!(
                "A person will decide: the model was not validated for such values. {}.",
                outside.collect::<Vec<_>>().join("; ")
            );
        };
        let share = format!("estimated probability of {} is {}", answer.positive, percent(probability));
        if reply.decision == answer.positive {
            return format!("{}: the {share}; at least {} is needed.", reply.decision, percent(answer.threshold));
        }
        let reasons: Vec<&str> = reply.reasons.iter().map(|reason| reason.text.as_str()).collect();
        format!(
            "{}: the {share}; at least {} is needed. What weighed most against it: {}.",
            reply.decision,
            percent(answer.threshold),
            reasons.join("; ")
        )
    }
}

/// A value as it is read out: numbers with at most two decimals and a comma at every thousand.
fn spoken(cell: &Cell) -> String {
    let Cell::Number(number) = cell else { return cell.to_string() };
    let plain = format!("{:.2}", number.abs());
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits: Vec<&str> = whole.as_bytes().rchunks(3).rev().filter_map(|three| str::from_utf8(three).ok()).collect();
    let (whole, decimals) = (digits.join(","), decimals.trim_end_matches('0'));
    let sign = if *number <= -0.005 { "-" } else { "" };
    if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_out_as_people_write_them() {
        let cases = [(0.0, "0"), (999.0, "999"), (1_000.0, "1,000"), (-1_234_567.891, "-1,234,567.89"), (58.5, "58.5")];
        for (number, text) in cases {
            assert_eq!(spoken(&Cell::Number(number)), text);
        }
        assert_eq!(spoken(&Cell::Text("heat_pump".into())), "heat_pump");
    }
}
