//! The answer to a request without access, in the form of the API that it asked.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::access::keys::CHALLENGES;
use crate::inference::error::InferenceError;
use crate::problem::Problem;

/// Answers a request without access, in the form of the API that it asked.
pub(crate) fn refuse(problem: Problem, path: &str) -> Response {
    let status = problem.status();
    let is_inference = path == "/v2" || path.starts_with("/v2/");
    let mut response =
        if is_inference { InferenceError::from(problem).into_response() } else { problem.into_response() };
    if status == StatusCode::UNAUTHORIZED.as_u16() {
        for challenge in CHALLENGES {
            response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
    }
    response
}
