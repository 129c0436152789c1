//! The catalogue of problems: every way in which a request is refused (RFC 9457).

use std::time::Duration;

use andon::Violation;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

/// The longest time that a body may take to arrive.
pub(crate) const BODY_DEADLINE: Duration = Duration::from_secs(5);

/// A refusal (RFC 9457). Its type is `about:blank`, so its title is the name of the status.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Problem {
    #[serde(skip)]
    code: StatusCode,
    /// Always `about:blank`.
    r#type: &'static str,
    /// The name of the status.
    title: &'static str,
    /// The status of the response.
    status: u16,
    /// An explanation for people.
    detail: String,
    /// Every invalid value, if the record breaks the contract.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Violation>,
    /// The record's index in an array, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    /// The number of the line in a body of lines, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// The time to wait before the next try, in seconds.
    #[serde(skip)]
    retry_after_s: Option<u16>,
}

impl Problem {
    fn new(code: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            r#type: "about:blank",
            title: code.canonical_reason().unwrap_or_default(),
            status: code.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            index: None,
            line: None,
            retry_after_s: None,
        }
    }

    /// More decisions wait for the audit trail than it keeps up with.
    pub(crate) fn trail_busy(waiting: usize) -> Self {
        let detail = format!("the audit trail is busy: {waiting} decisions wait to be recorded");
        Self { retry_after_s: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// More requests decide at once than may.
    pub(crate) fn too_many_at_once(limit: usize) -> Self {
        let detail = format!("the server is busy: it decides {limit} requests already");
        Self { retry_after_s: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// The request has no key or an unknown one. The message does not say which of the two.
    pub(crate) fn no_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "authenticate with a key: send the header Authorization: Bearer KEY")
    }

    /// A page of another site made the browser send the request.
    pub(crate) fn cross_site() -> Self {
        Self::new(StatusCode::FORBIDDEN, "a page of another site must not send this request")
    }

    /// The request names no host, several of them, or something that is none.
    pub(crate) fn not_one_host() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "send one Host header with the name of this server")
    }

    /// The request names another machine, and there are no keys.
    pub(crate) fn other_host() -> Self {
        let detail = "this server has no keys, so it answers only requests whose Host is this machine: localhost, \
                      127.0.0.1 or [::1]";
        Self::new(StatusCode::MISDIRECTED_REQUEST, detail)
    }

    /// The body has a transfer coding beside the chunks.
    pub(crate) fn transfer_coding() -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "the only Transfer-Encoding that this server decodes is chunked")
    }

    /// The body is compressed.
    pub(crate) fn content_coding() -> Self {
        let detail = "this server decodes no Content-Encoding: send the body as it is";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    /// Lines are answered while they arrive, so no answer is kept for a second request.
    pub(crate) fn no_key_for_lines() -> Self {
        let detail = "lines cannot be repeated under an idempotency-key: send an array, or no key";
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The key makes more requests than its rate allows.
    pub(crate) fn rate_limited(retry_after_s: u16) -> Self {
        let detail = "this key makes more requests a second than its rate allows";
        Self { retry_after_s: Some(retry_after_s), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }

    /// The time to wait before the next try, in seconds.
    pub(crate) fn retry_after_s(&self) -> Option<u16> {
        self.retry_after_s
    }

    /// The audit trail cannot be written.
    pub(crate) fn not_recorded() -> Self {
        let detail = "the audit trail cannot be written, and the service makes no decision without recording it";
        Self { retry_after_s: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// A person stopped the service.
    pub(crate) fn stopped(stop: &str) -> Self {
        let detail = format!("the service is stopped, and decides nothing until somebody clears the stop: {stop}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// The key has not this right.
    pub(crate) fn no_right(right: &str) -> Self {
        let detail = format!("this key has not the right `{right}`: the line of the key in the file of keys gives it");
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// The cord cannot be pulled now, or not by this client.
    pub(crate) fn cord_refused(why: &str) -> Self {
        Self::new(StatusCode::CONFLICT, why)
    }

    /// No decision of the trail has the id.
    pub(crate) fn no_decision() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no decision of the audit trail has this id: name its request, or row:17")
    }

    /// A decision cannot be overridden so.
    pub(crate) fn override_refused(why: &str) -> Self {
        Self::new(StatusCode::CONFLICT, why)
    }

    /// There is no trail that could keep an override.
    pub(crate) fn no_override() -> Self {
        Self::override_refused("the service has no audit trail, which would keep the decisions")
    }

    /// A member of a request is wrong.
    pub(crate) fn wrong_value(member: &str, value: &str, problem: &str, allowed: &str) -> Self {
        Self::breaks_the_contract(vec![Violation::new(member, value, problem, allowed)])
    }

    /// There is no trail that could keep a stop.
    pub(crate) fn no_cord() -> Self {
        Self::cord_refused("the service has no audit trail, which would keep the stop: end its process")
    }

    /// Hides the reason from clients without a key, because it may name files.
    pub(crate) fn without_detail(self) -> Self {
        Self { detail: "not ready: authenticate with a key to see the reason".to_owned(), ..self }
    }

    /// The body is not JSON.
    pub(crate) fn not_json(error: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}"))
    }

    /// The connection ended in the middle of the body.
    pub(crate) fn body_cut_off() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "the body broke off before its end")
    }

    /// There is no endpoint at this path.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such endpoint")
    }

    /// The endpoint has another method. The router adds `Allow`.
    pub(crate) fn method_not_allowed() -> Self {
        let detail = "the endpoint does not allow this method: the Allow header names those it allows";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, detail)
    }

    /// The body did not arrive in time.
    pub(crate) fn too_slow() -> Self {
        let detail = format!("the body did not arrive within {} s", BODY_DEADLINE.as_secs());
        Self::new(StatusCode::REQUEST_TIMEOUT, detail)
    }

    /// The lines of a body did not end in time.
    pub(crate) fn lines_too_slow(limit: Duration) -> Self {
        let detail = format!("the lines did not end within {} s: send the rest in another request", limit.as_secs());
        Self::new(StatusCode::REQUEST_TIMEOUT, detail)
    }

    /// The body is too long.
    pub(crate) fn too_large(limit: usize) -> Self {
        let detail = format!("the body is longer than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// The content type is not the one that the endpoint reads.
    pub(crate) fn wrong_media_type(media_type: &str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("the content-type must be {media_type}"))
    }

    /// The record breaks the contract.
    pub(crate) fn breaks_the_contract(errors: Vec<Violation>) -> Self {
        let details: Vec<String> = errors.iter().map(Violation::to_string).collect();
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, details.join("; "));
        Self { errors, ..problem }
    }

    /// The type of the record cannot be decided.
    pub(crate) fn undecidable(error: impl std::fmt::Display) -> Self {
        let [column, value, allowed] = [const { String::new() }; 3];
        let problem = error.to_string();
        Self::breaks_the_contract(vec![Violation { line: None, column, value, problem, allowed }])
    }

    /// The name of the status.
    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    /// The status, as a response holds it.
    pub(crate) fn code(&self) -> StatusCode {
        self.code
    }

    /// The status.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The columns with an invalid value. The empty name stands for the whole record.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().map(|error| error.column.as_str())
    }

    /// The idempotency key is invalid.
    pub(crate) fn invalid_idempotency_key(max_bytes: usize) -> Self {
        let detail = format!("idempotency-key must be one key of 1 to {max_bytes} visible ASCII characters");
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The idempotency key stands for another request.
    pub(crate) fn idempotency_key_reused() -> Self {
        let detail = "this idempotency-key was used with another request: use one key for each request";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// The first request with the key is not decided yet.
    pub(crate) fn still_in_progress() -> Self {
        let detail = "the first request with this idempotency-key is still in progress";
        Self { retry_after_s: Some(1), ..Self::new(StatusCode::CONFLICT, detail) }
    }

    /// The body of a batch is JSON, but not an array.
    pub(crate) fn not_an_array() -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "the body is not an array of records")
    }

    /// The array has too many records.
    pub(crate) fn too_many_records(records: usize, limit: usize) -> Self {
        let detail =
            format!("{records} records are more than the limit of {limit}; application/x-ndjson has no such limit");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// Marks the problem of one record in an array.
    pub(crate) fn at_index(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }

    /// Marks the problem of one line.
    pub(crate) fn at_line(self, line: usize) -> Self {
        Self { line: Some(line), ..self }
    }

    /// True if the same request may be answered later: the service is busy, or not able to decide now.
    pub(crate) fn is_transient(&self) -> bool {
        self.code.is_server_error()
    }

    /// The explanation for people.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The artifact failed a check, so the service does not decide.
    pub(crate) fn not_ready(reason: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}"))
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
