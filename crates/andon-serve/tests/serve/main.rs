//! The server over real connections, around a release of houses with a forest made by hand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that fails")]

mod audited; // every decision on record, or none
mod batches; // many records in one request
mod browser; // the page in a real browser, where there is one
mod decisions; // what is decided, and how many at once
mod documents; // the API's description, its page, and what is answered with an entity tag
mod explanations; // the language model, played by wiremock
mod failures; // a language model that fails, hangs or is not there
mod houses; // the release that is served
mod idempotency; // the same key again
mod inference; // the Open Inference Protocol
mod lifecycle; // readiness, identity, shutdown
mod monitored; // the release's own bars over a trail
mod monitoring; // protected attributes beside a record
mod observing; // request ids, counts, the log
mod page; // the page for people, over HTTP
mod refusals; // every way to be refused, and hostile bytes

use andon_serve::{Service, router, serve};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::houses::{House, decider, identity, policy};

/// A service whose Ollama is not there.
fn service() -> Service<House> {
    Service::new(decider(policy("http://127.0.0.1:9", 1_000)), identity()).unwrap()
}

/// A server on a port of its own.
struct Server {
    url: String,
    client: Client,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(service: Service<House>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, router(service), async { drop(stopped.await) }));
        Self { url, client: Client::builder().no_proxy().build().unwrap(), stop, task }
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    /// A POST with the right content type.
    fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url)).header("content-type", "application/json").body(body)
    }

    async fn decide(&self, body: impl Into<reqwest::Body>) -> Response {
        self.post("/house/v1/decisions", body).send().await.unwrap()
    }

    async fn explain(&self, body: &Value) -> Value {
        let response = self.post("/house/v1/explanations", body.to_string()).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }
}

/// Accepted at 0.8333.
fn good() -> Value {
    json!({ "rooms": 5, "area": 120.5, "heating": "gas" })
}

/// Declined at 0.1667, for its area and its heating.
fn bad() -> Value {
    json!({ "rooms": 2, "area": 30, "heating": "nothing" })
}

/// Left to a person for its area.
fn unusual() -> Value {
    json!({ "rooms": 5, "area": 501, "heating": "gas" })
}
