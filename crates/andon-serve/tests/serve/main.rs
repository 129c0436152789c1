//! The server over real connections, around a release of houses with a forest made by hand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that fails")]

mod browser; // the page in a real browser, where there is one
mod decisions; // what is decided, and how many at once
mod explanations; // the language model, played by wiremock
mod failures; // a language model that fails, hangs or is not there
mod lifecycle; // readiness, identity, shutdown
mod page; // the page for people, over HTTP
mod refusals; // every way to be refused, and hostile bytes

use std::path::Path;

use andon::contract::Contract;
use andon::evidence::policy::Policy;
use andon::model::Model;
use andon::reply::Decider;
use andon_serve::{Identity, Service, router, serve};
use reqwest::{Client, RequestBuilder, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How a house is heated.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Heating {
    Gas,
    HeatPump,
    Nothing,
}

/// Where its owner comes from: protected.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Origin {
    NorthSide,
    SouthSide,
}

/// One house.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(deny_unknown_fields)]
struct House {
    /// Number in the register.
    #[garde(skip)]
    plot: Option<u32>,
    /// Rooms.
    #[garde(range(min = 1, max = 20))]
    rooms: u8,
    /// Floor space in square metres.
    #[garde(range(min = 1.0, max = 10_000.0))]
    area: Option<f64>,
    /// How it is heated.
    #[garde(skip)]
    heating: Heating,
    /// Where its owner comes from.
    #[garde(skip)]
    origin: Option<Origin>,
    /// Whether it was sold.
    #[garde(range(min = 0, max = 1))]
    sold: Option<u8>,
}

/// Three trees of one split each: rooms at 3, area at 50, heating at `nothing`. Raw scores are probabilities.
fn model() -> Model {
    let model = json!({
        "form": 2,
        "features": [
            { "name": "rooms" },
            { "name": "area", "may_be_missing": true },
            { "name": "heating", "levels": ["gas", "heat_pump", "nothing"] },
        ],
        "validated": { "area": { "min": 10.0, "max": 500.0 } },
        "threshold": 5000,
        "calibrator": { "slope": 1.0, "intercept": 0.0 },
        "forest": {
            "columns": 3,
            "roots": [0, 3, 6],
            "feature": [0, 0, 0, 1, 0, 0, 2, 0, 0],
            "threshold": [3.0, 0.0, 0.0, 50.0, 0.0, 0.0, 2.0, 0.0, 0.0],
            "left": [1, 0, 0, 4, 0, 0, 7, 0, 0],
            "value": [0.0, 0.2, 0.8, 0.0, 0.1, 0.9, 0.0, 0.8, 0.2],
            "rows": [20, 10, 10, 20, 10, 10, 25, 15, 10],
        },
    });
    Model::from_json(model.to_string().as_bytes()).unwrap()
}

/// The policy of houses, with Ollama at this address.
fn policy(ollama_url: &str, timeout_ms: u64) -> Policy {
    let text = include_str!("houses.toml").replace("OLLAMA_URL", ollama_url);
    let text = text.replace("TIMEOUT_MS", &timeout_ms.to_string());
    Policy::parse(&text, Path::new("release.toml")).unwrap()
}

fn decider(policy: Policy) -> Decider<House> {
    Decider::new(Contract::new().unwrap(), policy, model())
}

fn identity() -> Identity {
    Identity {
        model_version: "1.2.3".to_owned(),
        fingerprint: "f".repeat(64),
        card: "# Houses – a card\n".to_owned(),
        evidence: "{\"decision\":\"GO\"}".to_owned(),
    }
}

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
