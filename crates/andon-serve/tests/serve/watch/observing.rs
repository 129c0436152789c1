//! Request ids, counts and the log.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use andon_serve::{Keys, NewKey, ServerState};
use serde_json::{Value, json};
use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;

use crate::{TestServer, bad, good, service, unusual};

/// The id in the response to a request with this id.
async fn id(server: &TestServer, path: &str, given: Option<&[u8]>) -> String {
    let mut request = server.client.get(format!("{}{path}", server.url));
    if let Some(given) = given {
        request = request.header("x-request-id", given);
    }
    request.send().await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_plain_id_is_kept_and_another_made_anew() {
    let server = TestServer::start(service()).await;
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

#[tokio::test]
async fn a_collector_gets_the_format_that_it_accepts() {
    let server = TestServer::start(service()).await;
    let asked = async |accept: &str| {
        let request = server.client.get(format!("{}/metrics", server.url)).header("accept", accept);
        let response = request.send().await.unwrap();
        let named = response.headers()["content-type"].to_str().unwrap().to_owned();
        (named, response.text().await.unwrap().ends_with("# EOF\n"))
    };
    let open = "application/openmetrics-text; version=1.0.0; charset=utf-8".to_owned();
    let plain = "text/plain; version=0.0.4; charset=utf-8".to_owned();
    for both in ["*/*", "text/html", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2"]
    {
        assert_eq!(asked(both).await, (open.clone(), true), "{both}");
    }
    assert_eq!(asked("text/plain;version=0.0.4").await, (plain, false));
}

/// The value of a sample.
async fn sample(server: &TestServer, name: &str) -> f64 {
    let text = server.get("/metrics").await.text().await.unwrap();
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_else(|| panic!("{name} is not in {text}")).rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn decisions_refusals_and_responses_are_counted() {
    let server = TestServer::start(service()).await;
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

#[tokio::test]
async fn inputs_are_compared_with_the_training_data_and_hours_have_a_rate() {
    let server = TestServer::start(service()).await;
    let houses: Vec<Value> = (0..199).map(|place| if place < 50 { bad() } else { good() }).collect();
    let batch = |houses: &[Value]| server.post("/house/v1/batch", json!(houses).to_string()).send();
    assert_eq!(batch(&houses).await.unwrap().status(), 200);
    let before = server.get("/metrics").await.text().await.unwrap();
    assert!(!before.contains("andon_input_psi{"), "an index of few decisions is noise: {before}");
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    let index = async |feature: &str| sample(&server, &format!("andon_input_psi{{feature=\"{feature}\"}}")).await;
    assert!(index("rooms").await.abs() < 1e-12, "50 and 150, as in training");
    // Floors of 30 and 120.5 square metres: 50 and 150 where training had 20, 100 and 80; half a row more in each bin.
    let shares = |rows: [f64; 3]| rows.map(|rows| (rows + 0.5) / 201.5);
    let terms = shares([20.0, 100.0, 80.0]).into_iter().zip(shares([50.0, 0.0, 150.0]));
    let expected: f64 = terms.map(|(before, since)| (since - before) * f64::ln(since / before)).sum();
    assert!((index("area").await - expected).abs() < 1e-9, "{expected}");
    let text = server.get("/metrics").await.text().await.unwrap();
    let rates: Vec<&str> = text.lines().filter(|line| line.starts_with("andon_approval_rate{hour=\"2")).collect();
    assert!(matches!(rates.len(), 1 | 2), "{text}");
    assert!(rates.len() == 2 || rates[0].ends_with(" 0.75"), "{rates:?}");
    assert!(text.ends_with("# EOF\n") && text.contains("# TYPE andon_input_psi gauge\n"), "{text}");
}

/// The sink of a test's log.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

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

/// With a single log, `tracing` asks the thread of the first event if anybody wants it, and applies a "no" to the other
/// threads too. So there are always two logs.
static ANOTHER: LazyLock<Dispatch> =
    LazyLock::new(|| Dispatch::new(tracing_subscriber::fmt().with_writer(std::io::sink).finish()));

/// Makes the event of a request happen once before there is a log that could miss it.
async fn happened() {
    LazyLock::force(&ANOTHER);
    assert_eq!(TestServer::start(service()).await.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn each_request_has_a_line_and_no_person_is_in_it() {
    let written = Written::default();
    happened().await;
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_writer(written.clone()).finish();
    let _log = tracing::subscriber::set_default(log);
    let server = TestServer::start(service()).await;
    // An event that a thread without a log came to first counts as unwanted, until all are asked again.
    assert_eq!(server.get("/healthz").await.status(), 200);
    tracing::callsite::rebuild_interest_cache();
    written.0.lock().unwrap().clear();
    let secret = json!({ "rooms": 5, "heating": "gas", "Jane Doe": "Jane Doe" }).to_string();
    let request = server.post("/house/v1/decisions?name=Jane%20Doe", secret);
    let request = request.header("x-request-id", "id-1").header("authorization", "Jane Doe");
    assert_eq!(request.send().await.unwrap().status(), 422);
    assert_eq!(server.get("/people/Jane%20Doe").await.status(), 404);
    assert_eq!(server.get("/v2/models/Jane%20Doe").await.status(), 404);
    let invented = reqwest::Method::from_bytes(b"JANE").unwrap();
    let response = server.client.request(invented, format!("{}/card", server.url)).send().await.unwrap();
    assert_eq!(response.status(), 405);

    for (origin, status) in [("south_side", 200), ("south_side of Jane Doe", 422)] {
        let house = json!({ "rooms": 5, "heating": "gas", "monitoring": { "origin": origin } });
        assert_eq!(server.decide(house.to_string()).await.status(), status);
    }

    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(!text.to_lowercase().contains("jane") && !text.contains("south"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let lines: Vec<&Value> = lines.iter().filter(|line| line["target"] == "andon_serve::routes::log").collect();
    let told: Vec<[&Value; 3]> = lines.iter().map(|line| ["method", "path", "status"].map(|key| &line[key])).collect();
    let expected = [
        ["POST".into(), "/house/v1/decisions".into(), json!(422)],
        ["GET".into(), "none".into(), json!(404)],
        ["GET".into(), "/v2/models/{name}".into(), json!(404)],
        ["other".into(), "/card".into(), json!(405)],
        ["POST".into(), "/house/v1/decisions".into(), json!(200)],
        ["POST".into(), "/house/v1/decisions".into(), json!(422)],
    ];
    assert_eq!(told, expected.each_ref().map(|line| line.each_ref()));
    assert_eq!(lines[0]["request_id"], "id-1");
    assert!(lines.iter().all(|line| line["seconds"].as_f64().unwrap() >= 0.0 && line["request_id"].is_string()));
}

#[tokio::test]
async fn the_name_of_a_key_is_logged_and_nothing_of_the_key() {
    let written = Written::default();
    happened().await;
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_writer(written.clone());
    let log = log.with_max_level(tracing_subscriber::filter::LevelFilter::TRACE).finish();
    let _log = tracing::subscriber::set_default(log);
    let NewKey { key, line } = NewKey::generate("branch-7").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &line).unwrap();
    let server =
        TestServer::within(ServerState::default().with_keys(Keys::read(file.path()).unwrap()), service()).await;
    let stranger = NewKey::generate("stranger").unwrap().key;
    for (key, status) in [(&key, 200), (&stranger, 401)] {
        let request = server.post("/house/v1/decisions", good().to_string()).bearer_auth(key);
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let answered = text.lines().filter(|line| line.contains("\"answered\""));
    let names: Vec<Value> = answered.map(|line| serde_json::from_str::<Value>(line).unwrap()["key"].clone()).collect();
    assert_eq!(names, [json!("branch-7"), Value::Null]);
    let digest = line.split(' ').nth(1).unwrap();
    for secret in [&key["andon_".len()..][..12], &stranger["andon_".len()..][..12], &digest[..12], "stranger"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}
