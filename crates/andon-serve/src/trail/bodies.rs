//! The contents of the notes about decisions: what `andon-audit` keeps as JSON.

use serde::{Deserialize, Serialize};

/// What happened after a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeBody {
    /// The value of the label: 1 is the favourable outcome.
    pub outcome: u8,
    /// The day of the outcome, as in `2026-05-31`.
    pub date: String,
}
