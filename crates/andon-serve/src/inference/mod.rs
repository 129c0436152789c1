//! The Open Inference Protocol, version 2, beside the service's own API: the same contract, the same decisions.
//!
//! Each row of the tensors becomes a record and is read like any other, so the contract checks it. There are two
//! outputs: `decision`, a word of the policy or REFER, and `probability`. The probability is null for a REFER, because
//! a made-up number could pass for a score. A client that cannot read null asks for `decision` alone.

use std::sync::Arc;

use andon::Record;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::inference::error::InferenceError;
use crate::problem::Problem;
use crate::read;
use crate::request_id::RequestId;
use crate::service::idempotency::{self, StoredAnswer};
use crate::service::{Service, SharedService};

mod binary;
pub(crate) mod error;
pub(crate) mod infer;
pub(crate) mod metadata;
pub(crate) mod tensor;

/// The size of the longest request, in bytes.
pub(crate) const MAX_REQUEST_BYTES: usize = 1 << 20;

/// A model in a path.
#[derive(Debug, Deserialize)]
struct Named {
    name: String,
    version: Option<String>,
}

type Model = Result<Path<Named>, PathRejection>;

/// The endpoints below `/v2`.
pub(crate) fn router<R: Record>() -> Router<Arc<Service<R>>> {
    let of_model = |router: Router<_>, path: &str| {
        let endpoints: [(&str, MethodRouter<Arc<Service<R>>>); 3] =
            [("", get(model::<R>)), ("/ready", get(model_ready::<R>)), ("/infer", post(infer::<R>))];
        endpoints.into_iter().fold(router, |router, (rest, endpoint)| router.route(&format!("{path}{rest}"), endpoint))
    };
    let router = Router::new()
        .route("/", get(server::<R>))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready::<R>));
    let router = of_model(of_model(router, "/models/{name}"), "/models/{name}/versions/{version}");
    router
        .fallback(async || InferenceError::from(Problem::not_found()))
        .method_not_allowed_fallback(async || InferenceError::from(Problem::method_not_allowed()))
}

/// Builds the endpoints for the time without an artifact.
pub(crate) fn refusing(reason: Arc<str>) -> Router {
    let refused = async move || InferenceError::from(Problem::not_ready(&reason));
    Router::new().route("/health/live", get(live)).fallback(refused)
}

async fn live() -> Json<Value> {
    Json(json!({ "live": true }))
}

/// Checks that the path names this model.
fn check_named<R>(service: &Service<R>, named: Model) -> Result<(), InferenceError> {
    let Path(Named { name, version }) = named.map_err(|error| InferenceError::not_found(error.body_text()))?;
    let identity = &service.identity;
    if name != identity.name {
        return Err(InferenceError::not_found(format!("there is no such model; there is `{}`", identity.name)));
    }
    match version {
        Some(version) if version != identity.model_version => {
            Err(InferenceError::not_found(format!("there is no such version; there is `{}`", identity.model_version)))
        }
        _ => Ok(()),
    }
}

async fn server<R: Record>(State(service): SharedService<R>) -> Json<Value> {
    Json(metadata::describe_server(&service.identity))
}

async fn ready<R: Record>(State(service): SharedService<R>) -> Result<Json<Value>, InferenceError> {
    service.check_ready()?;
    Ok(Json(json!({ "ready": true })))
}

async fn model<R: Record>(State(service): SharedService<R>, named: Model) -> Result<Json<Value>, InferenceError> {
    check_named(&service, named)?;
    Ok(Json(metadata::describe_model(&service)))
}

async fn model_ready<R: Record>(State(service): SharedService<R>, named: Model) -> Result<Json<Value>, InferenceError> {
    check_named(&service, named)?;
    service.check_ready()?;
    Ok(Json(json!({ "name": service.identity.name, "ready": true })))
}

async fn infer<R: Record>(
    State(service): SharedService<R>,
    named: Model,
    request: Request,
) -> Result<Response, InferenceError> {
    check_named(&service, named)?;
    service.check_ready()?;
    let id = RequestId::from_request(&request);
    let key = idempotency::read_key(&request)?;
    let json_bytes = binary::json_bytes(request.headers())?;
    let body = read::read_inference_body(request, MAX_REQUEST_BYTES).await?;
    // If there is no room, the client learns it before its tensors are read.
    drop(service.acquire_permit()?);
    let asked = binary::read_request(&body, json_bytes)?;
    let text = key.as_ref().map(|_| serde_json::to_vec(&asked)).transpose().map_err(Problem::undecidable)?;
    let infer = async {
        let permit = service.acquire_permit()?;
        let response = infer::infer(&service, &permit, &id, asked).await?;
        let body = serde_json::to_vec(&response).map_err(Problem::undecidable)?.into();
        Ok::<_, InferenceError>(StoredAnswer { body, id: id.clone(), is_final: true })
    };
    let Some((key, text)) = key.zip(text) else { return Ok(infer.await?.into_response()) };
    Ok(service.idempotency_cache.answer_once(&key, &text, infer).await?.into_response())
}
