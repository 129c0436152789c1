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

/// A person's decision about a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideBody {
    /// The person's decision, in one of the policy's two words.
    pub decision: String,
    /// The code of the reason, from the policy's list.
    pub reason: String,
    /// The person.
    pub by: String,
    /// The name of the key that sent it; absent in a service without keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What a shadow challenger would have answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowBody {
    /// The decision, in the policy's word.
    pub decision: String,
    /// The challenger's score; absent if it would have left the decision to a person.
    pub score: Option<f64>,
    /// Version of the challenger.
    pub model_version: String,
    /// Digest of every input that the challenger was released with.
    pub fingerprint: String,
    /// Digest of the challenger's model.
    pub model_sha256: String,
}
