//! The answer to one record, as it is sent.

use andon::decide::reply::Reply;
use schemars::JsonSchema;
use serde::Serialize;

/// The template worded an explanation.
pub(crate) const TEMPLATE: &str = "template";

/// The answer to one record.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Answer")]
pub(crate) struct DecisionAnswer<'a> {
    #[serde(flatten)]
    pub(crate) reply: Reply,
    /// Version of the model that decided.
    pub(crate) model_version: &'a str,
    /// SHA-256 over every input that could have changed the decision to release it.
    pub(crate) fingerprint: &'a str,
}

/// An answer with who worded its explanation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ExplainedAnswer<'a> {
    #[serde(flatten)]
    pub(crate) answer: DecisionAnswer<'a>,
    /// `ollama`, or `template` where the language model had no good words in time.
    pub(crate) explanation_source: &'static str,
    /// Why the template's words are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fallback: Option<String>,
}
