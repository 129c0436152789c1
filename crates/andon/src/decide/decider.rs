//! The reply to one record: decision, probability, reasons and a plain-language text. Used by the gates, the server
//! and the command line alike.

use andon_evidence::policy::Policy;

use crate::data::cells::{self, Cell};
use crate::data::contract::{Column, Contract, Record, Violation};
use crate::decide::counterfactual::smallest_change;
use crate::decide::reply::{REFER, Reason, Reply};
use crate::model::attribution::Attributor;
use crate::model::{Answer, Attribution, Model, OutsideValidated};

/// The least share of what the strongest reason moved that makes another one a principal reason.
const MIN_PRINCIPAL_SHARE: f64 = 0.05;

/// A model with the policy's words: what turns a record into a reply.
#[derive(Debug, Clone)]
pub struct Decider<R> {
    contract: Contract<R>,
    policy: Policy,
    model: Model,
    attributor: Attributor,
}

impl<R: Record> Decider<R> {
    /// Brings contract, policy and model together.
    #[must_use]
    pub fn new(contract: Contract<R>, policy: Policy, model: Model) -> Self {
        let attributor = Attributor::new(model.forest());
        Self { contract, policy, model, attributor }
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
        let cells = cells::read(&record).map_err(|error| vec![Violation::new("", "", error.to_string(), "")])?;
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
        let cells = cells::read(record)?;
        Ok(self.reply_to(&cells))
    }

    /// Replies to the cells of a checked record.
    #[must_use]
    pub fn reply_to(&self, cells: &[(&'static str, Cell)]) -> Reply {
        self.reply_with(cells, !self.policy.actionable.is_empty())
    }

    /// The reply to a checked record without its counterfactual, which costs more than all the rest.
    pub(crate) fn reply_without_change(&self, record: &R) -> Result<Reply, cells::NotFlat> {
        cells::read(record).map(|cells| self.reply_with(&cells, false))
    }

    fn reply_with(&self, cells: &[(&'static str, Cell)], looks_for_change: bool) -> Reply {
        let mut reply = Reply {
            decision: REFER.to_owned(),
            probability: None,
            confidence: None,
            reasons: Vec::new(),
            counterfactual: None,
            outside_validated: Vec::new(),
            contact: self.policy.answer.contact.clone(),
            explanation: String::new(),
        };
        match self.model.answer(cells) {
            Answer::Refer(outside_validated) => reply.outside_validated = outside_validated,
            Answer::Scored { score, positive: true, .. } => {
                reply.decision.clone_from(&self.policy.answer.positive);
                reply.probability = Some(score.share());
                reply.contact = None;
            }
            Answer::Scored { score, row, .. } => {
                reply.decision.clone_from(&self.policy.answer.negative);
                reply.probability = Some(score.share());
                reply.reasons = self.reasons(&row);
                reply.counterfactual =
                    looks_for_change.then(|| smallest_change(&self.contract, &self.policy, &self.model, &row));
            }
        }
        // Scores are whole ten-thousandths, and so is this.
        reply.confidence = reply.probability.map(|share| share.max(ten_thousandths(1.0 - share)));
        reply.explanation = self.template(&reply);
        reply
    }

    /// The amount by which each feature moved the probability of an encoded row.
    #[must_use]
    pub(crate) fn attribution(&self, row: &[f64]) -> Attribution {
        self.model.attribution(&self.attributor, row)
    }

    /// The amount by which each feature moved the raw score of an encoded row: see [`Attributor::moved`].
    #[must_use]
    pub fn moved(&self, row: &[f64]) -> Vec<f64> {
        self.attributor.moved(row)
    }

    /// The reasons against an encoded row, strongest first, as far as the policy has words for them.
    #[must_use]
    pub(crate) fn reasons(&self, row: &[f64]) -> Vec<Reason> {
        let moved = self.attribution(row).moved;
        let mut against: Vec<(usize, f64)> = moved.into_iter().map(ten_thousandths).enumerate().collect();
        let strongest = against.iter().map(|(_, moved)| *moved).fold(0.0, f64::min);
        against.retain(|(_, moved)| *moved < 0.0 && *moved <= MIN_PRINCIPAL_SHARE * strongest);
        // The sort is stable: of two that moved as much, the one that the model lists first.
        against.sort_by(|a, b| a.1.total_cmp(&b.1));
        let worded = against.into_iter().filter_map(|(place, moved)| self.reason(place, row[place], moved));
        worded.take(self.policy.answer.max_reasons).collect()
    }

    fn reason(&self, place: usize, value: f64, moved: f64) -> Option<Reason> {
        let feature = self.model.features().get(place)?;
        let entry = self.policy.wording.get(&feature.name)?;
        let text = feature.reason(entry, value)?;
        let code = entry.code.clone();
        let improve = entry.improve.clone();
        Some(Reason { code, feature: feature.name.clone(), text, improve, moved })
    }

    /// The plain-language text that needs no language model.
    fn template(&self, reply: &Reply) -> String {
        let answer = &self.policy.answer;
        let Some(probability) = reply.probability else {
            let outside: Vec<String> = reply.outside_validated.iter().map(|outside| self.untested(outside)).collect();
            return format!("A person will decide. The model was not tested for {}.", outside.join("; "));
        };
        let share = percent(probability);
        let needed = percent(answer.threshold);
        let stated = format!(
            "{}: the estimated probability of {} is {share}; at least {needed} is needed.",
            reply.decision, answer.positive
        );
        if reply.reasons.is_empty() {
            return stated;
        }
        let reasons: Vec<&str> = reply.reasons.iter().map(|reason| reason.text.as_str()).collect();
        format!("{stated} What weighed most against it: {}.", reasons.join("; "))
    }

    /// A value outside the validated range in the policy's words, with the range.
    fn untested(&self, outside: &OutsideValidated) -> String {
        let OutsideValidated { column, value, validated } = outside;
        let words = self.policy.wording.get(column).and_then(|entry| entry.reason.for_value(value));
        format!("{} (tested: {validated})", words.unwrap_or_else(|| format!("{column} of {value}")))
    }
}

/// Two decimals are exact for a score; nil is not written out.
fn percent(share: f64) -> String {
    let percent = format!("{:.2}", 100.0 * share);
    format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
}

fn ten_thousandths(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}
