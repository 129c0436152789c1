//! The endpoints, and the loop that serves them.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use andon::contract::{Record, Violation};
use andon::reply::Reply;
use axum::Json;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::metrics::CONTENT_TYPE;
use crate::problem::Problem;
use crate::{Service, Unservable, page, request};

/// The paths that are the same for each release.
const FIXED: [&str; 5] = ["/healthz", "/readyz", "/card", "/evidence", "/metrics"];

/// The last segment of the endpoint that asks the language model.
const EXPLANATIONS: &str = "explanations";

/// How long requests in flight may take after the shutdown: longer than the longest wait for the language model.
const DRAIN: Duration = Duration::from_secs(75);

type Shared<R> = State<Arc<Service<R>>>;

/// What a decision is answered with.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    reply: &'a Reply,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation_source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<String>,
    model_version: &'a str,
    fingerprint: &'a str,
}

/// The service's endpoints; the crate's root lists them.
pub fn router<R: Record>(service: Service<R>) -> Router {
    let path = service.decider.policy().serve.path.clone();
    let explanations = sibling(&path);
    Router::new()
        .route(&path, post(decide::<R>))
        .route(&explanations, post(explain::<R>))
        .route("/healthz", get(async || Json(json!({ "status": "live" }))))
        .route("/readyz", get(ready::<R>))
        .route("/card", get(card::<R>))
        .route("/evidence", get(evidence::<R>))
        .route("/metrics", get(metrics::<R>))
        .merge(page::router())
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(Arc::new(service))
}

/// Serves until `shutdown` is ready, then finishes the requests in flight and returns.
///
/// A client that sends half a request and falls silent cannot hold the process for more than 75 s after that.
///
/// # Errors
/// None by itself; the signature leaves room for the listener's.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Without this, a reply could wait for the client to acknowledge the one before.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let stopping = Arc::new(Notify::new());
    let stop = Arc::clone(&stopping);
    let served = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        stop.notify_one();
    });
    let drained = async {
        stopping.notified().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = served.into_future() => served,
        () = drained => Ok(()),
    }
}

/// Checks that the decision endpoint has a path of its own, which the router takes literally.
pub(crate) fn check_path(path: &str) -> Result<(), Unservable> {
    let plain = |segment: &str| {
        !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let problem = if !path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(plain)) {
        "is not a plain path"
    } else if FIXED.contains(&path) || page::holds(path) || path == sibling(path) {
        "is the path of another endpoint"
    } else {
        return Ok(());
    };
    Err(Unservable::Path { path: path.to_owned(), problem })
}

fn sibling(path: &str) -> String {
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    format!("{parent}/{EXPLANATIONS}")
}

impl<R: Record> Service<R> {
    fn check_ready(&self) -> Result<(), Problem> {
        self.not_ready.as_deref().map_or(Ok(()), |reason| Err(Problem::not_ready(reason)))
    }

    async fn reply(&self, request: Request) -> Result<Reply, Problem> {
        self.check_ready()?;
        let record = request::read(&self.decider, request).await?;
        self.decider.reply(&record).map_err(|error| {
            let problem = error.to_string();
            let [column, value, allowed] = [const { String::new() }; 3];
            Problem::breaks_the_contract(vec![Violation { line: None, column, value, problem, allowed }])
        })
    }

    fn answer<'a>(&'a self, reply: &'a Reply) -> Answer<'a> {
        let (model_version, fingerprint) = (&self.identity.model_version, &self.identity.fingerprint);
        Answer { reply, explanation_source: None, fallback: None, model_version, fingerprint }
    }
}

async fn decide<R: Record>(State(service): Shared<R>, request: Request) -> Result<Response, Problem> {
    let start = Instant::now();
    let reply = service.reply(request).await?;
    service.decided(&reply, start.elapsed());
    Ok(Json(service.answer(&reply)).into_response())
}

async fn explain<R: Record>(State(service): Shared<R>, request: Request) -> Result<Response, Problem> {
    let mut reply = service.reply(request).await?;
    let worded = service.explainer.explain(service.decider.policy(), &reply).await;
    service.metrics.explained(worded.as_ref().err());
    let (source, fallback) = match worded {
        Ok(text) => {
            reply.explanation = text;
            ("ollama", None)
        }
        Err(fallback) => ("template", Some(fallback.to_string())),
    };
    let answer = Answer { explanation_source: Some(source), fallback, ..service.answer(&reply) };
    Ok(Json(answer).into_response())
}

async fn ready<R: Record>(State(service): Shared<R>) -> Result<Response, Problem> {
    service.check_ready()?;
    let identity = &service.identity;
    let ready = json!({
        "status": "ready",
        "model_version": identity.model_version,
        "fingerprint": identity.fingerprint,
    });
    Ok(Json(ready).into_response())
}

async fn card<R: Record>(State(service): Shared<R>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], service.identity.card.clone())
}

async fn evidence<R: Record>(State(service): Shared<R>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], service.identity.evidence.clone())
}

async fn metrics<R: Record>(State(service): Shared<R>) -> Result<Response, StatusCode> {
    let text = service.metrics.text().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
