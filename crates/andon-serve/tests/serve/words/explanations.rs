//! The language model, which wiremock plays: one good answer and every bad one.

use std::time::{Duration, Instant};

use andon::evidence::policy::LanguageModel;
use andon_serve::Service;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::houses::{decider, identity, policy};
use crate::{TestServer, bad, good, unusual};

pub(crate) const TEXT: &str = "DECLINE: the estimated probability of 16.67 % is below the 50 % needed, because of a \
                               floor of 30 square metres and no stove in winter.";

/// Long enough for a busy machine.
pub(crate) const PATIENT: u64 = 10_000;

/// An answer as Ollama gives it, finished for this reason.
fn finished(content: &str, done_reason: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "model": "tiny:1b",
        "created_at": "2026-01-01T00:00:00Z",
        "message": { "role": "assistant", "content": content },
        "done_reason": done_reason,
        "done": true,
    }))
}

pub(crate) fn chat(content: &str) -> ResponseTemplate {
    finished(content, "stop")
}

pub(crate) fn content(text: &str) -> String {
    json!({ "decision": "DECLINE", "reasons": ["A", "H"], "text": text }).to_string()
}

pub(crate) fn says(text: &str) -> ResponseTemplate {
    chat(&content(text))
}

pub(crate) async fn ollama(answer: ResponseTemplate) -> MockServer {
    let ollama = MockServer::start().await;
    Mock::given(method("POST")).and(path("/api/chat")).respond_with(answer).mount(&ollama).await;
    ollama
}

pub(crate) async fn server(ollama_url: &str, timeout_ms: u64) -> TestServer {
    limited(ollama_url, |limits| limits.timeout_ms = timeout_ms).await
}

/// A server with other limits than the policy's.
pub(crate) async fn limited(ollama_url: &str, change: impl Fn(&mut LanguageModel)) -> TestServer {
    let mut policy = policy(ollama_url, PATIENT);
    change(policy.explanation.language_model.as_mut().unwrap());
    TestServer::start(Service::new(decider(policy), identity()).unwrap()).await
}

/// The reason why the template was used for a bad house.
pub(crate) async fn fallback(ollama_url: &str, timeout_ms: u64) -> String {
    let reply = server(ollama_url, timeout_ms).await.explain(&bad()).await;
    assert_eq!(reply["explanation_source"], "template");
    assert_eq!(reply["decision"], "DECLINE");
    assert!(reply["explanation"].as_str().unwrap().contains("a floor of 30 square metres"));
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
    assert_eq!(body["think"], json!(false), "a reasoning model answers at once");
    assert_eq!(body["options"], json!({ "temperature": 0, "seed": 0 }));
    let code = json!({ "type": "string", "enum": ["A", "H"] });
    let schema = json!({
        "type": "object",
        "properties": {
            "decision": { "type": "string", "enum": ["DECLINE"] },
            "reasons": { "type": "array", "items": code, "minItems": 2, "maxItems": 2 },
            "text": { "type": "string", "maxLength": 1000 },
        },
        "required": ["decision", "reasons", "text"],
        "additionalProperties": false,
    });
    assert_eq!(body["format"], schema);
    assert_eq!(body["messages"].as_array().unwrap().len(), 2);
    assert_eq!((&body["messages"][0]["role"], &body["messages"][1]["role"]), (&json!("system"), &json!("user")));
    let user: Value = serde_json::from_str(body["messages"][1]["content"].as_str().unwrap()).unwrap();
    let facts = json!({
        "decision": "DECLINE",
        "probability_percent": 16.67,
        "threshold_percent": 50.0,
        "reasons": [
            { "code": "A", "text": "a floor of 30 square metres" },
            { "code": "H", "text": "no stove in winter" },
        ],
    });
    assert_eq!(user, facts);
    let sent = String::from_utf8_lossy(&request.body);
    for private in
        ["plot", "origin", "north_side", "south_side", "rooms", "area", "heating", "nothing", "improve", "build on"]
    {
        assert!(!sent.contains(private), "{private} in {sent}");
    }
}

#[tokio::test]
async fn an_accepted_house_is_worded_too_and_a_referral_is_not() {
    let accepted = json!({ "decision": "ACCEPT", "reasons": [], "text": "ACCEPT: 83.33 % reaches 50 %." });
    let ollama = ollama(chat(&accepted.to_string())).await;
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
    let not_a_message = "Ollama's answer is not a finished chat message";
    let unfinished = json!({ "message": { "content": content(TEXT) }, "done": false }).to_string();
    let behind = |text: &str| says(&format!("{TEXT} {text}"));
    let cases = [
        (ResponseTemplate::new(404), "Ollama does not have the model; to get it: ollama pull tiny:1b"),
        (ResponseTemplate::new(204), "Ollama answered with status 204"),
        (raw("{\"message\":"), not_a_message),
        (raw("{\"message\":{\"content\":null},\"done\":true}"), not_a_message),
        (raw("{\"error\":\"out of memory\"}"), not_a_message),
        (raw(&unfinished), not_a_message),
        (raw(""), not_a_message),
        (raw(&long), "Ollama's answer is longer than 65536 bytes"),
        (says(&long), "Ollama's answer is longer than 65536 bytes"),
        (finished(&content(TEXT), "length"), "the language model's answer was cut off at its longest"),
        (chat(TEXT), "it is not one object of decision, reasons and text"),
        (chat(&json!({ "text": TEXT }).to_string()), "it is not one object of decision, reasons and text"),
        (says("A floor of 30 square metres."), "it does not state DECLINE"),
        (behind("Or better ACCEPT."), "it states ACCEPT"),
        (behind("17 % is less."), "it holds 17 %, which was not given"),
        (behind("You are from the North Side."), "it says `north_side`, which must never be said"),
        (behind("Your origin."), "it says `origin`, which must never be said"),
        (behind("See https://houses.test"), "it holds a link"),
        (behind("**Bold**"), "it holds the character '*'"),
        (behind("The garden."), "it holds `garden`, a word of its own"),
        (says("DECLINE: no stove in winter."), "it does not quote the reason `a floor of 30 square metres`"),
    ];
    for (answer, reason) in cases {
        let ollama = ollama(answer).await;
        let fallback = fallback(&ollama.uri(), PATIENT).await;
        assert!(fallback.ends_with(reason), "{fallback} instead of {reason}");
        assert_eq!(ollama.received_requests().await.unwrap().len(), 1, "asked once: {reason}");
    }
}

#[tokio::test]
async fn explanations_are_counted_by_who_worded_them_and_why() {
    let ollama = MockServer::start().await;
    Mock::given(path("/api/chat")).respond_with(says(TEXT)).up_to_n_times(2).mount(&ollama).await;
    Mock::given(path("/api/chat")).respond_with(says("DECLINE.")).mount(&ollama).await;
    let server = server(&ollama.uri(), PATIENT).await;
    for house in [bad(), bad(), bad(), unusual()] {
        server.explain(&house).await;
    }
    let metrics = server.get("/metrics").await;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!((metrics.status().as_u16(), &metrics.headers()["content-type"]), (200, &content_type.parse().unwrap()));
    let text = metrics.text().await.unwrap();
    for line in [
        "# TYPE andon_explanations counter",
        "andon_explanations_total{source=\"ollama\",why=\"\"} 2",
        "andon_explanations_total{source=\"template\",why=\"reason_missing\"} 1",
        "andon_explanations_total{source=\"template\",why=\"referral\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    assert!(text.ends_with("# EOF\n"));
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
    let asked = ("ollama".to_owned(), false);
    let busy = ("template".to_owned(), true);
    assert_eq!(sources, [asked.clone(), asked, busy.clone(), busy.clone(), busy]);
    assert_eq!(server.explain(&bad()).await["explanation_source"], "ollama", "a call that ended makes room");
}

#[tokio::test]
async fn without_a_language_model_a_denial_has_its_reasons_and_the_text_of_the_template() {
    let mut policy = policy("http://127.0.0.1:9", PATIENT);
    policy.explanation.language_model = None;
    let server = TestServer::start(Service::new(decider(policy), identity()).unwrap()).await;
    let reply = server.explain(&bad()).await;
    assert_eq!((&reply["decision"], &reply["explanation_source"]), (&json!("DECLINE"), &json!("template")));
    assert_eq!(reply["fallback"], json!("this release has no language model"));
    assert_eq!(reply["reasons"].as_array().unwrap().len(), 2);
    let text = reply["explanation"].as_str().unwrap();
    assert!(text.contains("a floor of 30 square metres") && text.contains("no stove in winter"), "{text}");
    let decided: Value = server.decide(bad().to_string()).await.json().await.unwrap();
    assert_eq!(decided["explanation"], reply["explanation"]);
}
