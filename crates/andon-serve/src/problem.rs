//! What is refused, and how: a catalogue of problems (RFC 9457).

use std::time::Duration;

use andon::data::contract::Violation;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

/// How long a body may take to arrive.
pub(crate) const BODY_DEADLINE: Duration = Duration::from_secs(5);

/// A refusal (RFC 9457); its type is `about:blank`, so the title is the status' own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Problem {
    #[serde(skip)]
    code: StatusCode,
    /// Always `about:blank`.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status of the response.
    status: u16,
    /// What is wrong, for a person.
    detail: String,
    /// Every broken value, where the record breaks the contract.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Violation>,
    /// Which record of an array, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    /// Which line of a body of lines, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// When to ask again, in seconds.
    #[serde(skip)]
    retry_after_s: Option<u16>,
}

impl Problem {
    fn new(code: StatusCode, detail: impl Into<String>) -> Self {
        let title = code.canonical_reason().unwrap_or_default();
        let r#type = "about:blank";
        let status = code.as_u16();
        let detail = detail.into();
        Self { code, r#type, title, status, detail, errors: Vec::new(), index: None, line: None, retry_after_s: None }
    }

    /// More decisions wait for the disk than it keeps up with.
    pub(crate) fn trail_busy(waiting: usize) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, format!("{waiting} decisions wait to be recorded"));
        Self { retry_after_s: Some(1), ..problem }
    }

    /// More requests decide than do so quickly.
    pub(crate) fn too_many_at_once(most: usize) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, format!("{most} requests are being decided"));
        Self { retry_after_s: Some(1), ..problem }
    }

    /// The request has no key, or none that is known: which of the two, nobody is told.
    pub(crate) fn no_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "a key is needed: Authorization: Bearer KEY")
    }

    /// A page of another site made a browser send it.
    pub(crate) fn of_another_site() -> Self {
        Self::new(StatusCode::FORBIDDEN, "a page of another site cannot ask this one for that")
    }

    /// The key is used more often than it may be.
    pub(crate) fn too_often(retry_after_s: u16) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "this key asks more often than it may");
        Self { retry_after_s: Some(retry_after_s), ..problem }
    }

    /// When to ask again, in seconds.
    pub(crate) fn retry_after_s(&self) -> Option<u16> {
        self.retry_after_s
    }

    /// The audit trail cannot be written.
    pub(crate) fn not_recorded() -> Self {
        let detail = "the audit trail cannot be written, and nothing is decided that is not on record";
        Self { retry_after_s: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// The same for somebody without a key: the reason may name files.
    pub(crate) fn without_detail(self) -> Self {
        Self { detail: "no decisions are made: the reason is told to those with a key".to_owned(), ..self }
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
        let detail = format!("the body did not arrive within {} s", BODY_DEADLINE.as_secs());
        Self::new(StatusCode::REQUEST_TIMEOUT, detail)
    }

    /// The lines of a body still come, after a long time.
    pub(crate) fn too_long_on_its_way(most: Duration) -> Self {
        let detail =
            format!("the lines did not arrive within {} s: send the others in another request", most.as_secs());
        Self::new(StatusCode::REQUEST_TIMEOUT, detail)
    }

    /// The body is too long.
    pub(crate) fn too_large(limit: usize) -> Self {
        let detail = format!("the body is longer than {limit} bytes");
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

    /// The record's type is none that can be decided.
    pub(crate) fn undecidable(error: impl std::fmt::Display) -> Self {
        let [column, value, allowed] = [const { String::new() }; 3];
        let problem = error.to_string();
        Self::breaks_the_contract(vec![Violation { line: None, column, value, problem, allowed }])
    }

    /// The status in words.
    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    /// The status, as a response has it.
    pub(crate) fn code(&self) -> StatusCode {
        self.code
    }

    /// The status.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The columns that are to blame; the empty one is the whole record.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().map(|error| error.column.as_str())
    }

    /// The idempotency key is none.
    pub(crate) fn not_a_key(longest: usize) -> Self {
        let detail = format!("idempotency-key must be one key of 1 to {longest} visible ASCII characters");
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The idempotency key is taken.
    pub(crate) fn another_body() -> Self {
        let detail = "this idempotency-key was used with another body: a key names one request";
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// The first request with the key is still being decided.
    pub(crate) fn under_way() -> Self {
        let detail = "the first request with this idempotency-key is still being decided";
        Self { retry_after_s: Some(1), ..Self::new(StatusCode::CONFLICT, detail) }
    }

    /// The body of a batch is JSON, but no array.
    pub(crate) fn not_an_array() -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "the body is not an array of records")
    }

    /// The array has too many records.
    pub(crate) fn too_many(records: usize, most: usize) -> Self {
        let detail = format!("{records} records are more than {most}; application/x-ndjson takes any number");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// The same of one record in an array.
    pub(crate) fn at_index(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }

    /// The same of one line.
    pub(crate) fn at_line(self, line: usize) -> Self {
        Self { line: Some(line), ..self }
    }

    /// What is wrong.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The artifact does not check out.
    pub(crate) fn not_ready(reason: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, format!("no decisions are made: {reason}"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.code;
        let retry_after_s = self.retry_after_s;
        let mut response = (code, [(header::CONTENT_TYPE, "application/problem+json")], Json(self)).into_response();
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
