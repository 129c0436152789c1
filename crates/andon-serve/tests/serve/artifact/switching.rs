//! Hot reload: another artifact replaces the one in force at once, or it is refused and nothing changes.

use andon::evidence::evidence::today;
use andon::evidence::layout::{EVIDENCE, SUMS};
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use andon_audit::Trail;
use andon_serve::{Keys, NewKey, ReloadSignal, ServerState, Service, Switch};
use serde_json::{Value, json};

use crate::decide::audited::rows_of;
use crate::houses::{House, waiver};
use crate::packaged::{PackageFiles, folder_of, load, made, with_sums};
use crate::{Load, TestServer, good, until};

/// A server of this offer, and its switch.
async fn switched(offered: Result<Service<House>, String>, trail: Option<Trail>) -> (TestServer, Arc<Switch<House>>) {
    let state = trail.into_iter().fold(ServerState::default(), ServerState::with_audit_trail);
    let switch = Arc::new(Switch::new(offered, state));
    (TestServer::serving(switch.router()).await, switch)
}

fn loaded(files: &PackageFiles) -> Result<Service<House>, String> {
    load(folder_of(files).path())
}

async fn json_of(server: &TestServer, path: &str) -> (u16, Value) {
    let response = server.get(path).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn without_an_artifact_the_process_is_live_and_says_why_it_decides_nothing() {
    let folder = folder_of(&made("2.0.0").ship());
    fs::write(folder.path().join("model.json"), "{}").unwrap();
    let (server, switch) = switched(load(folder.path()), None).await;
    let reason = "not ready: model.json does not hash to its digest in SHA256SUMS";
    assert_eq!(json_of(&server, "/healthz").await, (200, json!({ "status": "live" })));
    assert_eq!(json_of(&server, "/v2/health/live").await, (200, json!({ "live": true })));
    for path in ["/readyz", "/card", "/evidence", "/openapi.json", "/", "/nowhere"] {
        let refused = server.get(path).await;
        assert_eq!(refused.headers()["content-type"], "application/problem+json");
        assert_eq!(refused.headers()["x-request-id"].len(), 36);
        assert_eq!(
            (refused.status().as_u16(), refused.json::<Value>().await.unwrap()["detail"].clone()),
            (503, json!(reason)),
            "{path}"
        );
    }
    assert_eq!(server.decide(good().to_string()).await.status(), 503);
    assert_eq!(json_of(&server, "/v2/models/houses/ready").await, (503, json!({ "error": reason })));
    assert!(server.get("/metrics").await.text().await.unwrap().contains("andon_reloads_total{result=\"refused\"} 0\n"));

    assert!(switch.offer(Err("still not".to_owned())).is_err());
    assert_eq!(json_of(&server, "/readyz").await.1["detail"], "not ready: still not");
    switch.offer(loaded(&made("2.0.0").ship())).unwrap();
    assert_eq!(json_of(&server, "/readyz").await.1["model_version"], "2.0.0");
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    let metrics = server.get("/metrics").await.text().await.unwrap();
    for line in ["andon_reloads_total{result=\"refused\"} 1\n", "andon_reloads_total{result=\"switched\"} 1\n"] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

/// Checks that every endpoint describes this artifact.
async fn is_wholly(server: &TestServer, version: &str) {
    let (_, ready) = json_of(server, "/readyz").await;
    let (_, evidence) = json_of(server, "/evidence").await;
    assert_eq!((&ready["model_version"], &evidence["version"]), (&json!(version), &json!(version)));
    assert_eq!(ready["fingerprint"], evidence["fingerprint"]["digest"]);
    assert_eq!(server.get("/card").await.text().await.unwrap(), format!("# Houses {version}\n"));
    assert_eq!(json_of(server, "/openapi.json").await.1["info"]["version"], version);
    assert_eq!(json_of(server, "/v2/models/houses").await.1["versions"], json!([version]));
    let page = server.get("/").await.text().await.unwrap();
    assert!(page.contains(&format!("Houses {version}</h3>")), "{page}");
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert_eq!(metrics.matches("andon_build_info{").count(), 1);
    let fingerprint = ready["fingerprint"].as_str().unwrap();
    let build = format!("andon_build_info{{model_version=\"{version}\",fingerprint=\"{fingerprint}\"}} 1\n");
    assert!(metrics.contains(&build), "{metrics}");
}

#[tokio::test]
async fn all_that_is_told_is_told_of_one_artifact_and_what_outlives_it_stays() {
    let (server, switch) = switched(loaded(&made("2.0.0").ship()), None).await;
    is_wholly(&server, "2.0.0").await;
    let keyed = async || {
        let request = server.post("/house/v1/decisions", good().to_string()).header("idempotency-key", "k");
        request.send().await.unwrap().text().await.unwrap()
    };
    let before = keyed().await;
    switch.offer(loaded(&made("3.0.0").ship())).unwrap();
    is_wholly(&server, "3.0.0").await;
    assert_eq!(keyed().await, before, "a key is answered as it was, whatever is in force");
    let anew: Value = server.decide(good().to_string()).await.json().await.unwrap();
    assert_eq!((&anew["probability"], &anew["model_version"]), (&json!(0.7333), &json!("3.0.0")));
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("andon_decisions_total{outcome=\"ACCEPT\"} 2\n"), "{metrics}");
    let figures = server.get("/page/recent").await.text().await.unwrap();
    assert!(figures.contains("2 decisions in the last ten minutes"), "{figures}");
}

/// Decides until the load stops. Gives each answer by its id.
async fn hammer(server: Arc<TestServer>, caller: usize, load: Arc<Load>) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    while !load.is_stopped() {
        let id = format!("{caller}-{}", answers.len());
        // One in four is a batch of one, which has its own way through the service.
        let (path, body) = match answers.len() % 4 {
            0 => ("/house/v1/batch", json!([good()])),
            _ => ("/house/v1/decisions", good()),
        };
        let response = server.post(path, body.to_string()).header("x-request-id", &id).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        answers.push((id, answer.get(0).cloned().unwrap_or(answer)));
        load.add();
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_each_answer_and_its_row_are_of_one_artifact_and_none_fails() {
    let folder = tempfile::tempdir().unwrap();
    let trail = folder.path().join("trail.db");
    let ships = [made("2.0.0"), made("3.0.0")].map(|made| folder_of(&made.ship()));
    let (server, switch) = switched(load(ships[0].path()), Some(Trail::open(&trail).unwrap())).await;
    let server = Arc::new(server);
    let load_on_server = Arc::new(Load::default());
    let callers: Vec<_> =
        (0..4).map(|caller| tokio::spawn(hammer(Arc::clone(&server), caller, Arc::clone(&load_on_server)))).collect();
    for round in 1..=50 {
        switch.offer(load(ships[round % 2].path())).unwrap();
        load_on_server.reaches(2 * round).await;
    }
    load_on_server.stop();
    let mut answers = BTreeMap::new();
    for caller in callers {
        answers.extend(caller.await.unwrap());
    }
    let kinds = answers
        .values()
        .map(|answer| [&answer["model_version"], &answer["fingerprint"], &answer["probability"]].map(Value::to_string));
    let kinds: std::collections::BTreeSet<_> = kinds.collect();
    let told: Vec<_> = kinds.iter().map(|[version, _, probability]| (version.as_str(), probability.as_str())).collect();
    assert_eq!(told, [("\"2.0.0\"", "0.8333"), ("\"3.0.0\"", "0.7333")], "each with one fingerprint, and both decided");
    let rows = rows_of(&trail);
    assert_eq!(rows.len(), answers.len());
    for row in rows {
        let answer = &answers[row["request_id"].as_str().unwrap()];
        let kept = [&row["model_version"], &row["fingerprint"], &row["score"]];
        assert_eq!(kept, [&answer["model_version"], &answer["fingerprint"], &answer["probability"]]);
    }
    andon_audit::verify(&trail, None).unwrap();
}

/// Offers these files, which must be refused with a reason that names `named` while version 2 is in force.
async fn refused(server: &TestServer, switch: &Switch<House>, files: &PackageFiles, named: &str) {
    let reason = switch.offer(loaded(files)).unwrap_err();
    assert!(reason.contains(named), "{named} in {reason}");
    let (status, ready) = json_of(server, "/readyz").await;
    assert_eq!((status, &ready["model_version"], &ready["last_refusal"]), (200, &json!("2.0.0"), &json!(reason)));
    let answer: Value = server.decide(good().to_string()).await.json().await.unwrap();
    assert_eq!((&answer["model_version"], &answer["probability"]), (&json!("2.0.0"), &json!(0.8333)));
}

fn edited(files: &PackageFiles, name: &str, edit: impl FnOnce(&mut Vec<u8>)) -> PackageFiles {
    let mut files = files.clone();
    edit(files.get_mut(name).unwrap());
    files
}

#[tokio::test]
async fn a_folder_that_is_not_what_was_decided_on_is_refused_and_the_old_one_keeps_serving() {
    let (server, switch) = switched(loaded(&made("2.0.0").ship()), None).await;
    let good = made("3.0.0").ship();
    let mut offers = 0;
    for name in good.iter().filter(|(_, bytes)| !bytes.is_empty()).map(|(name, _)| name) {
        let named = if name == SUMS { "is not listed in" } else { name.as_str() };
        // The last byte but one of the digests' file is in a name.
        refused(&server, &switch, &edited(&good, name, |bytes| *bytes.iter_mut().nth_back(1).unwrap() ^= 1), named)
            .await;
        let cut = edited(&good, name, |bytes| bytes.truncate(bytes.len() / 2));
        refused(&server, &switch, &cut, if name == SUMS { SUMS } else { named }).await;
        let mut missing = good.clone();
        missing.remove(name);
        refused(&server, &switch, &missing, &format!("{name} is missing")).await;
        offers += 3;
    }
    let mut extra = good.clone();
    extra.insert("extra.json".to_owned(), b"{}".to_vec());
    refused(&server, &switch, &extra, "extra.json is not listed").await;
    let no_go = edited(&good, EVIDENCE, |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replace("\"outcome\": \"GO\"", "\"outcome\": \"NO-GO\"").into_bytes();
    });
    refused(&server, &switch, &with_sums(no_go), "must not be packaged").await;
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains(&format!("andon_reloads_total{{result=\"refused\"}} {}\n", offers + 2)), "{metrics}");
    switch.offer(loaded(&good)).unwrap();
    assert_eq!(json_of(&server, "/readyz").await.1.get("last_refusal"), None, "what was refused is of the past");
}

#[tokio::test]
async fn an_artifact_for_other_clients_or_another_record_is_refused() {
    let (server, switch) = switched(loaded(&made("2.0.0").ship()), None).await;
    let mut path = made("3.0.0");
    path.policy = path.policy.replace("/house/v1/decisions", "/house/v9/decisions");
    refused(&server, &switch, &path.ship(), "its serve.path is `/house/v9/decisions`").await;
    let mut words = made("3.0.0");
    words.policy = words.policy.replace("\"ACCEPT\"", "\"TAKE\"");
    refused(&server, &switch, &words.ship(), "its decision words are `TAKE, DECLINE`").await;
    let mut columns = made("3.0.0");
    columns.policy = columns.policy.replace("rooms", "chambers");
    refused(&server, &switch, &columns.ship(), "`chambers` as a feature: the record has no such column").await;
    let mut features = made("3.0.0");
    features.model["features"][0]["name"] = "plot".into();
    refused(&server, &switch, &features.ship(), "model.json is for the features plot, area").await;
    let mut narrow = made("3.0.0");
    narrow.policy = narrow.policy.replace(", \"heating\"]", "]");
    let (start, _) = narrow.policy.split_once("[wording.heating]").unwrap();
    let (_, end) = narrow.policy.split_once("[serve]").unwrap();
    narrow.policy = format!("{start}[serve]{end}");
    narrow.model["features"].as_array_mut().unwrap().truncate(2);
    narrow.model["training"]["features"].as_array_mut().unwrap().truncate(2);
    narrow.model["forest"]["columns"] = 2.into();
    narrow.model["forest"]["roots"] = json!([0, 3]);
    for part in ["feature", "threshold", "left", "value", "rows"] {
        narrow.model["forest"][part].as_array_mut().unwrap().truncate(6);
    }
    refused(&server, &switch, &narrow.ship(), "its inputs are `area, rooms`").await;
    let mut nonsense = made("3.0.0");
    nonsense.model = json!({});
    refused(&server, &switch, &nonsense.ship(), "model.json: not a model").await;
    let mut waived = made("3.0.0");
    (waived.accuracy, waived.policy) = (0.5, waived.policy + &waiver("2020-02-29"));
    refused(&server, &switch, &waived.ship(), "the waiver for accuracy.accuracy expired on 2020-02-29").await;
    waived.policy = waived.policy.replace("2020-02-29", &today().last_of_month().to_string());
    switch.offer(loaded(&waived.ship())).unwrap();
}

#[tokio::test]
async fn without_an_artifact_keys_are_asked_for_and_a_stranger_is_told_no_reason() {
    let NewKey { key, line } = NewKey::generate("branch-7").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), line).unwrap();
    let state = ServerState::default().with_keys(Keys::read(file.path()).unwrap());
    let switch = Switch::new(Err("/srv/models/7/model.json was changed".to_owned()), state);
    let server = TestServer::serving(switch.router()).await;
    let as_known = async |path: &str| {
        let response = server.client.get(format!("{}{path}", server.url)).bearer_auth(&key).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    for path in ["/metrics", "/card", "/", "/nowhere", "/v2/health/live", "/v2/models/houses/ready"] {
        let refused = server.get(path).await;
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["www-authenticate"]),
            (401, &"Bearer".parse().unwrap())
        );
        assert!(!refused.text().await.unwrap().contains("model.json"), "{path}");
        assert_ne!(as_known(path).await.0, 401, "{path}");
    }
    assert_eq!(server.decide(good().to_string()).await.status(), 401);
    assert_eq!(server.get("/healthz").await.status(), 200);
    let (status, ready) = json_of(&server, "/readyz").await;
    let untold = "not ready: authenticate with a key to see the reason";
    assert_eq!((status, &ready["detail"]), (503, &json!(untold)));
    let (status, ready) = as_known("/readyz").await;
    assert!(status == 503 && ready.contains("/srv/models/7/model.json was changed"), "{ready}");
    switch.offer(loaded(&made("2.0.0").ship())).unwrap();
    switch.offer(Err("/srv/models/8 is not there".to_owned())).unwrap_err();
    let (status, ready) = json_of(&server, "/readyz").await;
    assert_eq!((status, ready.get("last_refusal")), (200, None), "it names a folder");
    assert!(as_known("/readyz").await.1.contains("/srv/models/8"));
    assert_eq!(server.decide(good().to_string()).await.status(), 401);
}

#[tokio::test]
async fn what_is_watched_begins_anew_with_another_release_and_not_with_the_same() {
    let (server, switch) = switched(loaded(&made("2.0.0").ship()), None).await;
    assert_eq!(server.decide(good().to_string()).await.status(), 200);
    let watched = async || server.get("/metrics").await.text().await.unwrap().contains("andon_approval_rate{");
    assert!(watched().await);
    switch.offer(loaded(&made("2.0.0").ship())).unwrap();
    assert!(watched().await, "it is the same release");
    switch.offer(loaded(&made("3.0.0").ship())).unwrap();
    assert!(!watched().await, "another one's inputs are not this one's");
}

#[cfg(unix)]
#[tokio::test]
async fn a_panic_while_loading_is_a_refusal() {
    let (server, switch) = switched(loaded(&made("2.0.0").ship()), None).await;
    let reload_signal = ReloadSignal::listen().unwrap();
    tokio::spawn(reload_signal.reload(Arc::clone(&switch), || panic!("no such thing")));
    let me = std::process::id().to_string();
    assert!(std::process::Command::new("kill").args(["-HUP", &me]).status().unwrap().success());
    let mut ready = Value::Null;
    until("the refusal shows", async || {
        let (status, now) = json_of(&server, "/readyz").await;
        assert_eq!(status, 200);
        ready = now;
        ready["last_refusal"].is_string()
    })
    .await;
    assert!(ready["last_refusal"].as_str().unwrap().contains("no such thing"), "{ready}");
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("andon_reloads_total{result=\"refused\"} 1\n"), "{metrics}");
}
