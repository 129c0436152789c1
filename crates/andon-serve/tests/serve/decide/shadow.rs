//! A shadow challenger: it answers nobody, and its answers are on the trail.

use std::path::Path;
use std::sync::Arc;

use andon::{Contract, Decider, Model};
use andon_audit::{JsonObject, Note, NoteKind, RecordedRow, Trail, read_rows, stop, verify};
use andon_serve::trail::{ShadowBody, monitor};
use andon_serve::{Identity, ServerState, Shadow};
use serde_json::json;

use crate::houses::{House, decider, identity, model_json, policy};
use crate::watch::monitored::{entry, record};
use crate::{TestServer, bad, good, service, until, unusual};

/// A challenger that accepts from a lower score on.
fn challenger(threshold: u64) -> Decider<House> {
    let mut model = model_json();
    model["threshold"] = json!(threshold);
    let model = Model::from_json(model.to_string().as_bytes()).unwrap();
    Decider::new(Contract::new().unwrap(), policy("http://127.0.0.1:9", 1_000), model)
}

fn other() -> Identity {
    Identity { model_version: "2.0.0".to_owned(), model_sha256: "b".repeat(64), ..identity() }
}

/// A server with a trail, and a challenger if there is one.
async fn audited(path: &Path, shadow: impl FnOnce(Arc<Trail>) -> Shadow) -> TestServer {
    let state = ServerState::default().with_audit_trail(Trail::open(path).unwrap());
    let shadow = shadow(state.trail().unwrap());
    TestServer::within(state.with_shadow(shadow), service()).await
}

async fn metrics(server: &TestServer) -> String {
    server.get("/metrics").await.text().await.unwrap()
}

fn shadows(path: &Path) -> Vec<(u64, ShadowBody)> {
    let head = verify(path, None).unwrap().head;
    let mut found = Vec::new();
    read_rows(path, &head, |row| {
        if let RecordedRow::Note(note) = row {
            assert_eq!(note.kind, NoteKind::Shadow);
            found.push((note.about, serde_json::from_str(note.body).unwrap()));
        }
    })
    .unwrap();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenger_decides_after_the_model_and_answers_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let server = audited(&path, |trail| Shadow::start(challenger(1_000), other(), trail)).await;
    let plain = TestServer::start(service()).await;
    for house in [good(), bad(), unusual()] {
        let answer = server.decide(house.to_string()).await.text().await.unwrap();
        assert_eq!(answer, plain.decide(house.to_string()).await.text().await.unwrap(), "the same bytes as without");
    }
    until("the challenger decided", async || shadows(&path).len() == 3).await;
    let found = shadows(&path);
    // The answers stand between the decisions, so only the first decision has a place that is known before.
    let decisions: Vec<&str> = found.iter().map(|(_, body)| body.decision.as_str()).collect();
    assert_eq!((found[0].0, decisions), (1, vec!["ACCEPT", "ACCEPT", "REFER"]));
    assert_eq!((found[1].1.model_version.as_str(), &found[1].1.model_sha256), ("2.0.0", &"b".repeat(64)));
    until("it is counted", async || {
        metrics(&server).await.contains("andon_shadow_decisions_total{result=\"recorded\"} 3")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenger_that_fails_changes_nothing_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let server = audited(&path, |_| Shadow::failed()).await;
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    assert!(metrics(&server).await.contains("andon_shadow_decisions_total{result=\"failed\"} 1"));
    drop(server);

    // A challenger whose trail is another one, which is gone: its answers are lost, the service's are not.
    let lost = folder.path().join("lost");
    std::fs::create_dir(&lost).unwrap();
    let elsewhere = Arc::new(Trail::open(lost.join("other.db").as_path()).unwrap());
    let path = folder.path().join("second.db");
    let server = audited(&path, |_| Shadow::start(challenger(1_000), other(), elsewhere)).await;
    std::fs::remove_dir_all(&lost).unwrap();
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    until("it is counted", async || {
        metrics(&server).await.contains("andon_shadow_decisions_total{result=\"failed\"} 1")
    })
    .await;
    assert_eq!(server.decide(bad().to_string()).await.status(), 200);
    assert_eq!(verify(path.as_path(), None).unwrap().decisions, 2);
}

/// A stop ends the decisions, and the answers to those before it are still recorded.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_loses_no_answer_of_the_challenger() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let server = audited(&path, |trail| Shadow::start(challenger(1_000), other(), trail)).await;
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    let place = path.clone();
    tokio::task::spawn_blocking(move || stop(place.as_path(), "Ada", "a test").unwrap()).await.unwrap();
    until("the answer is there", async || shadows(&path).len() == 1).await;
}

#[tokio::test]
async fn the_monitor_tells_agreement_the_swap_set_and_who_gains() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let decider = decider(policy("http://127.0.0.1:9", 1_000));
    let side = |row: usize| ["north_side", "south_side"][row % 2];
    let house = |row: usize| if row < 120 { good() } else { bad() };
    record(&path, (0..200).map(|row| entry(&decider, &house(row), Some(side(row)))).collect()).await;
    // The challenger approves 20 denied of the south side, denies 10 approved of the north side, refers 2 approved.
    let answer = |row: usize| match row {
        0 | 1 => None,
        2..22 if row.is_multiple_of(2) => Some("DECLINE"),
        160.. if row % 2 == 1 => Some("ACCEPT"),
        row => Some(if row < 120 { "ACCEPT" } else { "DECLINE" }),
    };
    let body = |row: usize| ShadowBody {
        decision: answer(row).unwrap_or("REFER").to_owned(),
        score: answer(row).map(|_| 0.5),
        model_version: "2.0.0".to_owned(),
        fingerprint: "c".repeat(64),
        model_sha256: "b".repeat(64),
    };
    let note =
        |row: usize| Note { kind: NoteKind::Shadow, about: row as u64 + 1, body: JsonObject::new(&body(row)).unwrap() };
    andon_audit::note(path.as_path(), (0..200).map(note).collect(), None).unwrap();
    let monitored = monitor(&decider, &identity(), path.as_path(), None, None).unwrap();
    let [challenger] = monitored.monitor.challengers.as_slice() else { panic!("{monitored:?}") };
    assert_eq!((challenger.agreement.rows, challenger.agreement.of), (168, 200));
    assert_eq!((challenger.swapped_in.rows, challenger.swapped_out.rows), (20, 12));
    let groups: Vec<_> =
        challenger.groups.iter().map(|group| (group.group.as_str(), group.gained, group.lost)).collect();
    assert_eq!(groups, [("north_side", 0, 11), ("south_side", 20, 1)]);
    assert!(challenger.groups[0].high.unwrap() < 0.0 && challenger.groups[1].low.unwrap() > 0.0);
    let table = monitored.table(false);
    for part in [
        "Shadow challenger 2.0.0 (bbbbbbbbbbbb), which answered nobody:",
        "approved by it alone          20 of 200 (0.1000 [",
        "origin north_side: 0 gained and 11 lost of 100; loses: -0.1100 [",
        "origin south_side: 20 gained and 1 lost of 100; gains: +0.1900 [",
    ] {
        assert!(table.contains(part), "{part}\n{table}");
    }
}
