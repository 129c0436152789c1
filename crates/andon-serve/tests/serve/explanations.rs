//! The language model, played by wiremock: one good answer and every bad one.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use andon_serve::Service;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{Server, bad, decider, good, identity, policy, unusual};

const TEXT: &str = "DECLINE: 16.67 % is less than 50 %, because it is small and it is cold in winter.";

/// Long enough for a busy machine.
const PATIENT: u64 = 10_000;

fn chat(content: &str) -> ResponseTemplate {
    let message = json!({ "role": "assistant", "content": content });
    ResponseTemplate::new(200).set_body_json(json!({ "model": "tiny:1b", "message": message, "done": true }))
}

fn says(text: &str) -> ResponseTemplate {
    chat(&json!({ "text": text }).to_string())
}

async fn ollama(answer: ResponseTemplate) -> MockServer {
    let ollama = MockServer::start().await;
    Mock::given(method("POST")).and(path("/api/chat")).respond_with(answer).mount(&ollama).await;
    ollama
}

async fn server(ollama_url: &str, timeout_ms: u64) -> Server {
    Server::start(Service::new(decider(policy(ollama_url, timeout_ms)), identity()).unwrap()).await
}

/// Why the template was used for a bad house.
async fn fallback(ollama_url: &str, timeout_ms: u64) -> String {
    let reply = server(ollama_url, timeout_ms).await.explain(&bad()).await;
    assert_eq!(reply["explanation_source"], "template");
    assert_eq!(reply["decision"], "DECLINE");
    assert!(reply["explanation"].as_str().unwrap().contains("What weighed most against it: it is small"));
    reply["fallback"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_good_text_is_shown() {
    let ollama = ollama(says(TEXT)).await;
    let server = server(&ollama.uri(), PATIENT).await;
    let reply = server.explain(&bad()).await;
    assert_eq!((&reply["explanation"], &reply["explanation_source"]), (&json!(TEXT), &json!("ollama")));
    assert!(reply.get("fallback").is_none());
    let mut decided: Value = server.decide(bad().to_string()).await.json().await.unwrap();
    for (key, value) in [("explanation", json!(TEXT)), ("explanation_source", json!("ollama"))] {
        decided[key] = value;
    }
    assert_eq!(reply, decided, "all but the wording is the same");
    assert_eq!(ollama.received_requests().await.unwrap().len(), 1, "a decision asks nobody");
}

#[tokio::test]
async fn the_language_model_sees_the_decision_and_nothing_of_the_record() {
    let ollama = ollama(says(TEXT)).await;
    server(&ollama.uri(), PATIENT).await.explain(&bad()).await;
    let request = &ollama.received_requests().await.unwrap()[0];
    let body: Value = request.body_json().unwrap();
    assert_eq!((&body["model"], &body["stream"]), (&json!("tiny:1b"), &json!(false)));
    assert_eq!(body["options"], json!({ "temperature": 0, "seed": 0 }));
    let schema = json!({ "type": "object", "properties": { "text": { "type": "string" } }, "required": ["text"] });
    assert_eq!(body["format"], schema);
    assert_eq!(body["messages"].as_array().unwrap().len(), 2);
    assert_eq!((&body["messages"][0]["role"], &body["messages"][1]["role"]), (&json!("system"), &json!("user")));
    let user: Value = serde_json::from_str(body["messages"][1]["content"].as_str().unwrap()).unwrap();
    let facts = json!({
        "decision": "DECLINE",
        "probability_percent": 16.67,
        "threshold_percent": 50.0,
        "reasons": ["it is small", "it is cold in winter"],
    });
    assert_eq!(user, facts);
    let sent = String::from_utf8_lossy(&request.body);
    for private in ["plot", "origin", "north_side", "south_side", "rooms", "area", "heating", "nothing", "30"] {
        assert!(!sent.contains(private), "{private} in {sent}");
    }
}

#[tokio::test]
async fn an_accepted_house_is_worded_too_and_a_referral_is_not() {
    let ollama = ollama(says("ACCEPT: 83.33 % reaches 50 %.")).await;
    let server = server(&ollama.uri(), PATIENT).await;
    assert_eq!(server.explain(&good()).await["explanation_source"], "ollama");
    let referred = server.explain(&unusual()).await;
    assert_eq!((&referred["decision"], &referred["explanation_source"]), (&json!("REFER"), &json!("template")));
    assert_eq!(referred["fallback"], "a person decides, and the template says why");
    assert_eq!(ollama.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn each_bad_answer_falls_back_with_its_reason() {
    let raw = |body: &str| ResponseTemplate::new(200).set_body_string(body);
    let long = "x".repeat(70_000);
    let cases = [
        (ResponseTemplate::new(500), "Ollama answered with status 500"),
        (ResponseTemplate::new(404), "Ollama does not have the model; to get it: ollama pull tiny:1b"),
        (ResponseTemplate::new(204), "Ollama answered with status 204"),
        (raw("{\"message\":"), "Ollama's answer is not a chat message"),
        (raw("{\"message\":{\"content\":null}}"), "Ollama's answer is not a chat message"),
        (raw(""), "Ollama's answer is not a chat message"),
        (raw(&long), "Ollama's answer is longer than 65536 bytes"),
        (says(&long), "Ollama's answer is longer than 65536 bytes"),
        (chat(TEXT), "it is not an object with one text"),
        (chat("{\"txt\":\"DECLINE\"}"), "it is not an object with one text"),
        (says("It is small."), "it does not state DECLINE"),
        (says("DECLINE, or better ACCEPT."), "it states ACCEPT"),
        (says("DECLINE: 17 % is less than 50 %."), "it holds 17, a number that was not given"),
        (says("DECLINE: you are from the North Side."), "it names the protected `north_side`"),
        (says("DECLINE: your origin."), "it names the protected `origin`"),
        (says("DECLINE: see https://houses.test"), "it holds a link"),
        (says("**DECLINE**"), "it holds the character '*'"),
    ];
    for (answer, reason) in cases {
        let ollama = ollama(answer).await;
        let fallback = fallback(&ollama.uri(), PATIENT).await;
        assert!(fallback.ends_with(reason), "{fallback} instead of {reason}");
        assert_eq!(ollama.received_requests().await.unwrap().len(), 1, "asked once: {reason}");
    }
}

#[tokio::test]
async fn a_late_answer_is_not_waited_for() {
    let ollama = ollama(says(TEXT).set_delay(Duration::from_secs(30))).await;
    let start = Instant::now();
    assert_eq!(fallback(&ollama.uri(), 100).await, "Ollama did not answer within 100 ms");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn nobody_listening_is_no_error() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let reason = "Ollama cannot be reached; to start it: ollama serve";
    assert_eq!(fallback(&format!("http://127.0.0.1:{port}"), PATIENT).await, reason);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = ollama(says(TEXT)).await;
    let target = format!("{}/api/chat", elsewhere.uri());
    let ollama = ollama(ResponseTemplate::new(307).insert_header("location", target.as_str())).await;
    assert_eq!(fallback(&ollama.uri(), PATIENT).await, "Ollama answered with status 307");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_at_once_are_the_most_and_decisions_do_not_wait() {
    let ollama = ollama(says(TEXT).set_delay(Duration::from_secs(3))).await;
    let server = server(&ollama.uri(), PATIENT).await;
    let calls: Vec<_> =
        (0..5).map(|_| tokio::spawn(server.post("/house/v1/explanations", bad().to_string()).send())).collect();
    let start = Instant::now();
    assert_eq!(server.decide(bad().to_string()).await.status(), 200);
    assert!(start.elapsed() < Duration::from_secs(2), "a decision waited for the language model");
    let mut sources = Vec::new();
    for call in calls {
        let reply: Value = call.await.unwrap().unwrap().json().await.unwrap();
        let fallback = reply["fallback"].as_str().unwrap_or_default();
        sources.push((reply["explanation_source"].as_str().unwrap().to_owned(), fallback.starts_with("busy")));
    }
    sources.sort();
    let (asked, busy) = (("ollama".to_owned(), false), ("template".to_owned(), true));
    assert_eq!(sources, [asked.clone(), asked, busy.clone(), busy.clone(), busy]);
    assert_eq!(server.explain(&bad()).await["explanation_source"], "ollama", "a call that ended makes room");
}
