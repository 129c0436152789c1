//! What is refused, and how: a catalogue of problems (RFC 9457).

use andon::contract::Violation;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::request::{DEADLINE, LIMIT};

/// A refusal as `application/problem+json`; its type is `about:blank`, so the title is the status' own.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(skip)]
    code: StatusCode,
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Violation>,
}

impl Problem {
    fn new(code: StatusCode, detail: impl Into<String>) -> Self {
        let title = code.canonical_reason().unwrap_or_default();
        Self { code, r#type: "about:blank", title, status: code.as_u16(), detail: detail.into(), errors: Vec::new() }
    }

    /// The body is not JSON.
    pub(crate) fn not_json(error: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}"))
    }

    /// The body broke off.
    pub(crate) fn cut() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "the body broke off before its end")
    }

    /// There is nothing at this path.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such endpoint")
    }

    /// The endpoint has another method; the router adds `Allow`.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "the endpoint has another method: see the Allow header")
    }

    /// The body did not arrive in time.
    pub(crate) fn too_slow() -> Self {
        let detail = format!("the body did not arrive within {} s", DEADLINE.as_secs());
        Self::new(StatusCode::REQUEST_TIMEOUT, detail)
    }

    /// The body is too long.
    pub(crate) fn too_large() -> Self {
        let detail = format!("the body is longer than {LIMIT} bytes; a request is one JSON object");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// The body is not said to be of the media type that is read.
    pub(crate) fn not_said_to_be(media_type: &str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("the content-type must be {media_type}"))
    }

    /// The record breaks the contract.
    pub(crate) fn breaks_the_contract(errors: Vec<Violation>) -> Self {
        let told: Vec<String> = errors.iter().map(Violation::to_string).collect();
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, told.join("; "));
        Self { errors, ..problem }
    }

    /// The artifact does not check out.
    pub(crate) fn not_ready(reason: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, format!("no decisions are made: {reason}"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.code, [(header::CONTENT_TYPE, "application/problem+json")], Json(self)).into_response()
    }
}
