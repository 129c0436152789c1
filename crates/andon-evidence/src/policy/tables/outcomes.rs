//! The rule for outcomes: what happened after the decisions, and when the model must be validated anew.

use serde::{Deserialize, Serialize};

use crate::policy::error::KeyProblem;
use crate::policy::limits;

/// The rule for outcomes; `[outcomes]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRule {
    /// The number of months with NO-GO that ask for a new validation.
    #[serde(default = "one")]
    pub no_go_months: u32,
    /// The months after which the outcomes of a month of decisions must be there.
    #[serde(default)]
    pub due_after_months: u32,
}

fn one() -> u32 {
    1
}

impl Default for OutcomeRule {
    fn default() -> Self {
        Self { no_go_months: one(), due_after_months: 0 }
    }
}

impl OutcomeRule {
    pub(crate) fn check(&self) -> Result<(), KeyProblem> {
        limits::NO_GO_MONTHS.check(self.no_go_months)?;
        limits::DUE_AFTER_MONTHS.check(self.due_after_months)
    }
}
