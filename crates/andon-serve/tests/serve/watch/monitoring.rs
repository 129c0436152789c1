//! Protected attributes beside a record: kept apart, never shown and never used for a decision.

use std::path::Path;
use std::sync::OnceLock;

use andon_audit::{Format, Selection, Trail, export, forget, verify};
use andon_serve::{ServerState, Service};
use proptest::prelude::*;
use reqwest::Response;
use serde_json::{Value, json};

use crate::houses::{decider, identity, policy};
use crate::words::explanations::{PATIENT, TEXT, ollama, says};
use crate::{TestServer, bad, good, service};

/// A house with a member beside it.
fn beside(mut house: Value, monitoring: &Value) -> Value {
    house["monitoring"] = monitoring.clone();
    house
}

fn north(house: Value) -> Value {
    beside(house, &json!({ "origin": "north_side" }))
}

fn rows(trail: &Path) -> Vec<Value> {
    let mut lines = Vec::new();
    export(trail, Format::Ndjson, &mut lines).unwrap();
    String::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn text(response: Response) -> String {
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

/// An explanation's bytes without the reason for the template, which counts seconds.
async fn explained(server: &TestServer, asked: &Value) -> String {
    let mut reply = server.explain(asked).await;
    reply["fallback"] = Value::Null;
    reply.to_string()
}

#[tokio::test]
async fn every_answer_is_the_same_to_the_byte_with_and_without_it() {
    let server = TestServer::start(service()).await;
    for house in [good(), bad(), crate::unusual()] {
        let plain = text(server.decide(house.to_string()).await).await;
        let in_words = explained(&server, &house).await;
        for monitoring in [json!({ "origin": "north_side" }), json!({ "origin": "south_side" }), json!({}), Value::Null]
        {
            let asked = beside(house.clone(), &monitoring);
            assert_eq!(text(server.decide(asked.to_string()).await).await, plain);
            assert_eq!(explained(&server, &asked).await, in_words);
        }
        let both = json!([north(house.clone()), house]).to_string();
        let answers: Value =
            serde_json::from_str(&text(server.post("/house/v1/batch", both).send().await.unwrap()).await).unwrap();
        assert_eq!(answers[0], answers[1]);
        let lines = format!("{}\n{}\n", north(house.clone()), house);
        let request = server.client.post(format!("{}/house/v1/batch", server.url)).body(lines);
        let answers = text(request.header("content-type", "application/x-ndjson").send().await.unwrap()).await;
        let answers: Vec<&str> = answers.lines().collect();
        assert_eq!((answers.len(), answers[0]), (2, answers[1]));
    }
}

#[tokio::test]
async fn it_goes_into_the_trail_apart_and_is_forgotten_with_the_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let trail = folder.path().join("trail.db");
    let server =
        TestServer::within(ServerState::default().with_audit_trail(Trail::open(&trail).unwrap()), service()).await;
    let request = server.post("/house/v1/decisions", north(bad()).to_string()).header("x-request-id", "visit-7");
    assert_eq!(request.send().await.unwrap().status(), 200);
    server.explain(&north(good())).await;
    let batch = json!([north(good()), good()]).to_string();
    assert_eq!(server.post("/house/v1/batch", batch).send().await.unwrap().status(), 200);
    server.stop.send(()).unwrap();
    server.task.await.unwrap().unwrap();

    let held = |rows: &[Value]| rows.iter().map(|row| row["monitoring"].clone()).collect::<Vec<_>>();
    let origin = json!({ "origin": "north_side" });
    let before = rows(&trail);
    assert_eq!(held(&before), [origin.clone(), origin.clone(), origin.clone(), Value::Null]);
    assert!(before.iter().all(|row| !row["inputs"].to_string().contains("side")), "{before:?}");
    forget(&trail, &Selection::Request("visit-7".to_owned()), "asked to be").unwrap();
    let after = rows(&trail);
    assert_eq!((&after[0]["monitoring"], &after[0]["inputs"]), (&Value::Null, &Value::Null));
    assert_eq!(held(&after)[1..3], [origin.clone(), origin]);
    assert_eq!(verify(&trail, None).unwrap().forgotten, 1);
    let mut table = Vec::new();
    export(&trail, Format::Csv, &mut table).unwrap();
    assert!(String::from_utf8(table).unwrap().contains(r#""{""origin"":""north_side""}""#), "a column of its own");
}

/// The columns and problems in the refusal of a body, and the whole refusal.
async fn refused(server: &TestServer, body: &str) -> (Vec<(String, String)>, String) {
    let response = server.decide(body.to_owned()).await;
    assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()), {
        (422, "application/problem+json")
    });
    let text = response.text().await.unwrap();
    let problem: Value = serde_json::from_str(&text).unwrap();
    let told =
        |error: &Value| (error["column"].as_str().unwrap().to_owned(), error["problem"].as_str().unwrap().to_owned());
    (problem["errors"].as_array().unwrap().iter().map(told).collect(), text)
}

#[tokio::test]
async fn what_is_no_protected_attribute_of_the_contract_is_refused_and_not_repeated() {
    let server = TestServer::start(service()).await;
    let house = r#""rooms":5,"heating":"gas""#;
    let cases = [
        (r#""monitoring":{"origin":"Atlantis"}"#, "monitoring.origin", "is not one of its values"),
        (r#""monitoring":{"origin":["Atlantis"]}"#, "monitoring.origin", "is not a text"),
        (r#""monitoring":{"origin":{"origin":"Atlantis"}}"#, "monitoring.origin", "is not a text"),
        (r#""monitoring":{"origin":1e999}"#, "monitoring.origin", "is not a text"),
        (r#""monitoring":{"origin":"north_side","origin":null}"#, "monitoring.origin", "is stated more than once"),
        (r#""monitoring":{"rooms":"Atlantis"}"#, "monitoring.rooms", "is no protected attribute"),
        (r#""monitoring":{"sold":1}"#, "monitoring.sold", "is no protected attribute"),
        (r#""monitoring":{"plot":1}"#, "monitoring.plot", "is no protected attribute"),
        (r#""monitoring":{"":"Atlantis"}"#, "monitoring.", "is no protected attribute"),
        (r#""monitoring":["Atlantis"]"#, "monitoring", "is not an object"),
        (r#""monitoring":"Atlantis""#, "monitoring", "is not an object"),
        (r#""monitoring":{},"monitoring":{}"#, "monitoring", "appears more than once"),
        (r#""monitoring":null,"\u006donitoring":{}"#, "monitoring", "appears more than once"),
    ];
    for (member, column, problem) in cases {
        for body in [format!("{{{house},{member}}}"), format!("{{{member},{house}}}")] {
            let (told, text) = refused(&server, &body).await;
            assert_eq!(told, [(column.to_owned(), problem.to_owned())], "{body}");
            assert!(!text.contains("Atlantis"), "{text}");
        }
    }
    let deep = format!("{{{house},\"monitoring\":{{\"origin\":{}{}}}}}", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(refused(&server, &deep).await.0[0].0, "monitoring.origin");
    let many: Vec<String> = (0..3_000).map(|name| format!("\"{name}\":0")).collect();
    let many = format!("{{{house},\"monitoring\":{{{}}}}}", many.join(","));
    assert_eq!(refused(&server, &many).await.0.len(), 16, "an answer is not longer than what is asked");
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("andon_refused_inputs_total{field=\"monitoring\"} 28\n"), "{metrics}");
}

#[tokio::test]
async fn beside_the_member_nothing_changed() {
    let server = TestServer::start(service()).await;
    let (told, _) = refused(&server, r#"{"rooms":5,"heating":"gas","origin":"north_side"}"#).await;
    assert_eq!(told, [("origin".to_owned(), "is no input of the decision: leave it out".to_owned())]);
    let (told, _) = refused(&server, r#"{"rooms":5,"rooms":5,"heating":"gas","monitoring":{}}"#).await;
    assert_eq!(told[0].0, "rooms", "a column that is repeated is still refused");
    for cut in [r#"{"monitoring":{"origin":"north_side"}"#, r#"{"rooms":5,"monitoring":{]}"#, "\"monitoring\""] {
        assert!(server.decide(cut).await.status().is_client_error(), "{cut}");
    }
    let whole = r#"{"monitoring":{"origin":"north_side"},"rooms":5.0,"area":120.50,"heating":"\u0067as"}"#;
    let plain = text(server.decide(good().to_string()).await).await;
    assert_eq!(text(server.decide(whole).await).await, plain);
    let tensors = json!({ "inputs": [{ "name": "monitoring", "shape": [1], "datatype": "BYTES", "data": ["x"] }] });
    let response = server.post("/v2/models/houses/infer", tensors.to_string()).send().await.unwrap();
    assert_eq!(response.status(), 400, "tensors have no such member");
}

#[tokio::test]
async fn another_monitoring_is_another_body() {
    let server = TestServer::start(service()).await;
    let decide = async |body: Value| {
        let request = server.post("/house/v1/decisions", body.to_string()).header("idempotency-key", "k");
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(decide(north(good())).await, 200);
    assert_eq!(decide(north(good())).await, 200);
    assert_eq!(decide(good()).await, 422);
    assert_eq!(decide(beside(good(), &json!({ "origin": "south_side" }))).await, 422);
}

#[tokio::test]
async fn neither_metrics_nor_page_nor_prompt_hold_it() {
    let ollama = ollama(says(TEXT)).await;
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail::open(&folder.path().join("trail.db")).unwrap();
    let service = Service::new(decider(policy(&ollama.uri(), PATIENT)), identity()).unwrap();
    let server = TestServer::within(ServerState::default().with_audit_trail(trail), service).await;
    let asked = beside(bad(), &json!({ "origin": "south_side" }));
    let reply = server.explain(&asked).await;
    assert_eq!(reply["explanation_source"], "ollama", "{reply}");
    assert_eq!(server.decide(asked.to_string()).await.status(), 200);
    let wrong = beside(bad(), &json!({ "origin": "the south_side" }));
    assert_eq!(server.decide(wrong.to_string()).await.status(), 422);
    let prompts = ollama.received_requests().await.unwrap();
    assert_eq!(prompts.len(), 1);
    let metrics = server.get("/metrics").await.text().await.unwrap();
    let page = server.get("/").await.text().await.unwrap();
    let prompt = String::from_utf8(prompts[0].body.clone()).unwrap();
    for shown in [reply.to_string(), metrics, page, prompt] {
        assert!(!shown.is_empty() && !shown.contains("south_side"), "{shown}");
    }
}

/// Any JSON, nested a little.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof!["north_side", "south_side", ".{0,9}"].prop_map(Value::from),
    ];
    let name = || prop_oneof![4 => Just("origin".to_owned()), 1 => Just("monitoring".to_owned()), 2 => ".{0,9}"];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            3 => prop::collection::btree_map(name(), inner.clone(), 0..3).prop_map(|map| json!(map)),
            1 => prop::collection::vec(inner, 0..3).prop_map(Value::from),
        ]
    })
}

/// Answers to a good house with this member. One server serves all cases.
fn answer_with(monitoring: &Value) -> (u16, String) {
    static STARTED: OnceLock<(tokio::runtime::Runtime, TestServer)> = OnceLock::new();
    let (runtime, server) = STARTED.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(TestServer::start(service()));
        (runtime, server)
    });
    runtime.block_on(async {
        let response = server.decide(beside(good(), monitoring).to_string()).await;
        (response.status().as_u16(), response.text().await.unwrap())
    })
}

proptest! {
    #[test]
    fn any_json_beside_a_record_is_refused_or_changes_nothing(monitoring in any_json()) {
        static PLAIN: OnceLock<(u16, String)> = OnceLock::new();
        let plain = PLAIN.get_or_init(|| answer_with(&Value::Null));
        let answer = answer_with(&monitoring);
        prop_assert!(answer.0 == 422 || answer == *plain, "{monitoring}: {answer:?}");
    }
}

#[tokio::test]
async fn where_no_attribute_is_watched_the_member_is_refused_and_not_repeated() {
    let mut policy = policy("http://127.0.0.1:9", 1_000);
    policy.data.protected.clear();
    let server = TestServer::start(Service::new(decider(policy), identity()).unwrap()).await;
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    for monitoring in [json!({ "origin": "north_side" }), json!("north_side"), json!(["north_side"]), json!({})] {
        let refused = server.decide(beside(good(), &monitoring).to_string()).await;
        assert_eq!(refused.status(), 422);
        let problem = refused.text().await.unwrap();
        assert!(problem.contains("\"column\":\"monitoring\"") && !problem.contains("north"), "{problem}");
    }
}
