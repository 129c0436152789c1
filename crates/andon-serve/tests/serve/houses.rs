//! A release of houses with a forest made by hand.

use std::path::Path;

use andon::evidence::policy::Policy;
use andon::{Contract, Decider, Model};
use andon_serve::{Identity, Service};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Heating of a house.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Heating {
    Gas,
    HeatPump,
    Nothing,
}

/// Origin of the owner, which is protected.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    NorthSide,
    SouthSide,
}

/// One house.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct House {
    /// Number in the register.
    #[garde(skip)]
    plot: Option<u32>,
    /// Rooms.
    #[garde(range(min = 1, max = 20))]
    rooms: u8,
    /// Floor space in square metres.
    #[garde(range(min = 1.0, max = 10_000.0))]
    area: Option<f64>,
    /// Kind of heating.
    #[garde(skip)]
    heating: Heating,
    /// Origin of the owner.
    #[garde(skip)]
    origin: Option<Origin>,
    /// Sold or not.
    #[garde(range(min = 0, max = 1))]
    sold: Option<u8>,
}

/// Three trees of one split each: rooms at 3, area at 50, heating at `nothing`. Raw scores are probabilities.
pub(crate) fn model_json() -> Value {
    json!({
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
        "training": {
            "features": [
                { "values": [[2.0, 50], [5.0, 150]] },
                { "quantiles": [0, [[-5e299, 20], [50.0, 100], [100.0, 80]]] },
                { "values": [[0.0, 100], [1.0, 50], [2.0, 50]] },
            ],
            "scores": [[1667, 50], [8333, 150]],
        },
    })
}

fn model() -> Model {
    Model::from_json(model_json().to_string().as_bytes()).unwrap()
}

/// The policy of houses, with Ollama at this address.
pub(crate) fn policy(ollama_url: &str, timeout_ms: u64) -> Policy {
    Policy::parse(&policy_text(ollama_url, timeout_ms), Path::new("release.toml")).unwrap()
}

/// The text of this policy.
pub(crate) fn policy_text(ollama_url: &str, timeout_ms: u64) -> String {
    let text = include_str!("houses.toml").replace("OLLAMA_URL", ollama_url);
    text.replace("TIMEOUT_MS", &timeout_ms.to_string())
}

/// A waiver of its one gate until a day.
pub(crate) fn waiver(day: &str) -> String {
    let of = "\n[[waiver]]\ngate = \"accuracy.accuracy\"\nreason = \"known\"\nowner = \"Ada\"";
    format!("{of}\nexpires = \"{day}\"\n")
}

/// The reason why a service is not ready after its waiver expired.
pub(crate) const OVER: &str = "not ready: the waiver for accuracy.accuracy expired on 2020-02-29";

pub(crate) fn over() -> Service<House> {
    let text = policy_text("http://127.0.0.1:9", 1_000) + &waiver("2020-02-29");
    Service::new(decider(Policy::parse(&text, Path::new("release.toml")).unwrap()), identity()).unwrap()
}

/// A service whose data were collected too long ago for its policy.
pub(crate) fn too_old() -> Service<House> {
    let text = policy_text("http://127.0.0.1:9", 1_000)
        .replace("favourable = 1", "favourable = 1\ncollected_until = \"2020-02-20\"");
    let gate = "\n[gate.\"contract.freshness\"]\nmax = 9\nwhy = \"test\"\n";
    let policy = Policy::parse(&(text + gate), Path::new("release.toml")).unwrap();
    Service::new(decider(policy), identity()).unwrap()
}

pub(crate) fn decider(policy: Policy) -> Decider<House> {
    Decider::new(Contract::new().unwrap(), policy, model())
}

pub(crate) fn identity() -> Identity {
    Identity {
        name: "houses".to_owned(),
        model_version: "1.2.3".to_owned(),
        fingerprint: "f".repeat(64),
        model_sha256: "a".repeat(64),
        card: "# Houses – a card\n".to_owned(),
        evidence: "{\"decision\":\"GO\"}".to_owned(),
    }
}
