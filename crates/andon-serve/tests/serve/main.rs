//! The server over real connections, around a release of houses with a forest made by hand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that fails")]

mod api; // the API's description, and the Open Inference Protocol
mod artifact; // readiness, identity, shutdown, hot reload
mod chromium; // a real browser, if it is installed
mod decide; // decisions, one and many at once, repeated, on record, refused
mod faults; // kill -9, full disks, lost databases: nothing acknowledged is lost
mod houses; // the release that is served
mod keys; // API keys: access, rates, requests from other sites
mod listen; // the limits of one client, and TLS
mod packaged; // packages of houses, with a real decision
mod page; // the page for people, over HTTP and in a real browser
mod watch; // the log, metrics, protected attributes, and the release's bars over a trail
mod words; // the language model, which wiremock plays

#[path = "../../../andon-audit/tests/audit/postgres_server.rs"]
mod postgres_server; // a real PostgreSQL, if it is installed
#[path = "../../../andon-audit/tests/audit/tmpfs.rs"]
mod tmpfs; // a small disk

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use andon_serve::router;
use andon_serve::{Limits, ServerState, Service, Switch};
use axum::Router;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::chromium::skip;
use crate::houses::{House, decider, identity, policy};

/// A service whose Ollama is not there.
fn service() -> Service<House> {
    Service::new(decider(policy("http://127.0.0.1:9", 1_000)), identity()).unwrap()
}

/// A server on a port of its own.
struct TestServer {
    url: String,
    client: Client,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl TestServer {
    async fn start(service: Service<House>) -> Self {
        Self::serving(router(service)).await
    }

    /// Starts with keys, a trail or a limit of decisions at once.
    async fn within(state: ServerState, service: Service<House>) -> Self {
        Self::serving(Switch::new(Ok(service), state).router()).await
    }

    async fn serving(router: Router) -> Self {
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

    /// Opens a connection.
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

/// Asks for a decision before it sends the body, and waits until the server wants the body: the request is in progress.
async fn ask_ahead(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), body: &str) {
    let head = "POST /house/v1/decisions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n";
    stream.write_all(format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
}

/// Reads until the other side closes, which it must within 5 s.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _end = timeout(Duration::from_secs(5), stream.read_to_end(&mut bytes)).await.expect("nobody closes");
    bytes
}

/// Polls until `is_so` answers true.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < Duration::from_secs(30), "it takes too long until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until every event on this machine's network has happened. Use it with a paused clock.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Callers that decide at the same time.
#[derive(Debug, Default)]
struct Load {
    /// True once the callers must stop.
    stop: AtomicBool,
    /// The number of decisions that they got.
    answered: AtomicUsize,
}

impl Load {
    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn count(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    fn add(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits for so many decisions in all.
    async fn reaches(&self, decisions: usize) {
        until("there are enough decisions", async || self.count() >= decisions).await;
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

/// Prints past the capture of the test runner.
fn say(what: &str) {
    std::io::stderr().write_all(format!("{what}\n").as_bytes()).unwrap();
}
