//! The endpoints, and the loop that serves them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use andon::contract::Record;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::answer::{Answer, Explained, TEMPLATE};
use crate::document::Document;
use crate::explain::Fallback;
use crate::idempotency::Sent;
use crate::metrics::CONTENT_TYPE;
use crate::observe::{RequestId, observe};
use crate::paths::Paths;
use crate::problem::Problem;
use crate::request::LIMIT;
use crate::{Service, batch, docs, idempotency, inference, openapi, page, request};

/// How long requests in flight may take after the shutdown: longer than the longest wait for the language model.
const DRAIN: Duration = Duration::from_secs(75);

/// What each endpoint answers from.
pub(crate) type Shared<R> = State<Arc<Service<R>>>;

/// The service's endpoints; the crate's root lists them.
pub fn router<R: Record>(service: Service<R>) -> Router {
    let service = Arc::new(service);
    let paths = Paths::of(&service.decider.policy().serve.path);
    Router::new()
        .route(&paths.decisions, post(decide::<R>))
        .route(&paths.explanations, post(explain::<R>))
        .route(&paths.batch, post(batch::batch::<R>))
        .route("/healthz", get(async || Json(json!({ "status": "live" }))))
        .route("/readyz", get(ready::<R>))
        .route("/metrics", get(metrics::<R>))
        .merge(documents(&service))
        .merge(page::router())
        .nest("/v2", inference::router::<R>())
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn_with_state(Arc::clone(&service), observe::<R>))
        .with_state(service)
}

/// What says the same while the process runs.
fn documents<R: Record>(service: &Service<R>) -> Router<Arc<Service<R>>> {
    let identity = &service.identity;
    let described = openapi::describe(service);
    let page = docs::page(&described);
    let documents = [
        ("/card", "text/markdown; charset=utf-8", identity.card.clone()),
        ("/evidence", "application/json", identity.evidence.clone()),
        ("/openapi.json", "application/json", described.to_string()),
    ];
    let described = Router::new().route("/docs", get(async || page));
    documents.into_iter().fold(described, |router, (path, media_type, text)| {
        router.route(path, document(Document::new(media_type, text)))
    })
}

fn document<S: Clone + Send + Sync + 'static>(document: Document) -> MethodRouter<S> {
    get(async move |headers: HeaderMap| document.answer(&headers))
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

async fn decide<R: Record>(State(service): Shared<R>, request: Request) -> Result<Sent, Problem> {
    service.check_ready()?;
    let key = idempotency::key(request.headers())?;
    let id = RequestId::of(&request);
    let body = request::json(request, LIMIT).await?;
    let decide = async {
        let answer = service.decide(&id, &service.read(&body)?).await?;
        let body = serde_json::to_vec(&answer).map_err(Problem::undecidable)?.into();
        Ok(Sent { body, id: id.clone() })
    };
    match key {
        Some(key) => service.remembered.once(&key, &body, decide).await,
        None => decide.await,
    }
}

async fn explain<R: Record>(State(service): Shared<R>, request: Request) -> Result<Response, Problem> {
    service.check_ready()?;
    let id = RequestId::of(&request);
    let asked = service.read(&request::json(request, LIMIT).await?)?;
    let explained = service.explain(service.decided(&asked.record)?).await;
    service.record(&id, &asked, &explained.answer, &explained.source()).await?;
    Ok(Json(explained).into_response())
}

impl<R: Record> Service<R> {
    /// An answer in the language model's words, where it finds good ones in time.
    async fn explain<'a>(&'a self, mut answer: Answer<'a>) -> Explained<'a> {
        let worded = self.explainer.explain(self.decider.policy(), &answer.reply).await;
        self.metrics.explained(worded.as_ref().err());
        let (explanation_source, fallback) = match worded {
            Ok(text) => {
                answer.reply.explanation = text;
                ("ollama", None)
            }
            Err(fallback) => (TEMPLATE, Some(fallback)),
        };
        let why = fallback.as_ref().map(Fallback::code);
        Explained { answer, explanation_source, fallback: fallback.map(|fallback| fallback.to_string()), why }
    }
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

async fn metrics<R: Record>(State(service): Shared<R>) -> Result<Response, StatusCode> {
    let text = service.metrics.text().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
