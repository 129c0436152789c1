//! The data of a reply: decision, probability, reasons, and the change that would have made it positive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::OutsideValidated;

/// The word for a record that a person decides.
pub const REFER: &str = "REFER";

/// A feature that spoke against the record, in the words of the policy's dictionary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Short name of the reason.
    pub code: String,
    /// The column.
    pub feature: String,
    /// The reason, with the value that was found.
    pub text: String,
    /// The advice that would improve it.
    pub improve: String,
    /// The amount by which the feature moved the probability, below 0; to the ten-thousandth.
    pub moved: f64,
}

/// The reply to one record.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Reply {
    /// The policy's positive or negative word, or [`REFER`].
    pub decision: String,
    /// Calibrated probability of the positive outcome, 0 to 1; absent when a person decides.
    pub probability: Option<f64>,
    /// Probability of the outcome that was decided on, the larger of the two; absent when a person decides.
    pub confidence: Option<f64>,
    /// The reasons, strongest first; only for a negative decision.
    pub reasons: Vec<Reason>,
    /// The change that would have made a negative decision positive; only if the policy states what can be acted on.
    pub counterfactual: Option<Counterfactual>,
    /// Inputs outside the validated range; only for a referral.
    pub outside_validated: Vec<OutsideValidated>,
    /// The contact for questions and corrections; with every negative decision and referral, if the policy names one.
    pub contact: Option<String>,
    /// All of this in plain language.
    pub explanation: String,
}

/// One feature moved.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// The column.
    pub feature: String,
    /// Its value, in the column's unit.
    pub from: f64,
    /// The value that it would need, in the column's unit.
    pub to: f64,
    /// The policy's words for the new value.
    pub text: String,
}

/// The change that would have made a negative answer positive.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Counterfactual {
    /// The answer would have been positive with these changes, and with none that takes fewer steps.
    Change {
        /// The changes, in the model's order of features.
        changes: Vec<Change>,
        /// The number of the policy's steps that they take.
        steps: usize,
        /// The probability then, 0 to 1.
        probability: f64,
    },
    /// No change within the policy's bounds makes the answer positive.
    NoneWithinBounds,
}

impl Counterfactual {
    /// In plain language, with the policy's word for the answer.
    ///
    /// ```
    /// let none = andon::Counterfactual::NoneWithinBounds;
    /// assert_eq!(none.text("APPROVE"), "No change within the limits of the search would have led to APPROVE.");
    /// ```
    #[must_use]
    pub fn text(&self, positive: &str) -> String {
        match self {
            Self::NoneWithinBounds => {
                format!("No change within the limits of the search would have led to {positive}.")
            }
            Self::Change { changes, probability, .. } => {
                let changes: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
                format!(
                    "All else equal, the answer would have been {positive}, at {:.2} %, with {}. This is an estimate, not a \
                     commitment.",
                    100.0 * probability,
                    changes.join(" and ")
                )
            }
        }
    }
}
