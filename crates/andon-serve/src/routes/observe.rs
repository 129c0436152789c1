//! What goes with every request: its id, its line in the log, its place in the counts.

use std::sync::Arc;
use std::time::Instant;

use andon::data::contract::Record;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use crate::Service;
use crate::access;
use crate::access::Admission;

/// The header of a request's id, both ways.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken from a client.
const LONGEST: usize = 64;

/// A request's id, for the endpoint that answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) HeaderValue);

impl RequestId {
    /// The id that [`observe`] gave a request.
    pub(crate) fn of(request: &Request) -> Self {
        request.extensions().get().cloned().unwrap_or_else(|| Self(new_id()))
    }
}

/// Answers with the request's id, counts the answer and logs it. Neither body, query, header nor the path itself is
/// logged: a client could have put a person into any of them. The id is the client's own and of few characters, the name
/// of its key the operator's. Whoever is not let in is answered here.
pub(crate) async fn observe<R: Record>(
    State(service): State<Arc<Service<R>>>,
    request: Request,
    next: Next,
) -> Response {
    let response = admitted(&service.lasting.admission, request, next).await;
    service.metrics.responded(response.status().as_u16());
    response
}

/// The same where no artifact is in force, and no service counts.
pub(crate) async fn guard(State(admission): State<Admission>, request: Request, next: Next) -> Response {
    admitted(&admission, request, next).await
}

async fn admitted(admission: &Admission, mut request: Request, next: Next) -> Response {
    let client = admission.admit(&request);
    if let Ok(Some(client)) = client {
        request.extensions_mut().insert(client.clone());
    }
    let name = client.as_ref().ok().copied().flatten().map(|client| &*client.0);
    let refused = client.err();
    let answer = async |request: Request| match refused {
        None => next.run(request).await,
        Some(problem) => access::refuse(problem, request.uri().path()),
    };
    logged(request, name, answer).await
}

async fn logged(mut request: Request, key: Option<&str>, answer: impl AsyncFnOnce(Request) -> Response) -> Response {
    let start = Instant::now();
    let id = id(request.headers().get(REQUEST_ID));
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = answer(request).await;
    let status = response.status().as_u16();
    // An endpoint that repeats an earlier answer has set that one's id.
    let id = response.headers_mut().entry(REQUEST_ID).or_insert(id);
    let id = id.to_str().unwrap_or_default();
    tracing::info!(
        // A client could invent methods as well.
        method = if is_known(&method) { method.as_str() } else { "other" },
        path = path.as_ref().map_or("none", MatchedPath::as_str),
        status,
        seconds = start.elapsed().as_secs_f64(),
        key,
        request_id = id,
        "answered"
    );
    response
}

fn is_known(method: &axum::http::Method) -> bool {
    ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"].contains(&method.as_str())
}

/// The client's id if it is a plain one, else a new one.
fn id(given: Option<&HeaderValue>) -> HeaderValue {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let is_plain = |value: &HeaderValue| (1..=LONGEST).contains(&value.len()) && value.as_bytes().iter().all(plain);
    given.filter(|value| is_plain(value)).cloned().unwrap_or_else(new_id)
}

fn new_id() -> HeaderValue {
    let mut text = Uuid::encode_buffer();
    let text = Uuid::now_v7().hyphenated().encode_lower(&mut text);
    // A UUID is hexadecimal digits and hyphens, which a header can always hold.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("none"))
}
