//! Every decision is on record before it is answered; a decision that cannot be recorded is refused.

use std::path::Path;

use andon_audit::{Format, Location, Trail, export, verify};
use andon_serve::ServerState;
use serde_json::{Value, json};

use crate::{TestServer, bad, good, service, until, unusual};

/// A server with a trail in this folder.
async fn audited(folder: &Path) -> TestServer {
    TestServer::within(
        ServerState::default().with_audit_trail(Trail::open(&folder.join("trail.db")).unwrap()),
        service(),
    )
    .await
}

/// The rows of the trail in a folder.
fn rows(folder: &Path) -> Vec<Value> {
    rows_of(&folder.join("trail.db"))
}

/// The rows of the trail in a file or a database.
pub(crate) fn rows_of(location: impl Into<Location>) -> Vec<Value> {
    let mut lines = Vec::new();
    export(location, Format::Ndjson, &mut lines).unwrap();
    String::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_decision_is_on_record_with_what_it_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    let server = audited(folder.path()).await;
    let request = server.post("/house/v1/decisions", bad().to_string()).header("x-request-id", "visit-7");
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(server.decide("{}").await.status(), 422, "what is refused is no decision");
    let explained = server.explain(&unusual()).await;
    assert_eq!(explained["explanation_source"], "template");
    let page = server.get("/").await.text().await.unwrap();
    assert!(
        page.contains("The audit trail keeps what you enter") && !page.contains("Nothing you enter is kept"),
        "{page}"
    );
    let rows = rows(folder.path());
    assert_eq!(rows.len(), 2, "{rows:?}");
    let first =
        json!([rows[0]["request_id"], rows[0]["decision"], rows[0]["score"], rows[0]["inputs"], rows[0]["reasons"]]);
    let inputs = json!({ "rooms": 2, "area": 30.0, "heating": "nothing" });
    assert_eq!(first, json!(["visit-7", "DECLINE", 0.1667, inputs, ["A", "H"]]));
    assert_eq!((&rows[0]["model_version"], &rows[0]["explanation_source"]), (&json!("1.2.3"), &json!("template")));
    assert_eq!((&rows[1]["decision"], &rows[1]["explanation_source"]), (&json!("REFER"), &json!("template: referral")));
}

#[tokio::test]
async fn of_many_each_is_on_record_once_and_the_chain_holds() {
    let folder = tempfile::tempdir().unwrap();
    let server = audited(folder.path()).await;
    let array = json!([good(), bad(), {}, unusual()]);
    assert_eq!(server.post("/house/v1/batch", array.to_string()).send().await.unwrap().status(), 200);
    let lines = format!("{}\n\nnot JSON\n{}\n", good(), bad());
    let request = server.client.post(format!("{}/house/v1/batch", server.url)).body(lines);
    let answers = request.header("content-type", "application/x-ndjson").send().await.unwrap().text().await.unwrap();
    assert_eq!(answers.lines().count(), 3);
    let again = || server.post("/house/v1/decisions", good().to_string()).header("idempotency-key", "once").send();
    assert_eq!(again().await.unwrap().text().await.unwrap(), again().await.unwrap().text().await.unwrap());
    let decisions: Vec<Value> = rows(folder.path()).into_iter().map(|row| row["decision"].clone()).collect();
    assert_eq!(decisions, ["ACCEPT", "DECLINE", "REFER", "ACCEPT", "DECLINE", "ACCEPT"]);
    let verified = verify(&folder.path().join("trail.db"), None).unwrap();
    assert_eq!(verified.decisions, 6);
}

#[tokio::test]
async fn what_cannot_be_put_on_record_is_not_decided() {
    let folder = tempfile::tempdir().unwrap();
    let server = audited(folder.path()).await;
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    let trail = folder.path().join("trail.db");
    std::fs::rename(&trail, folder.path().join("gone.db")).unwrap();
    for _ in 0..2 {
        let refused = server.decide(good().to_string()).await;
        assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "5"));
        let problem: Value = refused.json().await.unwrap();
        assert!(!problem.to_string().contains("trail.db"), "the problem names a file of the server: {problem}");
    }
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(
        metrics.contains("andon_decisions_total{outcome=\"ACCEPT\"} 1\n"),
        "what is refused is not counted: {metrics}"
    );
    assert!(server.get("/page/recent").await.text().await.unwrap().contains("1 decision in the last ten minutes"));
    let infer = server.post("/v2/models/houses/infer", "{}").send().await.unwrap();
    assert_eq!((infer.status().as_u16(), infer.headers()["retry-after"].to_str().unwrap()), (503, "5"));
    assert_eq!(server.get("/readyz").await.status(), 503);
    let batch: Value =
        server.post("/house/v1/batch", json!([good()]).to_string()).send().await.unwrap().json().await.unwrap();
    assert_eq!(batch["status"], 503);
    assert_eq!(server.get("/healthz").await.status(), 200);
    std::fs::rename(folder.path().join("gone.db"), &trail).unwrap();
    // Being asked makes the trail try again.
    until("the trail is written again", async || server.get("/readyz").await.status() == 200).await;
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    assert_eq!(rows(folder.path()).len(), 2, "only what was answered is on record");
}

#[tokio::test]
async fn a_refusal_for_now_inside_an_answer_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let server = audited(folder.path()).await;
    let trail = folder.path().join("trail.db");
    let array = json!([good(), {}]).to_string();
    let batch = async || {
        let request = server.post("/house/v1/batch", array.clone()).header("idempotency-key", "k");
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    std::fs::rename(&trail, folder.path().join("gone.db")).unwrap();
    let first = batch().await;
    assert_eq!((&first[0]["status"], &first[1]["status"]), (&json!(503), &json!(422)), "{first}");
    std::fs::rename(folder.path().join("gone.db"), &trail).unwrap();
    until("the trail is written again", async || server.get("/readyz").await.status() == 200).await;
    let second = batch().await;
    assert_eq!((&second[0]["decision"], &second[1]["status"]), (&json!("ACCEPT"), &json!(422)), "{second}");
    assert_eq!(batch().await, second);
    assert_eq!(rows(folder.path()).len(), 1);
}

#[tokio::test]
async fn a_form_that_cannot_be_put_on_record_is_answered_with_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let server = audited(folder.path()).await;
    std::fs::rename(folder.path().join("trail.db"), folder.path().join("gone.db")).unwrap();
    // The first finds out while it decides, the second is told before.
    for _ in 0..2 {
        let request = server.client.post(format!("{}/page/decide", server.url)).body("rooms=5&area=120&heating=gas");
        let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        assert_eq!(
            (answer.status(), &answer.headers()["content-type"]),
            (503.try_into().unwrap(), &"text/html; charset=utf-8".parse().unwrap())
        );
        let page = answer.text().await.unwrap();
        assert!(page.contains("makes no decisions") && page.contains("the audit trail cannot be written"), "{page}");
    }
}

#[tokio::test]
async fn of_many_at_once_with_one_key_one_is_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let server = audited(folder.path()).await;
    let asked = (0..20)
        .map(|_| server.post("/house/v1/decisions", good().to_string()).header("idempotency-key", "once").send());
    let mut answers = std::collections::BTreeSet::new();
    for answer in futures_util::future::join_all(asked).await {
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200);
        answers.insert((answer.headers()["x-request-id"].to_str().unwrap().to_owned(), answer.text().await.unwrap()));
    }
    assert_eq!((answers.len(), rows(folder.path()).len()), (1, 1), "{answers:?}");
}
