//! Readiness, identity, shutdown, and policies that cannot be served.

use std::time::Duration;

use andon_serve::{Service, Unservable};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::houses::{OVER, decider, identity, over, policy, too_old};
use crate::{TestServer, ask_ahead, good, service, settle, until};

#[tokio::test]
async fn the_artifact_says_what_it_is() {
    let server = TestServer::start(service()).await;
    let json = async |path: &str| server.get(path).await.json::<Value>().await.unwrap();
    assert_eq!(json("/healthz").await, json!({ "status": "live" }));
    let ready = json!({ "status": "ready", "model_version": "1.2.3", "fingerprint": "f".repeat(64) });
    assert_eq!(json("/readyz").await, ready);
    assert_eq!(json("/evidence").await, json!({ "decision": "GO" }));
    let card = server.get("/card").await;
    assert_eq!(card.headers()["content-type"], "text/markdown; charset=utf-8");
    assert_eq!(card.text().await.unwrap(), identity().card);
}

#[tokio::test]
async fn an_artifact_whose_waiver_is_over_decides_nothing() {
    let server = TestServer::start(over()).await;
    let explained = server.post("/house/v1/explanations", good().to_string()).send().await.unwrap();
    for response in [server.decide(good().to_string()).await, server.decide("nonsense").await, explained] {
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["detail"], OVER);
        assert_eq!((&problem["status"], &problem["title"]), (&json!(503), &json!("Service Unavailable")));
    }
    let ready = server.get("/readyz").await;
    assert_eq!((ready.status().as_u16(), ready.json::<Value>().await.unwrap()["detail"].as_str()), (503, Some(OVER)));
    assert_eq!(server.get("/healthz").await.status(), 200);
    assert_eq!(server.get("/card").await.status(), 200);
}

#[tokio::test]
async fn an_artifact_whose_data_are_too_old_decides_nothing() {
    let server = TestServer::start(too_old()).await;
    let told = "the data were collected until 2020-02-20, and contract.freshness takes them until 2020-02-29";
    for response in [server.decide(good().to_string()).await, server.get("/readyz").await] {
        assert_eq!(response.status(), 503);
        let problem: Value = response.json().await.unwrap();
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(told)), "{problem}");
    }
}

#[tokio::test]
async fn a_shutdown_finishes_the_request_in_flight() {
    let server = TestServer::start(service()).await;
    let address = server.url.trim_start_matches("http://").to_owned();
    let body = good().to_string();
    let (first, rest) = body.split_at(10);
    let mut stream = TcpStream::connect(&address).await.unwrap();
    ask_ahead(&mut stream, &body).await;
    stream.write_all(first.as_bytes()).await.unwrap();
    server.stop.send(()).unwrap();
    until("nobody listens any more", async || TcpStream::connect(&address).await.is_err()).await;
    assert!(!server.task.is_finished(), "the request is waited for");
    stream.write_all(rest.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK") && reply.contains("\"decision\":\"ACCEPT\""), "{reply}");
    timeout(Duration::from_secs(5), server.task).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_a_shutdown() {
    let server = TestServer::start(service()).await;
    assert_eq!(server.get("/healthz").await.status(), 200); // kept alive by the client
    let _silent = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    server.stop.send(()).unwrap();
    timeout(Duration::from_secs(5), server.task).await.unwrap().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn half_a_head_holds_a_shutdown_for_a_while_and_not_for_ever() {
    let server = TestServer::start(service()).await;
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"POST /house").await.unwrap();
    settle().await;
    let start = tokio::time::Instant::now();
    server.stop.send(()).unwrap();
    server.task.await.unwrap().unwrap();
    assert!((9..=10).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[test]
fn a_path_that_is_not_its_own_cannot_be_served() {
    let serve_at = |path: &str| {
        let mut policy = policy("http://127.0.0.1:9", 1_000);
        policy.serve.path = path.to_owned();
        Service::new(decider(policy), identity()).map(andon_serve::router)
    };
    let refused = [
        "",
        "/",
        "//",
        "/v1/",
        "decide",
        "/v1/{id}",
        "/:id",
        "/*rest",
        "/a b",
        "/a?b",
        "/healthz",
        "/readyz",
        "/card",
        "/evidence",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/v2",
        "/v2/models/houses/infer",
        "/v2/health/live",
        "/v1/batch",
        "/page",
        "/page/decide",
        "/v1/explanations",
        "/explanations",
    ];
    for path in refused {
        assert!(matches!(serve_at(path), Err(Unservable::Path { .. })), "{path}");
    }
    for path in ["/decide", "/v1.2/decisions", "/card/decisions", "/pages"] {
        assert!(serve_at(path).is_ok(), "{path}");
    }
}

#[test]
fn a_language_model_elsewhere_cannot_be_served() {
    let with = |url: &str| Service::new(decider(policy(url, 1_000)), identity()).map_err(|error| error.to_string());
    let refused = [
        ("https://127.0.0.1:11434", "is not http"),
        ("file:///127.0.0.1", "is not http"),
        ("http://192.168.0.1:11434", "is not on this machine"),
        ("http://0.0.0.0:11434", "is not on this machine"),
        ("http://128.0.0.1", "is not on this machine"),
        ("http://ollama.invalid:11434", "does not resolve"),
        ("http://localhost.invalid", "does not resolve"),
        ("http://127.0.0.1@ollama.invalid", "does not resolve"),
        ("http://[::2]:11434", "is not on this machine"),
        ("http://[::ffff:10.0.0.1]", "is not on this machine"),
        ("localhost:11434", "is not http"),
        ("", "is no URL"),
    ];
    for (url, problem) in refused {
        let error = with(url).map(|_| ()).expect_err(url);
        assert!(error.contains(problem) && error.contains(&format!("`{url}`")), "{url}: {error}");
    }
    let here = ["http://127.0.0.1:11434", "http://127.9.9.9", "http://localhost:11434/", "http://[::1]:11434"];
    for url in here.into_iter().chain(["http://[::ffff:127.0.0.1]:11434"]) {
        assert!(with(url).is_ok(), "{url}");
    }
    let mut policy = policy("http://192.168.0.1:11434", 1_000);
    policy.explanation.language_model.as_mut().unwrap().elsewhere_because =
        Some("the machine next door has the graphics card".to_owned());
    assert!(Service::new(decider(policy), identity()).is_ok());
}
