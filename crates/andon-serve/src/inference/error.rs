//! A refusal in the form of the Open Inference Protocol.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::Problem;

/// A refusal, in the form of the protocol.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InferenceError {
    #[serde(skip)]
    status: StatusCode,
    /// The time to wait before the next try, in seconds.
    #[serde(skip)]
    retry_after_s: Option<u16>,
    /// An explanation for people.
    error: String,
}

impl InferenceError {
    /// The request cannot be answered.
    pub(crate) fn bad_request(error: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, retry_after_s: None, error: error.into() }
    }

    /// Says that some rows are on record already. If the client sent all rows again, they would be decided twice.
    pub(super) fn with_rows_on_record(self, on_record: usize) -> Self {
        if on_record == 0 {
            return self;
        }
        let error = format!("{}; {on_record} rows are on record, so do not send all of them again", self.error);
        Self { retry_after_s: None, error, ..self }
    }

    #[cfg(test)]
    pub(super) fn error(&self) -> &str {
        &self.error
    }

    pub(super) fn not_found(error: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, retry_after_s: None, error: error.into() }
    }
}

/// The protocol has one status for every invalid input; other statuses stay as they are.
impl From<Problem> for InferenceError {
    fn from(problem: Problem) -> Self {
        let status = match StatusCode::from_u16(problem.status()) {
            Ok(StatusCode::UNPROCESSABLE_ENTITY) | Err(_) => StatusCode::BAD_REQUEST,
            Ok(status) => status,
        };
        Self { status, retry_after_s: problem.retry_after_s(), error: problem.detail().to_owned() }
    }
}

impl IntoResponse for InferenceError {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after_s.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
        (self.status, retry_after, Json(self)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_rows_on_record_is_not_told_to_ask_again() {
        let full = || InferenceError { retry_after_s: Some(1), ..InferenceError::bad_request("no room") };
        assert_eq!(
            (full().with_rows_on_record(0).retry_after_s, full().with_rows_on_record(0).error.as_str()),
            (Some(1), "no room")
        );
        let told = full().with_rows_on_record(17);
        assert_eq!(told.error, "no room; 17 rows are on record, so do not send all of them again");
        assert_eq!(told.retry_after_s, None);
    }
}
