//! The id of a request: the client's own if it is a plain one, else a new one.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use uuid::Uuid;

/// The header that carries the id, in requests and responses.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The length of the longest id that a client may choose.
const MAX_ID_BYTES: usize = 64;

/// A request's id, for the endpoint that answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) HeaderValue);

impl RequestId {
    /// The id of a request, which the log gave it.
    pub(crate) fn from_request(request: &Request) -> Self {
        request.extensions().get().cloned().unwrap_or_else(|| Self(new_id()))
    }
}

/// Takes the client's id if it is a plain one, else makes a new one.
pub(crate) fn choose_id(given: Option<&HeaderValue>) -> HeaderValue {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let is_plain =
        |value: &HeaderValue| (1..=MAX_ID_BYTES).contains(&value.len()) && value.as_bytes().iter().all(plain);
    given.filter(|value| is_plain(value)).cloned().unwrap_or_else(new_id)
}

fn new_id() -> HeaderValue {
    let mut text = Uuid::encode_buffer();
    let text = Uuid::now_v7().hyphenated().encode_lower(&mut text);
    // A UUID consists of hexadecimal digits and hyphens, which a header can always hold.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("none"))
}
