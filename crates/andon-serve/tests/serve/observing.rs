//! Request ids, counts and the log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::{Server, bad, good, service, unusual};

/// The id that a request with this one is answered with.
async fn id(server: &Server, path: &str, given: Option<&[u8]>) -> String {
    let mut request = server.client.get(format!("{}{path}", server.url));
    if let Some(given) = given {
        request = request.header("x-request-id", given);
    }
    request.send().await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_plain_id_is_kept_and_another_made_anew() {
    let server = Server::start(service()).await;
    let longest = "a".repeat(64);
    for path in ["/healthz", "/nowhere", "/house/v1/decisions", "/v2/models/other"] {
        for given in ["x", "A-z_0.9", &longest] {
            assert_eq!(id(&server, path, Some(given.as_bytes())).await, given);
        }
        let too_long = "a".repeat(65);
        for given in [None, Some(""), Some("a b"), Some("a/b"), Some("é"), Some("a\"b"), Some(too_long.as_str())] {
            let made = id(&server, path, given.map(str::as_bytes)).await;
            assert_eq!((made.len(), &made[14..15]), (36, "7"), "{made}");
        }
    }
    assert_ne!(id(&server, "/healthz", None).await, id(&server, "/healthz", None).await);
}

/// The value of a sample.
async fn sample(server: &Server, name: &str) -> f64 {
    let text = server.get("/metrics").await.text().await.unwrap();
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_else(|| panic!("{name} is not in {text}")).rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn decisions_refusals_and_responses_are_counted() {
    let server = Server::start(service()).await;
    for outcome in ["ACCEPT", "DECLINE", "REFER"] {
        let name = format!("andon_decisions_total{{outcome=\"{outcome}\"}}");
        assert_eq!(sample(&server, &name).await as u64, 0, "there from the start");
    }
    for house in [good(), good(), bad(), unusual()] {
        assert_eq!(server.decide(house.to_string()).await.status(), 200);
    }
    for body in [r#"{"rooms":21,"area":0,"heating":"gas"}"#, r#"{"rooms":5,"heating":"gas","<&\"\n>":1}"#, "x", "[]"] {
        assert!(server.decide(body).await.status().is_client_error());
    }
    let expected = [
        ("andon_decisions_total{outcome=\"ACCEPT\"}", 2),
        ("andon_decisions_total{outcome=\"DECLINE\"}", 1),
        ("andon_decisions_total{outcome=\"REFER\"}", 1),
        ("andon_decision_seconds_count", 4),
        ("andon_decision_seconds_bucket{le=\"+Inf\"}", 4),
        ("andon_refused_inputs_total{field=\"rooms\"}", 1),
        ("andon_refused_inputs_total{field=\"area\"}", 1),
        ("andon_refused_inputs_total{field=\"body\"}", 3),
        ("andon_refused_inputs_total{field=\"heating\"}", 0),
        ("andon_http_responses_total{class=\"4xx\"}", 4),
    ];
    for (name, value) in expected {
        assert_eq!(sample(&server, name).await as u64, value, "{name}");
    }
    let fingerprint = "f".repeat(64);
    let build = format!("andon_build_info{{model_version=\"1.2.3\",fingerprint=\"{fingerprint}\"}}");
    assert_eq!(sample(&server, &build).await as u64, 1);
}

/// Where the log of a test goes.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Writes what is logged in this thread, as JSON, while the guard lives.
pub(crate) fn logged(written: &Written) -> tracing::subscriber::DefaultGuard {
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_writer(written.clone()).finish();
    tracing::subscriber::set_default(log)
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn each_request_has_a_line_and_no_person_is_in_it() {
    let written = Written::default();
    let _log = logged(&written);
    let server = Server::start(service()).await;
    let secret = json!({ "rooms": 5, "heating": "gas", "Jane Doe": "Jane Doe" }).to_string();
    let request = server.post("/house/v1/decisions?name=Jane%20Doe", secret);
    let request = request.header("x-request-id", "id-1").header("authorization", "Jane Doe");
    assert_eq!(request.send().await.unwrap().status(), 422);
    assert_eq!(server.get("/people/Jane%20Doe").await.status(), 404);
    assert_eq!(server.get("/v2/models/Jane%20Doe").await.status(), 404);
    let invented = reqwest::Method::from_bytes(b"JANE").unwrap();
    let response = server.client.request(invented, format!("{}/card", server.url)).send().await.unwrap();
    assert_eq!(response.status(), 405);

    let text = written.text();
    assert!(!text.to_lowercase().contains("jane"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let lines: Vec<&Value> = lines.iter().filter(|line| line["target"] == "andon_serve::observe").collect();
    let told: Vec<[&Value; 3]> = lines.iter().map(|line| ["method", "path", "status"].map(|key| &line[key])).collect();
    let expected = [
        ["POST".into(), "/house/v1/decisions".into(), json!(422)],
        ["GET".into(), "none".into(), json!(404)],
        ["GET".into(), "/v2/models/{name}".into(), json!(404)],
        ["other".into(), "/card".into(), json!(405)],
    ];
    assert_eq!(told, expected.each_ref().map(|line| line.each_ref()));
    assert_eq!(lines[0]["request_id"], "id-1");
    assert!(lines.iter().all(|line| line["seconds"].as_f64().unwrap() >= 0.0 && line["request_id"].is_string()));
}
