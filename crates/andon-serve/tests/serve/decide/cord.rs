//! The cord of a running service: who stops, what the others hear, and what the trail says afterwards.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use andon_audit::{Location, Trail, verify};
use andon_serve::{Keys, NewKey, ServerState};
use serde_json::{Value, json};

use crate::postgres_server::PostgresServer;
use crate::{Load, TestServer, good, say, service, until};

const WHY: &str = "the rows of May are missing";

/// Runs work that blocks, and that must not begin inside of a runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn audited(location: &Location) -> TestServer {
    TestServer::within(ServerState::default().with_audit_trail(Trail::open(location.clone()).unwrap()), service()).await
}

async fn pull(server: &TestServer, act: &str, body: Value) -> (u16, Value) {
    let response = server.post(&format!("/house/v1/{act}"), body.to_string()).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Decides without a pause, and counts the answers and the milliseconds until the last one.
async fn keep_deciding(url: String, client: reqwest::Client, load: Arc<Load>, last: Arc<AtomicUsize>, start: Instant) {
    while !load.is_stopped() {
        let request = client.post(format!("{url}/house/v1/decisions")).header("content-type", "application/json");
        let response = request.body(good().to_string()).send().await.unwrap();
        match response.status().as_u16() {
            200 => {
                load.add();
                last.fetch_max(start.elapsed().as_millis() as usize, SeqCst);
            }
            503 => tokio::time::sleep(Duration::from_millis(2)).await,
            other => panic!("{other}"),
        }
    }
}

/// Services on one trail, under load, and one stop from outside.
async fn stops_under_load(location: Location, services: usize) {
    let mut servers = Vec::new();
    for _ in 0..services {
        servers.push(audited(&location).await);
    }
    let load = Arc::new(Load::default());
    let last = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let callers: Vec<_> = (0..8)
        .map(|at| &servers[at % services])
        .map(|server| {
            keep_deciding(server.url.clone(), server.client.clone(), Arc::clone(&load), Arc::clone(&last), start)
        })
        .map(tokio::spawn)
        .collect();
    load.reaches(200).await;
    let place = location.clone();
    let pulled = Instant::now();
    blocking(move || andon_audit::stop(place, "Ada", WHY).unwrap()).await;
    let on_record = start.elapsed().as_millis() as usize;
    for server in &servers {
        until("the stop is seen", async || server.get("/readyz").await.status() == 503).await;
        assert!(pulled.elapsed() < Duration::from_secs(1), "{:?}", pulled.elapsed());
    }
    let seen = pulled.elapsed();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let answered = load.count();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(load.count(), answered, "nothing is decided behind the stop");
    let after = last.load(SeqCst).saturating_sub(on_record);
    say(&format!(
        "{services} on one trail: the last answer came {after} ms after the stop was on the chain, seen in {seen:?}"
    ));
    let refused: Value = servers[0].decide(good().to_string()).await.json().await.unwrap();
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("Ada stopped the service at ") && detail.ends_with(WHY), "{detail}");
    let acknowledged = load.count();
    load.stop();
    for caller in callers {
        caller.await.unwrap();
    }
    for TestServer { stop, task, .. } in servers {
        drop(stop);
        task.await.unwrap().unwrap();
    }

    let server = reopened(&location).await;
    assert_eq!(server.get("/readyz").await.status(), 503, "a restart stays stopped");
    let (own, problem) = pull(&server, "clear", json!({ "by": "ada", "why": "they are there" })).await;
    assert!(own == 409 && problem["detail"].as_str().unwrap().contains("another person clears it"), "{problem}");
    assert_eq!(pull(&server, "clear", json!({ "by": "Grace", "why": "they are there" })).await.0, 200);
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    let verified = blocking(move || verify(location, None).unwrap()).await;
    assert_eq!(
        (verified.decisions, verified.pulls),
        (acknowledged as u64 + 1, 2),
        "each answer is on record, and no other"
    );
}

/// The trail of a server that has just ended is free a moment later.
async fn reopened(location: &Location) -> TestServer {
    until("the trail is free", async || Trail::open(location.clone()).is_ok()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    audited(location).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_from_outside_is_obeyed_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    stops_under_load(Location::from(folder.path().join("trail.db").as_path()), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_on_one_trail_obey_one_stop() {
    let Some(server) = blocking(PostgresServer::start).await else { return };
    stops_under_load(Location::from(server.url().as_str()), 2).await;
}

fn keys(folder: &Path, lines: &str) -> Keys {
    std::fs::write(folder.join("keys"), lines).unwrap();
    Keys::read(&folder.join("keys")).unwrap()
}

#[tokio::test]
async fn a_key_pulls_the_cord_only_with_the_right_to() {
    let folder = tempfile::tempdir().unwrap();
    let [portal, desk, night] = ["portal", "desk", "night"].map(|name| NewKey::generate(name).unwrap());
    let lines = format!("{}\n{} stop clear\n{} 50 clear\n", portal.line, desk.line, night.line);
    let trail = Trail::open(folder.path().join("trail.db").as_path()).unwrap();
    let state = ServerState::default().with_keys(keys(folder.path(), &lines)).with_audit_trail(trail);
    let server = TestServer::within(state, service()).await;
    let pull = async |act: &str, key: &str, body: Value| {
        let request = server.post(&format!("/house/v1/{act}"), body.to_string()).bearer_auth(key);
        request.send().await.unwrap().status().as_u16()
    };
    let why = || json!({ "why": WHY });
    assert_eq!(pull("stop", "none", why()).await, 401);
    assert_eq!(pull("stop", &portal.key, why()).await, 403);
    assert_eq!(pull("clear", &night.key, why()).await, 409, "nothing is stopped");
    assert_eq!(pull("stop", &desk.key, json!({ "why": WHY, "by": "Ada" })).await, 422, "the key names the person");
    for nothing in ["", "tbd", "..."] {
        assert_eq!(pull("stop", &desk.key, json!({ "why": nothing })).await, 422, "{nothing:?} states nothing");
    }
    assert_eq!(pull("stop", &desk.key, why()).await, 200);
    let open = server.get("/readyz").await.text().await.unwrap();
    assert!(!open.contains(WHY) && !open.contains("desk"), "only clients with a key see who and why: {open}");
    let told = server.client.get(format!("{}/readyz", server.url)).bearer_auth(&portal.key).send().await.unwrap();
    assert!(told.text().await.unwrap().contains("desk stopped the service at "));
    assert_eq!(pull("clear", &desk.key, why()).await, 409, "nobody clears a stop of his own");
    assert_eq!(pull("clear", &night.key, why()).await, 200);
    let decision = server.post("/house/v1/decisions", good().to_string()).bearer_auth(&portal.key);
    assert_eq!(decision.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_page_has_the_cord_if_a_trail_keeps_the_stop() {
    let folder = tempfile::tempdir().unwrap();
    let server = audited(&Location::from(folder.path().join("trail.db").as_path())).await;
    let page = async || server.get("/").await.text().await.unwrap();
    assert!(page().await.contains("action=\"/page/stop\""));
    let send = async |path: &str, body: &'static str| {
        let request = server.client.post(format!("{}{path}", server.url));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        request.send().await.unwrap().text().await.unwrap()
    };
    let stopped = send("/page/stop", "by=Ada&why=%3Cb%3Ewrong%3C%2Fb%3E").await;
    assert!(stopped.contains("action=\"/page/clear\"") && stopped.contains("Ada stopped the service at"), "{stopped}");
    assert!(!stopped.contains("<b>wrong"), "a reason is text");
    assert!(send("/page/clear", "by=Ada&why=right").await.contains("another person clears it"));
    assert!(send("/page/clear", "by=Grace&why=right").await.contains("action=\"/page/stop\""));
    let described = server.get("/openapi.json").await.text().await.unwrap();
    assert!(described.contains("/house/v1/stop") && described.contains("CordAnswer"));

    let bare = TestServer::start(service()).await;
    assert!(!bare.get("/").await.text().await.unwrap().contains("/page/stop"));
    let (status, problem) = pull(&bare, "stop", json!({ "by": "Ada", "why": WHY })).await;
    assert!(status == 409 && problem["detail"].as_str().unwrap().contains("no audit trail"), "{problem}");
}
