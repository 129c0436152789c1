//! Repeated requests with the same idempotency key.

use reqwest::Response;
use serde_json::{Value, json};

use crate::{TestServer, bad, good, service};

async fn decide(server: &TestServer, key: &str, body: String) -> Response {
    server.post("/house/v1/decisions", body).header("idempotency-key", key).send().await.unwrap()
}

#[tokio::test]
async fn the_same_request_is_given_the_same_answer_and_id_and_is_decided_once() {
    let server = TestServer::start(service()).await;
    let first = decide(&server, "k", good().to_string()).await;
    let id = first.headers()["x-request-id"].clone();
    let bytes = first.bytes().await.unwrap();
    for _ in 0..3 {
        let again = decide(&server, "k", good().to_string()).await;
        assert_eq!((again.status().as_u16(), &again.headers()["x-request-id"]), (200, &id));
        assert_eq!(again.headers()["content-type"], "application/json");
        assert_eq!(again.bytes().await.unwrap(), bytes);
    }
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("andon_decisions_total{outcome=\"ACCEPT\"} 1\n"), "{metrics}");
    let other = decide(&server, "other", good().to_string()).await;
    assert_ne!(other.headers()["x-request-id"], id);
}

#[tokio::test]
async fn another_record_under_the_key_is_422_and_another_form_of_it_is_not() {
    let server = TestServer::start(service()).await;
    assert_eq!(decide(&server, "k", "{}".to_owned()).await.status(), 422);
    assert_eq!(decide(&server, "k", good().to_string()).await.status(), 200);
    let (first, last) = good()
        .to_string()
        .trim_end_matches('}')
        .split_once(',')
        .map(|(a, b)| (a[1..].to_owned(), b.to_owned()))
        .unwrap();
    for same in [format!("{} ", good()), format!("\u{feff}{}", good()), format!("{{{last},{first}}}")] {
        assert_eq!(decide(&server, "k", same.clone()).await.status(), 200, "{same}");
    }
    for (body, status) in [(bad().to_string(), 422), ("{}".to_owned(), 422), ("nonsense".to_owned(), 400)] {
        let response = decide(&server, "k", body).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(decide(&server, "k", good().to_string()).await.status(), 200);
}

#[tokio::test]
async fn many_records_are_decided_once_under_a_key_as_well() {
    let server = TestServer::start(service()).await;
    let batch = |body: String| server.post("/house/v1/batch", body).header("idempotency-key", "b").send();
    let infer = |body: String| server.post("/v2/models/houses/infer", body).header("idempotency-key", "i").send();
    let array = json!([good(), bad()]);
    let tensors = json!({ "inputs": [
        { "name": "rooms", "shape": [1], "datatype": "INT64", "data": [5] },
        { "name": "area", "shape": [1], "datatype": "FP64", "data": [120.5] },
        { "name": "heating", "shape": [1], "datatype": "BYTES", "data": ["gas"] },
    ] });
    let first = batch(array.to_string()).await.unwrap().bytes().await.unwrap();
    let inferred = infer(tensors.to_string()).await.unwrap().bytes().await.unwrap();
    for _ in 0..2 {
        assert_eq!(batch(format!(" {array:#}")).await.unwrap().bytes().await.unwrap(), first);
        assert_eq!(infer(format!("{tensors:#}")).await.unwrap().bytes().await.unwrap(), inferred);
    }
    let metrics = server.get("/metrics").await.text().await.unwrap();
    let decided: u64 = metrics
        .lines()
        .filter(|line| line.starts_with("andon_decisions_total"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(decided, 3, "{metrics}");
    assert_eq!(batch(json!([bad()]).to_string()).await.unwrap().status(), 422);
    assert_eq!(infer(tensors.to_string().replace("120.5", "121.5")).await.unwrap().status(), 400);
}

#[tokio::test]
async fn an_explanation_is_decided_once_under_a_key_and_is_another_request_than_its_decision() {
    let server = TestServer::start(service()).await;
    let explain =
        |body: Value| server.post("/house/v1/explanations", body.to_string()).header("idempotency-key", "e").send();
    let first = explain(bad()).await.unwrap();
    let id = first.headers()["x-request-id"].clone();
    let bytes = first.bytes().await.unwrap();
    let again = explain(bad()).await.unwrap();
    assert_eq!((again.status().as_u16(), &again.headers()["x-request-id"]), (200, &id));
    assert_eq!(again.headers()["content-type"], "application/json");
    assert_eq!(again.bytes().await.unwrap(), bytes);
    assert_eq!(explain(good()).await.unwrap().status(), 422);
    assert_eq!(decide(&server, "e", bad().to_string()).await.status(), 422);
}

/// A house whose rooms are stated twice.
const TWICE: &str = r#"{"rooms":5,"rooms":2,"area":30,"heating":"nothing"}"#;

#[tokio::test]
async fn a_column_stated_twice_is_refused_by_name_whatever_a_key_remembers() {
    let server = TestServer::start(service()).await;
    let one = |key: &'static str, body: String| decide(&server, key, body);
    let batch = async |key: &str, body: String| -> Value {
        let response = server.post("/house/v1/batch", body).header("idempotency-key", key).send().await.unwrap();
        response.json().await.unwrap()
    };
    // What is left of it, if the later value wins.
    assert_eq!(one("one", bad().to_string()).await.status(), 200);
    assert_eq!(batch("many", json!([bad()]).to_string()).await[0]["decision"], "DECLINE");
    for key in ["one", "new"] {
        let response = one(key, TWICE.to_owned()).await;
        assert_eq!(response.status(), 422);
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["errors"][0]["column"], "rooms", "{problem}");
        assert!(problem["errors"][0]["problem"].as_str().unwrap().contains("duplicate field"), "{problem}");
    }
    let reused = batch("many", format!("[{TWICE}]")).await;
    assert!(reused["detail"].as_str().unwrap().contains("another request"), "{reused}");
    let refused = batch("other", format!("[{TWICE}]")).await;
    assert_eq!((&refused[0]["status"], &refused[0]["errors"][0]["column"]), (&json!(422), &json!("rooms")));
    let lines = server.client.post(format!("{}/house/v1/batch", server.url)).body(TWICE);
    let lines = lines.header("content-type", "application/x-ndjson").send().await.unwrap();
    assert_eq!(lines.json::<Value>().await.unwrap()["errors"][0]["column"], "rooms");
}

#[tokio::test]
async fn many_records_are_compared_as_one_is() {
    let server = TestServer::start(service()).await;
    let batch = |body: String| server.post("/house/v1/batch", body).header("idempotency-key", "k").send();
    let first = batch(r#"[{"rooms":5,"area":120.5,"heating":"gas"},{"rooms":0}]"#.to_owned()).await.unwrap();
    let first = first.bytes().await.unwrap();
    let same = r#"[ {"heating": "gas", "area": 1.205e2, "rooms": 5.0, "monitoring": null}, {"rooms":0} ]"#;
    assert_eq!(batch(same.to_owned()).await.unwrap().bytes().await.unwrap(), first);
    let other = r#"[{"rooms":5,"area":120.5,"heating":"gas"},{"rooms":0,"rooms":0}]"#;
    assert_eq!(batch(other.to_owned()).await.unwrap().status(), 422);
}

#[tokio::test]
async fn what_is_no_key_is_400() {
    let server = TestServer::start(service()).await;
    let longest = "k".repeat(128);
    let too_long = "k".repeat(129);
    for key in ["!", "~", &longest] {
        assert_eq!(decide(&server, key, good().to_string()).await.status(), 200, "{key}");
    }
    for key in ["", "a b", "é", "\t", &too_long] {
        assert_eq!(decide(&server, key, good().to_string()).await.status(), 400, "{key}");
    }
    let twice = server.post("/house/v1/decisions", good().to_string());
    let twice = twice.header("idempotency-key", "a").header("idempotency-key", "a");
    assert_eq!(twice.send().await.unwrap().status(), 400);
}
