//! Failures of a machine, seen through HTTP: no answered decision is lost, and every other request is answered 503.
//!
//! A process to kill is this test binary again, as `child`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use andon_audit::{Location, Trail, verify};
use andon_serve::serve;
use andon_serve::{ReloadSignal, ServerState, Switch};
use reqwest::Client;
use serde_json::{Value, json};

use crate::decide::audited::rows_of;
use crate::packaged::{folder_of, load, made};
use crate::tmpfs::Tmpfs;
use crate::{Load, TestServer, good, postgres_server, say, service, until};

const TRAIL: &str = "ANDON_SERVE_CHILD_TRAIL";
const MODEL: &str = "ANDON_SERVE_CHILD_MODEL";

/// The child: a server with a trail, which loads its artifact from the folder, if there is one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs as the child of the tests below"]
async fn child() {
    let folder = std::env::var(MODEL).ok();
    let load = move || folder.as_ref().map_or_else(|| Ok(service()), |folder| load(Path::new(folder)));
    let reload_signal = ReloadSignal::listen().unwrap();
    andon_serve::outlive_file_size_limit().unwrap();
    let trail = Trail::open(std::env::var(TRAIL).unwrap().as_str()).unwrap();
    let switch = Arc::new(Switch::new(load(), ServerState::default().with_audit_trail(trail)));
    let router = switch.router();
    tokio::spawn(reload_signal.reload(switch, load));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = format!("listening http://{}\n", listener.local_addr().unwrap());
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    serve(listener, router, std::future::pending()).await.unwrap();
}

/// A running child, which is killed when it is dropped.
struct Running {
    process: Child,
    url: String,
}

impl Running {
    fn start(trail: &Path, model: Option<&Path>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "faults::child", "--ignored", "--nocapture"]).env(TRAIL, trail);
        if let Some(model) = model {
            command.env(MODEL, model);
        }
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.filter_map(|line| Some(line.split_once("listening ")?.1.to_owned())).next().unwrap();
        Self { process, url }
    }

    async fn ready(&self) -> (u16, Value) {
        let response = client().get(format!("{}/readyz", self.url)).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Tells the child to load its artifact again, and waits until the result shows.
    async fn reload(&self, shows: impl Fn(&(u16, Value)) -> bool) -> (u16, Value) {
        let sent = Command::new("kill").args(["-HUP", &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let mut ready = self.ready().await;
        until("the reload shows", async || {
            ready = self.ready().await;
            shows(&ready)
        })
        .await;
        ready
    }

    /// `kill -9`.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// The answers that callers got.
#[derive(Debug, Default)]
struct CallerResults {
    /// The probability in each complete answer, by request id.
    answered: BTreeMap<String, Value>,
    refused: usize,
}

/// Decides for several callers at once, until the load stops or the server is gone.
async fn load_on(url: &str, name: &str, load: &Arc<Load>) -> CallerResults {
    let callers = (0..8).map(|caller| {
        let url = format!("{url}/house/v1/decisions");
        let load = Arc::clone(load);
        let name = format!("{name}-{caller}");
        tokio::spawn(async move {
            let client = client();
            let mut results = CallerResults::default();
            for number in 0.. {
                if load.is_stopped() {
                    break;
                }
                let id = format!("{name}-{number}");
                let request = client.post(&url).header("x-request-id", &id).json(&good());
                let Ok(response) = request.send().await else { break };
                let status = response.status().as_u16();
                let Ok(answer) = response.json::<Value>().await else { break };
                if status == 200 {
                    results.answered.insert(id, answer["probability"].clone());
                    load.add();
                } else {
                    assert_eq!(status, 503, "{answer}");
                    results.refused += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            results
        })
    });
    let mut all = CallerResults::default();
    for caller in callers.collect::<Vec<_>>() {
        let results = caller.await.unwrap();
        all.answered.extend(results.answered);
        all.refused += results.refused;
    }
    all
}

/// Checks that everything that was answered is on record, and that the chain holds.
fn all_on_record(location: impl Into<Location> + Clone, answered: &BTreeMap<String, Value>) {
    verify(location.clone(), None).unwrap();
    let rows = rows_of(location).into_iter().map(|row| (row["request_id"].as_str().unwrap().to_owned(), row));
    let rows: BTreeMap<String, Value> = rows.collect();
    for (id, probability) in answered {
        assert_eq!(rows.get(id).map(|row| &row["score"]), Some(probability), "{id} was answered");
    }
}

/// Polls readiness, and nothing else, until the server is ready.
async fn recovers(server: &TestServer) {
    until("it is ready", async || server.get("/readyz").await.status() == 200).await;
}

async fn not_ready(server: &TestServer) {
    assert_eq!(server.get("/readyz").await.status(), 503);
    assert_eq!(server.get("/healthz").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_decision_survives_kill_9() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let trail = folder.path().join("trail.db");
    let mut answered = BTreeMap::new();
    let mut slowest = Duration::ZERO;
    for round in 0..20 {
        let start = Instant::now();
        let mut running = Running::start(&trail, None);
        assert_eq!(running.ready().await.0, 200);
        slowest = slowest.max(start.elapsed());
        let url = running.url.clone();
        let load = Arc::new(Load::default());
        let shared = Arc::clone(&load);
        let callers = tokio::spawn(async move { load_on(&url, &round.to_string(), &shared).await });
        // Different moments.
        load.reaches(1 + 7 * (round % 7)).await;
        running.kill();
        answered.extend(callers.await.unwrap().answered);
        verify(&trail, None).unwrap();
    }
    all_on_record(&trail, &answered);
    assert!(answered.len() > 100, "{} answers are not many", answered.len());
    say(&format!("kill -9: {} answers in 20 lives all on record; slowest start to ready {slowest:?}", answered.len()));
}

#[cfg(unix)]
#[tokio::test]
async fn a_hangup_brings_in_what_the_folder_holds() {
    let folder = tempfile::tempdir().unwrap();
    let [broken, second, third] = ["2.0.0", "2.0.0", "3.0.0"].map(|version| folder_of(&made(version).ship()));
    fs::write(broken.path().join("MODEL_CARD.md"), "# another").unwrap();
    let current = folder.path().join("current");
    let turn_to = |ship: &Path| {
        let aside = folder.path().join("aside");
        std::os::unix::fs::symlink(ship, &aside).unwrap();
        fs::rename(aside, &current).unwrap();
    };
    turn_to(broken.path());
    let running = Running::start(&folder.path().join("trail.db"), Some(&current));
    let (status, problem) = running.ready().await;
    let why = "not ready: MODEL_CARD.md does not hash to its digest in SHA256SUMS";
    assert_eq!((status, &problem["detail"]), (503, &json!(why)));
    turn_to(second.path());
    running.reload(|(_, ready)| ready["model_version"] == "2.0.0").await;
    turn_to(third.path());
    running.reload(|(_, ready)| ready["model_version"] == "3.0.0").await;
    turn_to(broken.path());
    let (_, ready) = running.reload(|(_, ready)| ready["last_refusal"].is_string()).await;
    assert_eq!(ready["model_version"], "3.0.0");
}

/// Sets the largest size of the files that a process writes.
#[cfg(target_os = "linux")]
fn limit_files(process: u32, limit: &str) {
    let prlimit = Command::new("prlimit").args([&format!("--fsize={limit}:"), "--pid", &process.to_string()]).output();
    assert!(prlimit.unwrap().status.success());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_grow_is_503_and_does_not_end_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let trail = folder.path().join("trail.db");
    let running = Running::start(&trail, None);
    limit_files(running.process.id(), "300000");
    let load = Arc::new(Load::default());
    let shared = Arc::clone(&load);
    let url = running.url.clone();
    let callers = tokio::spawn(async move { load_on(&url, "limit", &shared).await });
    until("the limit shows", async || running.ready().await.0 == 503).await;
    limit_files(running.process.id(), "unlimited");
    until("it is ready", async || running.ready().await.0 == 200).await;
    load.stop();
    let results = callers.await.unwrap();
    assert!(results.answered.len() > 10 && results.refused > 0, "{results:?}");
    all_on_record(&trail, &results.answered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_503_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Tmpfs::mount("a full disk behind HTTP", folder.path(), "1m") else { return };
    let trail = folder.path().join("trail.db");
    let server =
        TestServer::within(ServerState::default().with_audit_trail(Trail::open(&trail).unwrap()), service()).await;
    let load = Arc::new(Load::default());
    let url = server.url.clone();
    let shared = Arc::clone(&load);
    let callers = tokio::spawn(async move { load_on(&url, "full", &shared).await });
    until("the disk is full", async || server.get("/readyz").await.status() != 200).await;
    assert_eq!(server.get("/healthz").await.status(), 200);
    assert!(disk.remount("size=64m"));
    recovers(&server).await;
    load.stop();
    let results = callers.await.unwrap();
    assert!(
        results.answered.len() > 10 && results.refused > 0,
        "{} answered, {} refused",
        results.answered.len(),
        results.refused
    );
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    all_on_record(&trail, &results.answered);
    drop(server.stop);
    server.task.await.unwrap().unwrap();
    drop(disk);
}

#[tokio::test]
async fn a_database_that_is_gone_is_503_until_it_is_back_and_another_in_its_place_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let [trail, kept, other] = ["trail.db", "kept.db", "other.db"].map(|name| folder.path().join(name));
    drop(Trail::open(&other).unwrap());
    let server =
        TestServer::within(ServerState::default().with_audit_trail(Trail::open(&trail).unwrap()), service()).await;
    let mut answered = BTreeMap::new();
    for round in 0..3 {
        let id = format!("round-{round}");
        let request = server.post("/house/v1/decisions", good().to_string()).header("x-request-id", &id);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answered.insert(id, answer.json::<Value>().await.unwrap()["probability"].clone());
        fs::rename(&trail, &kept).unwrap();
        for _ in 0..2 {
            assert_eq!(server.decide(good().to_string()).await.status(), 503);
            not_ready(&server).await;
        }
        fs::rename(&kept, &trail).unwrap();
        recovers(&server).await;
    }
    all_on_record(&trail, &answered);
    assert_eq!(rows_of(&trail).len(), 3, "only what was answered");
    for ending in ["", "-wal", "-shm"] {
        drop(fs::remove_file(format!("{}{ending}", trail.display())));
    }
    fs::rename(&other, &trail).unwrap();
    for _ in 0..5 {
        assert_eq!(server.decide(good().to_string()).await.status(), 503);
        not_ready(&server).await;
        // Longer than the trail waits between two tries: nothing must happen, so there is nothing to poll for.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(rows_of(&trail).len(), 0, "nothing was added to another trail");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_stops_is_503_until_it_is_back() {
    let started = tokio::task::spawn_blocking(postgres_server::PostgresServer::start).await.unwrap();
    let Some(mut postgres) = started else { return };
    let url = postgres.url();
    let server =
        TestServer::within(ServerState::default().with_audit_trail(Trail::open(url.as_str()).unwrap()), service())
            .await;
    let load = Arc::new(Load::default());
    let at = server.url.clone();
    let shared = Arc::clone(&load);
    let callers = tokio::spawn(async move { load_on(&at, "postgres", &shared).await });
    load.reaches(20).await;
    postgres = stopped_and(postgres, |_| ()).await;
    until("the loss shows", async || server.get("/readyz").await.status() != 200).await;
    not_ready(&server).await;
    postgres = stopped_and(postgres, postgres_server::PostgresServer::run).await;
    recovers(&server).await;
    load.stop();
    let results = callers.await.unwrap();
    assert!(
        results.answered.len() > 10 && results.refused > 0,
        "{} answered, {} refused",
        results.answered.len(),
        results.refused
    );
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    tokio::task::spawn_blocking(move || {
        all_on_record(url.as_str(), &results.answered);
        drop(postgres);
    })
    .await
    .unwrap();
}

/// Runs off the runtime, because a PostgreSQL client must not be made in it.
async fn stopped_and(
    mut postgres: postgres_server::PostgresServer,
    then: impl FnOnce(&mut postgres_server::PostgresServer) + Send + 'static,
) -> postgres_server::PostgresServer {
    let work = move || {
        postgres.stop();
        then(&mut postgres);
        postgres
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}
