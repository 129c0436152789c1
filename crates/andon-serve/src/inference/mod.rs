//! The Open Inference Protocol, version 2, beside the service's own API: the same contract, the same decisions.
//!
//! Each row of the tensors is made a record and read as any other, so nothing that the contract refuses gets through.
//! Two outputs: `decision`, a word of the policy or REFER, and `probability`, which is null for a REFER: a made-up number
//! could be mistaken for a score. A client that cannot read null asks for `decision` alone.

use std::sync::Arc;

use andon::data::contract::Record;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Service;
use crate::problem::Problem;
use crate::read;
use crate::routes::Shared;
use crate::routes::observe::RequestId;

mod infer;
pub(crate) mod metadata;
pub(crate) mod tensor;

pub(crate) use infer::{InferenceRequest, InferenceResponse};

/// Longest request, in bytes.
pub(crate) const LIMIT: usize = 1 << 20;

/// What is refused, in the protocol's form.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "InferenceError")]
pub(crate) struct Refused {
    #[serde(skip)]
    status: StatusCode,
    /// When to ask again, in seconds.
    #[serde(skip)]
    retry_after_s: Option<u16>,
    /// What is wrong, for a person.
    error: String,
}

impl Refused {
    /// The request is not one that can be answered.
    pub(crate) fn bad(error: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, retry_after_s: None, error: error.into() }
    }

    /// So many rows of the request are on record already: asked again, they would be decided twice.
    fn after(self, on_record: usize) -> Self {
        if on_record == 0 {
            return self;
        }
        let error = format!("{}; {on_record} rows are on record, so do not send all of them again", self.error);
        Self { retry_after_s: None, error, ..self }
    }

    fn not_found(error: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, retry_after_s: None, error: error.into() }
    }
}

/// The protocol has one status for every broken input; the others say the same in both.
impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let status = match StatusCode::from_u16(problem.status()) {
            Ok(StatusCode::UNPROCESSABLE_ENTITY) | Err(_) => StatusCode::BAD_REQUEST,
            Ok(status) => status,
        };
        Self { status, retry_after_s: problem.retry_after_s(), error: problem.detail().to_owned() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after_s.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
        (self.status, retry_after, Json(self)).into_response()
    }
}

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
        .fallback(async || Refused::from(Problem::not_found()))
        .method_not_allowed_fallback(async || Refused::from(Problem::method_not_allowed()))
}

/// The same without an artifact that checks out.
pub(crate) fn refusing(reason: Arc<str>) -> Router {
    let refused = async move || Refused::from(Problem::not_ready(&reason));
    Router::new().route("/health/live", get(live)).fallback(refused)
}

async fn live() -> Json<Value> {
    Json(json!({ "live": true }))
}

impl<R: Record> Service<R> {
    /// Whether it is this model that is asked for.
    fn check_named(&self, named: Model) -> Result<(), Refused> {
        let Path(Named { name, version }) = named.map_err(|error| Refused::not_found(error.body_text()))?;
        let identity = &self.identity;
        if name != identity.name {
            return Err(Refused::not_found(format!("there is no such model; there is `{}`", identity.name)));
        }
        match version {
            Some(version) if version != identity.model_version => {
                Err(Refused::not_found(format!("there is no such version; there is `{}`", identity.model_version)))
            }
            _ => Ok(()),
        }
    }
}

async fn server<R: Record>(State(service): Shared<R>) -> Json<Value> {
    Json(metadata::server(&service.identity))
}

async fn ready<R: Record>(State(service): Shared<R>) -> Result<Json<Value>, Refused> {
    service.check_ready()?;
    Ok(Json(json!({ "ready": true })))
}

async fn model<R: Record>(State(service): Shared<R>, named: Model) -> Result<Json<Value>, Refused> {
    service.check_named(named)?;
    Ok(Json(metadata::model(&service)))
}

async fn model_ready<R: Record>(State(service): Shared<R>, named: Model) -> Result<Json<Value>, Refused> {
    service.check_named(named)?;
    service.check_ready()?;
    Ok(Json(json!({ "name": service.identity.name, "ready": true })))
}

async fn infer<R: Record>(State(service): Shared<R>, named: Model, request: Request) -> Result<Response, Refused> {
    service.check_named(named)?;
    service.check_ready()?;
    let id = RequestId::of(&request);
    let body = read::json(request, LIMIT).await?;
    let deciding = service.begin()?;
    let asked =
        serde_json::from_slice(&body).map_err(|error| Refused::bad(format!("the body is no request: {error}")))?;
    Ok(Json(service.infer(&deciding, &id, asked).await?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_rows_on_record_is_not_told_to_ask_again() {
        let full = || Refused { retry_after_s: Some(1), ..Refused::bad("no room") };
        assert_eq!((full().after(0).retry_after_s, full().after(0).error.as_str()), (Some(1), "no room"));
        let told = full().after(17);
        assert_eq!(told.error, "no room; 17 rows are on record, so do not send all of them again");
        assert_eq!(told.retry_after_s, None);
    }
}
