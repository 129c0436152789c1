//! The answer to one record, as it is sent.

use andon::Reply;
use schemars::JsonSchema;
use serde::Serialize;

/// The source of an explanation in the template's words.
pub(crate) const TEMPLATE: &str = "template";

/// The answer to one record.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Answer")]
pub(crate) struct DecisionAnswer<'a> {
    #[serde(flatten)]
    pub(crate) reply: Reply,
    /// Version of the model that decided.
    pub(crate) model_version: &'a str,
    /// SHA-256 over every input that could change the decision to release the model.
    pub(crate) fingerprint: &'a str,
}

/// An answer with the source of its explanation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ExplainedAnswer<'a> {
    #[serde(flatten)]
    pub(crate) answer: DecisionAnswer<'a>,
    /// `ollama`, or `template` if the language model gave no acceptable text in time.
    pub(crate) explanation_source: &'static str,
    /// The reason for the template's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fallback: Option<String>,
}
