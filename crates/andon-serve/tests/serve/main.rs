//! The server over real connections, around a release of houses with a forest made by hand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that fails")]

mod audited; // every decision on record, or none
mod batches; // many records in one request
mod browser; // the page in a real browser, where there is one
mod decisions; // what is decided, and how many at once
mod documents; // the API's description, its page, and what is answered with an entity tag
mod explanations; // the language model, played by wiremock
mod failures; // a language model that fails, hangs or is not there
mod faults; // kill -9, full disks, lost databases: nothing acknowledged is lost
mod houses; // the release that is served
mod idempotency; // the same key again
mod inference; // the Open Inference Protocol
mod keys; // who may use the service, how often, and from where
mod lifecycle; // readiness, identity, shutdown
mod limits; // what one client may take: heads, silence, connections, decisions at once
mod monitored; // the release's own bars over a trail
mod monitoring; // protected attributes beside a record
mod observing; // request ids, counts, the log
mod packaged; // houses as they ship: a folder that was decided on
mod page; // the page for people, over HTTP
mod refusals; // every way to be refused, and hostile bytes
mod switching; // another artifact takes the place of the one in force, or is refused
mod tls; // handshakes, and clients that make none

#[path = "../../../andon-audit/tests/audit/postgres_server.rs"]
mod postgres_server; // a real one, where it is installed
#[path = "../../../andon-audit/tests/audit/tmpfs.rs"]
mod tmpfs; // a small disk

use std::io::Write;

use andon_serve::{Limits, Service, router};
use axum::Router;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
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
        Self::of(router(service)).await
    }

    async fn of(router: Router) -> Self {
        Self::run("http", andon_serve::Server::new(router)).await
    }

    async fn limited(service: Service<House>, limits: Limits) -> Self {
        Self::run("http", andon_serve::Server::new(router(service)).limits(limits)).await
    }

    async fn run(scheme: &str, server: andon_serve::Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.serve(listener, async { drop(stopped.await) }));
        Self { url, client: Client::builder().no_proxy().build().unwrap(), stop, task }
    }

    /// A connection of one's own.
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.url.split("//").nth(1).unwrap()).await.unwrap()
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

/// Says that something could not be tested here, or what was seen; past the capture of output.
fn say(what: &str) {
    std::io::stderr().write_all(format!("{what}\n").as_bytes()).unwrap();
}

fn skipped(what: &str) {
    say(&format!("SKIPPED: {what}"));
}
