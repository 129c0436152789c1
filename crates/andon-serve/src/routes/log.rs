//! Gives every request its id, counts its response and logs it.

use std::sync::Arc;
use std::time::Instant;

use andon::Record;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::access::Admission;
use crate::request_id::{REQUEST_ID, RequestId, choose_id};
use crate::routes::refused::refuse;
use crate::service::Service;

/// Answers with the request's id, counts the answer and logs it. The log holds neither body, query, header nor the path
/// itself, because a client could have put personal data into any of them. It holds the id, which is short and of few
/// characters, and the name of the key, which the operator chose. Clients without access are refused here.
pub(crate) async fn observe<R: Record>(
    State(service): State<Arc<Service<R>>>,
    request: Request,
    next: Next,
) -> Response {
    let response = admit_and_answer(&service.state.admission, request, next).await;
    service.metrics.count_response(response.status().as_u16());
    response
}

/// Works as [`observe`] does while no artifact is in force, but counts nothing, since there is no service.
pub(crate) async fn guard(State(admission): State<Admission>, request: Request, next: Next) -> Response {
    admit_and_answer(&admission, request, next).await
}

async fn admit_and_answer(admission: &Admission, mut request: Request, next: Next) -> Response {
    let client = admission.admit(&request);
    if let Ok(Some(client)) = client {
        request.extensions_mut().insert(client.clone());
    }
    let name = client.as_ref().ok().copied().flatten().map(|client| &*client.0);
    let refused = client.err();
    let answer = async |request: Request| match refused {
        None => next.run(request).await,
        Some(problem) => refuse(problem, request.uri().path()),
    };
    answer_and_log(request, name, answer).await
}

async fn answer_and_log(
    mut request: Request,
    key: Option<&str>,
    answer: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let start = Instant::now();
    let id = choose_id(request.headers().get(REQUEST_ID));
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = answer(request).await;
    let status = response.status().as_u16();
    // An endpoint that repeats an earlier answer has set the id of that answer.
    let id = response.headers_mut().entry(REQUEST_ID).or_insert(id);
    let id = id.to_str().unwrap_or_default();
    tracing::info!(
        // A client could invent methods, too.
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
