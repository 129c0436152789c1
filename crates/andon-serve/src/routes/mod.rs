//! The list of endpoints.

pub(crate) mod log;
mod refused;

use std::sync::Arc;

use andon::Record;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::api::docs;
use crate::api::document::TaggedDocument;
use crate::api::openapi;
use crate::decide::batch;
use crate::decide::endpoint::{decide, explain};
use crate::inference;
use crate::page;
use crate::problem::Problem;
use crate::routes::log::{guard, observe};
use crate::service::cord;
use crate::service::overrides;
use crate::service::paths::Paths;
use crate::service::server_state::ServerState;
use crate::service::{Service, SharedService};
use crate::watch::accepted::prefers_plain_text;
use crate::watch::metrics::{OPEN_METRICS, PLAIN_TEXT};
use crate::watch::plain_text::from_open_metrics;

/// Builds the service's endpoints; the table at the root of this crate lists them.
pub fn router<R: Record>(service: Service<R>) -> Router {
    endpoints(Arc::new(service))
}

pub(crate) fn endpoints<R: Record>(service: Arc<Service<R>>) -> Router {
    let paths = Paths::from_decision_path(&service.decider.policy().serve.path);
    Router::new()
        .route(&paths.decisions, post(decide::<R>))
        .route(&paths.explanations, post(explain::<R>))
        .route(&paths.batch, post(batch::batch::<R>))
        .route(&paths.stop, post(cord::stop::<R>))
        .route(&paths.clear, post(cord::clear::<R>))
        .route(&paths.overrides, post(overrides::override_decision::<R>))
        .route("/healthz", get(live))
        .route("/readyz", get(ready::<R>))
        .route("/metrics", get(metrics::<R>))
        .merge(documents(&service))
        .merge(page::router(Arc::clone(&service)))
        .nest("/v2", inference::router::<R>())
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn_with_state(Arc::clone(&service), observe::<R>))
        .with_state(service)
}

/// Builds the endpoints for the time without an artifact: the process is live, and every other endpoint answers 503
/// with the reason. Card and evidence are not served either, because no check vouches for them. Keys are required as
/// usual.
pub(crate) fn refusing(reason: &str, state: &ServerState) -> Router {
    let reason: Arc<str> = reason.into();
    let inference = inference::refusing(Arc::clone(&reason));
    let admission = state.admission.clone();
    let reloads = Arc::clone(&state.reloads);
    let refused = async move |request: Request| admission.redact_for(&request, Problem::not_ready(&reason));
    Router::new()
        .route("/healthz", get(live))
        .route("/metrics", get(async move |headers: HeaderMap| respond_with_metrics(&headers, reloads.to_text())))
        .nest("/v2", inference)
        .fallback(refused)
        .layer(from_fn_with_state(state.admission.clone(), guard))
}

async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// Builds the endpoints whose text stays the same while an artifact is in force.
fn documents<R: Record>(service: &Service<R>) -> Router<Arc<Service<R>>> {
    let identity = &service.identity;
    let described = openapi::describe(service);
    let page = docs::render_page(&described);
    let documents = [
        ("/card", "text/markdown; charset=utf-8", identity.card.clone()),
        ("/evidence", "application/json", identity.evidence.clone()),
        ("/openapi.json", "application/json", described.to_string()),
    ];
    let described = Router::new().route("/docs", get(async || page));
    documents.into_iter().fold(described, |router, (path, media_type, text)| {
        router.route(path, document(TaggedDocument::new(media_type, text)))
    })
}

fn document<S: Clone + Send + Sync + 'static>(document: TaggedDocument) -> MethodRouter<S> {
    get(async move |headers: HeaderMap| document.respond(&headers))
}

async fn ready<R: Record>(State(service): SharedService<R>, request: Request) -> Result<Response, Problem> {
    let admission = &service.state.admission;
    service.check_ready().map_err(|problem| admission.redact_for(&request, problem))?;
    let identity = &service.identity;
    let mut ready = json!({
        "status": "ready",
        "model_version": identity.model_version,
        "fingerprint": identity.fingerprint,
    });
    if let Some(reason) = service.state.reloads.last_refusal().filter(|_| admission.may_see_details(&request)) {
        ready["last_refusal"] = reason.into();
    }
    Ok(Json(ready).into_response())
}

async fn metrics<R: Record>(State(service): SharedService<R>, headers: HeaderMap) -> Result<Response, StatusCode> {
    let ServerState { reloads, shadow, .. } = &service.state;
    let shadow = shadow.as_ref().map(|shadow| shadow.counts());
    respond_with_metrics(&headers, service.metrics.to_text(&service.identity, &service.watch, reloads, shadow))
}

/// Answers in OpenMetrics, or in Prometheus' older text if the client prefers that.
fn respond_with_metrics(headers: &HeaderMap, text: Result<String, std::fmt::Error>) -> Result<Response, StatusCode> {
    let text = text.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    if prefers_plain_text(headers) {
        return Ok(([(header::CONTENT_TYPE, PLAIN_TEXT)], from_open_metrics(&text)).into_response());
    }
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}
