//! A stand-in for the local language model, and an explainer that asks it.

use andon::Reply;
use andon::judge::NotMeasured;
use andon::policy::{LanguageModel, Policy};
use andon_serve::words::{Explainer, Fallback};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use crate::body::not_measured;

/// Timeout for an answer of the stand-in.
pub(super) const TIMEOUT_MS: u64 = 1_000;

pub(super) fn runtime() -> Result<Runtime, NotMeasured> {
    Builder::new_current_thread().enable_all().build().map_err(not_measured)
}

/// An answer in the format of Ollama's chat endpoint.
pub(super) fn chat_answer(reply: &Reply, text: &str) -> ResponseTemplate {
    let codes: Vec<&str> = reply.reasons.iter().map(|reason| reason.code.as_str()).collect();
    let content = json!({ "decision": reply.decision, "reasons": codes, "text": text }).to_string();
    let message = json!({ "role": "assistant", "content": content });
    ResponseTemplate::new(200).set_body_json(json!({ "message": message, "done_reason": "stop", "done": true }))
}

/// A language model that always gives this answer.
pub(super) async fn stand_in(answer: ResponseTemplate) -> MockServer {
    let stand_in = MockServer::start().await;
    Mock::given(matchers::path("/api/chat")).respond_with(answer).mount(&stand_in).await;
    stand_in
}

/// The explainer of the release, which asks the language model at this address.
pub(super) fn explainer(policy: &Policy, url: &str) -> Result<Explainer, NotMeasured> {
    let model = policy.explanation.language_model.as_ref();
    let model = model.ok_or_else(|| not_measured("the policy names no language model"))?;
    let local = LanguageModel { ollama_url: url.to_owned(), timeout_ms: TIMEOUT_MS, ..model.clone() };
    Explainer::new(&local).map_err(not_measured)
}

/// The result of the explainer if the language model gives this answer.
pub(super) async fn explain_with(
    policy: &Policy,
    answer: ResponseTemplate,
    reply: &Reply,
) -> Result<Result<String, Fallback>, NotMeasured> {
    let stand_in = stand_in(answer).await;
    Ok(explainer(policy, &stand_in.uri())?.explain(policy, reply).await)
}
