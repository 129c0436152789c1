//! Repeated requests with the same idempotency key.

use reqwest::Response;

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
async fn another_body_under_the_key_is_409_and_a_mended_one_is_not() {
    let server = TestServer::start(service()).await;
    assert_eq!(decide(&server, "k", "{}".to_owned()).await.status(), 422);
    assert_eq!(decide(&server, "k", good().to_string()).await.status(), 200);
    for body in [bad().to_string(), format!("{} ", good()), "{}".to_owned(), "nonsense".to_owned()] {
        let response = decide(&server, "k", body).await;
        assert_eq!(response.status(), 409);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(decide(&server, "k", good().to_string()).await.status(), 200);
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
