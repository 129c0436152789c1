//! The endpoints that decide one record.

use andon::Record;
use axum::extract::{Request, State};

use crate::decide::answer::{DecisionAnswer, ExplainedAnswer, TEMPLATE};
use crate::problem::Problem;
use crate::read::attributes::DecisionRequest;
use crate::read::{self, MAX_RECORD_BYTES};
use crate::request_id::RequestId;
use crate::service::idempotency::{self, StoredAnswer};
use crate::service::{Service, SharedService};
use crate::words::Fallback;

pub(crate) async fn decide<R: Record>(
    State(service): SharedService<R>,
    request: Request,
) -> Result<StoredAnswer, Problem> {
    service.check_ready()?;
    let key = idempotency::read_key(&request)?;
    let id = RequestId::from_request(&request);
    let body = read::read_json_body(request, MAX_RECORD_BYTES).await?;
    let asked = service.read_request(&body)?;
    let decide = async {
        let permit = service.acquire_permit()?;
        let answer = service.decide(&permit, &id, &asked).await?;
        let body = serde_json::to_vec(&answer).map_err(Problem::undecidable)?.into();
        Ok(StoredAnswer { body, id: id.clone(), is_final: true })
    };
    let Some(key) = key else { return decide.await };
    let record = asked.to_canonical().map_err(Problem::undecidable)?;
    service.idempotency_cache.answer_once(&key, record.as_bytes(), decide).await
}

pub(crate) async fn explain<R: Record>(
    State(service): SharedService<R>,
    request: Request,
) -> Result<StoredAnswer, Problem> {
    service.check_ready()?;
    let key = idempotency::read_key(&request)?;
    let id = RequestId::from_request(&request);
    let body = read::read_json_body(request, MAX_RECORD_BYTES).await?;
    let asked = service.read_request(&body)?;
    let worded = decide_in_words(&service, &id, &asked);
    let Some(key) = key else { return worded.await };
    // Under one key, a decision and its explanation are two requests.
    let record = asked.to_canonical().map_err(Problem::undecidable)?;
    service.idempotency_cache.answer_once(&key, format!("explain {record}").as_bytes(), worded).await
}

async fn decide_in_words<R: Record>(
    service: &Service<R>,
    id: &RequestId,
    asked: &DecisionRequest<R>,
) -> Result<StoredAnswer, Problem> {
    // The permit is held while the language model works, too.
    let permit = service.acquire_permit()?;
    let mut unrecorded = service.decide_unrecorded(&permit, &asked.record)?;
    let fallback = word(service, &mut unrecorded.answer).await;
    let explanation_source = if fallback.is_some() { TEMPLATE } else { "ollama" };
    let why = fallback.as_ref().map(|fallback| format!("{explanation_source}: {}", fallback.code()));
    let source = why.as_deref().unwrap_or(explanation_source);
    let answer = service.record_and_count(id, asked, unrecorded, source).await?;
    let fallback = fallback.map(|fallback| fallback.to_string());
    let explained = ExplainedAnswer { answer, explanation_source, fallback };
    let body = serde_json::to_vec(&explained).map_err(Problem::undecidable)?.into();
    Ok(StoredAnswer { body, id: id.clone(), is_final: true })
}

/// Words an answer by the language model, or gives the reason why the template's words stay.
async fn word<R: Record>(service: &Service<R>, answer: &mut DecisionAnswer<'_>) -> Option<Fallback> {
    let worded = match &service.explainer {
        Some(explainer) => explainer.explain(service.decider.policy(), &answer.reply).await,
        None => Err(Fallback::NoLanguageModel),
    };
    service.metrics.count_explanation(worded.as_ref().err());
    worded.map(|text| answer.reply.explanation = text).err()
}
