//! Overrides: a person's decision beside the model's, and what the monitor makes of them.

use std::path::Path;

use andon::evidence::policy::Policy;
use andon::judge::Verdict;
use andon_audit::{Note, NoteKind, Selection, Trail, forget, verify};
use andon_serve::trail::{Monitored, OverrideBody, monitor};
use andon_serve::{Keys, NewKey, ServerState, Service};
use serde_json::{Value, json};

use crate::houses::{House, decider, identity, policy_text};
use crate::watch::monitored::{entry, record};
use crate::{TestServer, bad, good, unusual};

const REASONS: &str =
    "\n[override]\nreasons = { O1 = \"another income is proven\", O2 = \"a mistake in the record\" }\n";

fn policy(more: &str) -> Policy {
    Policy::parse(&(policy_text("http://127.0.0.1:9", 1_000) + REASONS + more), Path::new("release.toml")).unwrap()
}

fn service() -> Service<House> {
    Service::new(decider(policy("")), identity()).unwrap()
}

async fn send(server: &TestServer, id: &str, key: &str, body: &Value) -> (u16, Value) {
    let request = server.post(&format!("/house/v1/decisions/{id}/override"), body.to_string()).bearer_auth(key);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Decides a house under a request id.
async fn decide(server: &TestServer, id: &str, house: &Value, key: &str) {
    let request = server.post("/house/v1/decisions", house.to_string()).bearer_auth(key).header("x-request-id", id);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_decides_otherwise_and_both_decisions_stay_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let [portal, desk] = ["portal", "desk"].map(|name| NewKey::generate(name).unwrap());
    std::fs::write(folder.path().join("keys"), format!("{}\n{} override\n", portal.line, desk.line)).unwrap();
    let keys = Keys::read(&folder.path().join("keys")).unwrap();
    let state = ServerState::default().with_keys(keys).with_audit_trail(Trail::open(path.as_path()).unwrap());
    let server = TestServer::within(state, service()).await;
    for (id, house) in [("a", bad()), ("b", good()), ("twice", bad()), ("twice", bad()), ("r", unusual())] {
        decide(&server, id, &house, &portal.key).await;
    }
    let asked = |decision: &str, reason: &str, by: &str| json!({ "decision": decision, "reason": reason, "by": by });
    let approve = asked("ACCEPT", "O1", "Ada Lovelace");
    let refused = [
        ("a", &portal.key, approve.clone(), 403, "has not the right `override`"),
        ("nobody", &desk.key, approve.clone(), 404, "no decision of the audit trail"),
        ("row:9", &desk.key, approve.clone(), 404, "no decision of the audit trail"),
        ("row:x", &desk.key, approve.clone(), 404, "no decision of the audit trail"),
        ("twice", &desk.key, approve.clone(), 409, "row:3, row:4"),
        ("b", &desk.key, approve.clone(), 409, "ACCEPT is what the model decided"),
        ("a", &desk.key, asked("MAYBE", "O1", "Ada"), 422, "ACCEPT, DECLINE"),
        ("a", &desk.key, asked("ACCEPT", "O3", "Ada"), 422, "O1, O2"),
        ("a", &desk.key, asked("ACCEPT", "O1", " "), 422, "no name of a person"),
        ("a", &desk.key, json!({ "decision": "ACCEPT", "reason": "O1" }), 400, "by"),
    ];
    for (id, key, body, status, part) in refused {
        let (found, problem) = send(&server, id, key, &body).await;
        assert!(found == status && problem.to_string().contains(part), "{id} {body}: {found} {problem}");
    }
    let (status, answer) = send(&server, "a", &desk.key, &approve).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!((&answer["model"]["decision"], &answer["model"]["sequence"]), (&json!("DECLINE"), &json!(1)));
    let person = &answer["override"];
    assert_eq!((&person["decision"], &person["by"]), (&json!("ACCEPT"), &json!("Ada Lovelace")));
    assert_eq!((&person["reason_text"], &person["key"]), (&json!("another income is proven"), &json!("desk")));
    assert_eq!(send(&server, "row:1", &desk.key, &approve).await, (200, answer), "the same again is one override");
    assert_eq!(send(&server, "row:3", &desk.key, &asked("ACCEPT", "O2", "Grace")).await.0, 200);
    assert_eq!(send(&server, "r", &desk.key, &asked("DECLINE", "O2", "Grace")).await.0, 200);
    let verified = andon_audit::verify(path.as_path(), None).unwrap();
    assert_eq!((verified.decisions, verified.notes), (5, 3));

    let described: Value = server
        .client
        .get(format!("{}/openapi.json", server.url))
        .bearer_auth(&desk.key)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let operation = &described["paths"]["/house/v1/decisions/{id}/override"]["post"];
    assert_eq!(operation["operationId"], "override");
    let statuses: Vec<&String> = operation["responses"].as_object().unwrap().keys().collect();
    assert!(
        ["200", "403", "404", "409"].iter().all(|status| statuses.iter().any(|known| known == status)),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn without_a_trail_or_reasons_nothing_is_overridden() {
    let body = json!({ "decision": "ACCEPT", "reason": "O1", "by": "Ada" });
    let bare = TestServer::start(service()).await;
    let (status, problem) = send(&bare, "a", "none", &body).await;
    assert!(status == 409 && problem["detail"].as_str().unwrap().contains("no audit trail"), "{problem}");
    assert!(!bare.get("/openapi.json").await.text().await.unwrap().contains("/override"));
    let folder = tempfile::tempdir().unwrap();
    let state = ServerState::default().with_audit_trail(Trail::open(folder.path().join("t.db").as_path()).unwrap());
    let server = TestServer::within(state, crate::service()).await;
    let (status, problem) = send(&server, "a", "none", &body).await;
    assert!(status == 409 && problem["detail"].as_str().unwrap().contains("lists no reason"), "{problem}");
}

const GATES: &str = "[monitor.\"serving.overrides\"]\nmax = 0.1\nwhy = \"test\"\n\
    [monitor.\"fairness.overrides.origin\"]\nmax = 0.1\nwhy = \"test\"\n\
    [monitor.\"fairness.overrides_to_approval.origin\"]\nmax = 0.1\nwhy = \"test\"\n\
    [monitor.\"fairness.overrides_to_denial.origin\"]\nmax = 0.1\nwhy = \"test\"\n";

/// 400 decisions, half on each side and half of them denials; `to` names the overridden rows.
async fn monitored(overridden: impl Iterator<Item = (u64, &'static str)>) -> Monitored {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.db");
    let decider = decider(policy(GATES));
    let side = |row: usize| ["north_side", "south_side"][row % 2];
    let house = |row: usize| if row < 200 { good() } else { bad() };
    record(&path, (0..400).map(|row| entry(&decider, &house(row), Some(side(row)))).collect()).await;
    let body = |decision: &str| OverrideBody {
        decision: decision.to_owned(),
        reason: "O1".to_owned(),
        by: "Ada".to_owned(),
        key: None,
    };
    let notes: Vec<Note> = overridden
        .map(|(about, decision)| Note {
            kind: NoteKind::Override,
            about,
            body: andon_audit::JsonObject::new(&body(decision)).unwrap(),
        })
        .collect();
    andon_audit::note(path.as_path(), notes, None).unwrap();
    forget(path.as_path(), &Selection::Sequence(1), "asked").unwrap();
    assert!(verify(path.as_path(), None).is_ok());
    monitor(&decider, &identity(), path.as_path(), None, None).unwrap()
}

fn verdict(monitored: &Monitored, gate: &str) -> Verdict {
    monitored.monitor.rows.iter().find(|row| row.gate.as_str() == gate).unwrap().verdict
}

#[tokio::test]
async fn the_rate_and_the_disparity_of_overrides_are_gates_of_the_monitor() {
    let nobody = monitored(std::iter::empty()).await;
    let gates = ["serving.overrides", "fairness.overrides.origin", "fairness.overrides_to_denial.origin"];
    for gate in gates {
        assert_eq!(verdict(&nobody, gate), Verdict::Go, "{}", nobody.table(false));
    }
    assert!(!nobody.table(false).contains("A person overrode"));

    // Approvals of the north side are denied, denials of the south side approved: as often, and the other way round.
    let north = (0..30).map(|at| (2 * at + 1, "DECLINE"));
    let south = (0..30).map(|at| (2 * at + 202, "ACCEPT"));
    let crossed = monitored(north.chain(south)).await;
    assert_eq!(verdict(&crossed, "serving.overrides"), Verdict::NoGo);
    assert_ne!(verdict(&crossed, "fairness.overrides.origin"), Verdict::NoGo);
    assert_eq!(verdict(&crossed, "fairness.overrides_to_denial.origin"), Verdict::NoGo);
    assert_eq!(verdict(&crossed, "fairness.overrides_to_approval.origin"), Verdict::NoGo);
    assert_eq!(crossed.monitor.verdict, Verdict::NoGo);
    let table = crossed.table(false);
    let line = "A person overrode 60 of 400 decisions: 30 to an approval, 30 to a denial; and decided 0 referrals";
    assert!(table.contains(line), "{table}");

    // The last override counts: all are taken back.
    let back = (0..30).flat_map(|at| [(2 * at + 1, "DECLINE"), (2 * at + 1, "ACCEPT")]);
    assert_eq!(verdict(&monitored(back).await, "serving.overrides"), Verdict::Go);
}

#[test]
fn a_bar_of_the_monitor_that_decides_nothing_is_refused() {
    let refused = |table: &str| {
        let text = policy_text("http://127.0.0.1:9", 1_000) + table;
        Policy::parse(&text, Path::new("release.toml")).unwrap_err().to_string()
    };
    for (table, part) in [
        ("\n[monitor.\"serving.referred\"]\nmax = 0.1\nwhy = \"test\"\n", "is no gate of the monitor alone"),
        ("\n[monitor.\"fairness.overrides\"]\nmax = 0.1\nwhy = \"test\"\n", "is no gate of the monitor alone"),
        ("\n[monitor.\"serving.overrides\"]\nmin = 0.1\nwhy = \"test\"\n", "needs a `max`"),
        ("\n[monitor.\"serving.overrides\"]\nmax = 1.0\nwhy = \"test\"\n", "needs a `max`"),
        ("\n[monitor.\"serving.overrides\"]\nmax = 0.1\n", "has no `why`"),
        ("\n[override]\nreasons = {}\n", "lists no reason"),
        ("\n[override]\nreasons = { \"a b\" = \"words of some kind\" }\n", "is no code"),
        ("\n[outcomes]\nno_go_months = 0\n", "outcomes.no_go_months"),
    ] {
        let error = refused(table);
        assert!(error.contains(part), "{table}: {error}");
    }
}
