//! The server over real connections, around a release of houses with a forest made by hand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that fails")]

mod audited; // every decision on record, or none
mod batches; // many records in one request
mod browser; // the page in a real browser, where there is one
mod chromium; // a real browser, where it is installed
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
        Self::of(router(service)).await
    }

    /// With keys, a trail, or room for so many.
    async fn within(state: ServerState, service: Service<House>) -> Self {
        Self::of(Switch::new(Ok(service), state).router()).await
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

/// Asks for a decision on a body that is still to come, and waits until the server wants it: the request is in flight.
async fn ask_ahead(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), body: &str) {
    let head =
        "POST /house/v1/decisions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n";
    stream.write_all(format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
}

/// What comes until the other side closes, which it must within 5 s.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _end = timeout(Duration::from_secs(5), stream.read_to_end(&mut bytes)).await.expect("nobody closes");
    bytes
}

/// Polls until `is_so` says true.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < Duration::from_secs(30), "it takes too long until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Lets everything happen that waits for nothing but the network of this machine; for a clock that is paused.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Callers that decide at the same time.
#[derive(Debug, Default)]
struct Load {
    /// Whether the callers are to stop.
    stop: AtomicBool,
    /// How many decisions they got.
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

/// Says what was seen, past the capture of the test runner.
fn say(what: &str) {
    std::io::stderr().write_all(format!("{what}\n").as_bytes()).unwrap();
}
