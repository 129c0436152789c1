//! The endpoints.

pub(crate) mod observe;

use std::sync::Arc;

use andon::data::contract::Record;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::api::docs;
use crate::api::document::Document;
use crate::api::openapi;
use crate::decide::batch;
use crate::decide::{Answer, Explained, TEMPLATE};
use crate::inference;
use crate::page;
use crate::problem::Problem;
use crate::read;
use crate::read::LIMIT;
use crate::routes::observe::{RequestId, guard, observe};
use crate::service::idempotency;
use crate::service::idempotency::Sent;
use crate::service::paths::Paths;
use crate::watch::metrics::CONTENT_TYPE;
use crate::words::Fallback;
use crate::{Lasting, Service};

/// What each endpoint answers from.
pub(crate) type Shared<R> = State<Arc<Service<R>>>;

/// The service's endpoints; the crate's root lists them.
pub fn router<R: Record>(service: Service<R>) -> Router {
    endpoints(Arc::new(service))
}

pub(crate) fn endpoints<R: Record>(service: Arc<Service<R>>) -> Router {
    let paths = Paths::of(&service.decider.policy().serve.path);
    Router::new()
        .route(&paths.decisions, post(decide::<R>))
        .route(&paths.explanations, post(explain::<R>))
        .route(&paths.batch, post(batch::batch::<R>))
        .route("/healthz", get(live))
        .route("/readyz", get(ready::<R>))
        .route("/metrics", get(metrics::<R>))
        .merge(documents(&service))
        .merge(page::router())
        .nest("/v2", inference::router::<R>())
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn_with_state(Arc::clone(&service), observe::<R>))
        .with_state(service)
}

/// The endpoints without an artifact that checks out: the process is live, and everything else is 503 with the reason.
/// No card or evidence either, since nothing vouches for them. Keys are asked for as ever.
pub(crate) fn refusing(reason: &str, lasting: &Lasting) -> Router {
    let reason: Arc<str> = reason.into();
    let inference = inference::refusing(Arc::clone(&reason));
    let (admission, reloads) = (lasting.admission.clone(), Arc::clone(&lasting.reloads));
    let refused = async move |request: Request| admission.told(&request, Problem::not_ready(&reason));
    Router::new()
        .route("/healthz", get(live))
        .route("/metrics", get(async move || open_metrics(reloads.text())))
        .nest("/v2", inference)
        .fallback(refused)
        .layer(from_fn_with_state(lasting.admission.clone(), guard))
}

async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// What says the same while an artifact is in force.
fn documents<R: Record>(service: &Service<R>) -> Router<Arc<Service<R>>> {
    let identity = &service.identity;
    let described = openapi::describe(service);
    let page = docs::page(&described);
    let documents = [
        ("/card", "text/markdown; charset=utf-8", identity.card.clone()),
        ("/evidence", "application/json", identity.evidence.clone()),
        ("/openapi.json", "application/json", described.to_string()),
    ];
    let described = Router::new().route("/docs", get(async || page));
    documents.into_iter().fold(described, |router, (path, media_type, text)| {
        router.route(path, document(Document::new(media_type, text)))
    })
}

fn document<S: Clone + Send + Sync + 'static>(document: Document) -> MethodRouter<S> {
    get(async move |headers: HeaderMap| document.answer(&headers))
}

async fn decide<R: Record>(State(service): Shared<R>, request: Request) -> Result<Sent, Problem> {
    service.check_ready()?;
    let key = idempotency::key(&request)?;
    let id = RequestId::of(&request);
    let body = read::json(request, LIMIT).await?;
    let decide = async {
        let deciding = service.begin()?;
        let answer = service.decide(&deciding, &id, &service.read(&body)?).await?;
        let body = serde_json::to_vec(&answer).map_err(Problem::undecidable)?.into();
        Ok(Sent { body, id: id.clone() })
    };
    match key {
        Some(key) => service.remembered.once(&key, &body, decide).await,
        None => decide.await,
    }
}

async fn explain<R: Record>(State(service): Shared<R>, request: Request) -> Result<Response, Problem> {
    service.check_ready()?;
    let id = RequestId::of(&request);
    let body = read::json(request, LIMIT).await?;
    // Also while the language model looks for words.
    let deciding = service.begin()?;
    let asked = service.read(&body)?;
    let mut made = service.decided(&deciding, &asked.record)?;
    let fallback = service.word(&mut made.answer).await;
    let explanation_source = if fallback.is_some() { TEMPLATE } else { "ollama" };
    let why = fallback.as_ref().map(|fallback| format!("{explanation_source}: {}", fallback.code()));
    let answer = service.settled(&id, &asked, made, why.as_deref().unwrap_or(explanation_source)).await?;
    let fallback = fallback.map(|fallback| fallback.to_string());
    Ok(Json(Explained { answer, explanation_source, fallback }).into_response())
}

impl<R: Record> Service<R> {
    /// Puts an answer in the language model's words, where it finds good ones in time; or says why they are the template's.
    async fn word(&self, answer: &mut Answer<'_>) -> Option<Fallback> {
        let worded = self.explainer.explain(self.decider.policy(), &answer.reply).await;
        self.metrics.explained(worded.as_ref().err());
        worded.map(|text| answer.reply.explanation = text).err()
    }
}

async fn ready<R: Record>(State(service): Shared<R>, request: Request) -> Result<Response, Problem> {
    let admission = &service.lasting.admission;
    service.check_ready().map_err(|problem| admission.told(&request, problem))?;
    let identity = &service.identity;
    let mut ready = json!({
        "status": "ready",
        "model_version": identity.model_version,
        "fingerprint": identity.fingerprint,
    });
    if let Some(reason) = service.lasting.reloads.last_refusal().filter(|_| admission.knows(&request)) {
        ready["last_refusal"] = reason.into();
    }
    Ok(Json(ready).into_response())
}

async fn metrics<R: Record>(State(service): Shared<R>) -> Result<Response, StatusCode> {
    open_metrics(service.metrics.text(&service.identity, &service.watch, &service.lasting.reloads))
}

fn open_metrics(text: Result<String, std::fmt::Error>) -> Result<Response, StatusCode> {
    let text = text.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
