//! `stop`, `clear` and `log`: anybody stops the release, another person clears it, and the ledger tells of both.

use std::fs;
use std::path::Path;

use andon_evidence::evidence::today;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use crate::{GREEN, SmallRelease, code, err, out, run};

fn andon(release: &SmallRelease, arguments: &[&str]) -> (i32, String) {
    let output = run(release.root(), arguments, Path::new("cargo"));
    (code(&output), out(&output) + &err(&output))
}

#[test]
fn a_stopped_release_makes_no_artifact_before_it_is_cleared() {
    let release = SmallRelease::measured(0.9);
    let (stopped, text) = andon(&release, &["stop", "--by", "Ada", "--why", "the rows of May are missing"]);
    assert_eq!(stopped, 0, "{text}");
    let id = text.split(':').next().unwrap().to_owned();
    let refused = release.release(GREEN);
    assert_eq!(code(&refused), 1, "{}", err(&refused));
    assert!(out(&refused).starts_with("STOPPED    Ada stopped the release on "), "{}", out(&refused));
    assert!(!release.dist().exists());
    for (file, found) in [("junit.xml", "STOPPED: Ada"), ("andon.sarif", "STOPPED: Ada")] {
        let report = fs::read_to_string(release.root().join("target/andon").join(file)).unwrap();
        assert!(report.contains(found), "{file}: {report}");
    }
    let (card, text) = andon(&release, &["card"]);
    assert!(card == 1 && text.starts_with("> **STOPPED**: Ada"), "{text}");
    let (report, text) = andon(&release, &["report"]);
    assert!(report == 1 && text.starts_with("NO-GO"), "{text}");
    assert!(fs::read_to_string(release.root().join("target/andon/report.html")).unwrap().contains("STOPPED: Ada"));

    let (own, text) = andon(&release, &["clear", &id, "--by", "ada", "--why", "they are there"]);
    assert!(own == 2 && text.contains("another person clears it"), "{text}");
    let (cleared, text) = andon(&release, &["clear", &id, "--by", "Grace", "--why", "they are there"]);
    assert!(cleared == 0 && text.contains("the decision is GO"), "{text}");
    assert_eq!(code(&release.release(GREEN)), 0);

    let (log, text) = andon(&release, &["log"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((log, lines.len()), (0, 4), "{text}");
    for (line, found) in lines.iter().zip(["STOPPED", "NO-GO", "CLEARED", "GO"]) {
        assert!(line.contains(found), "{line}");
    }
    assert!(lines[1].contains(&format!("stopped: {id}")), "{text}");
    let (_, json) = andon(&release, &["log", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["lines"][2]["kind"], &json["defect"]), (&"clear".into(), &Value::Null));

    let ledger = release.root().join("releases.jsonl");
    let text = fs::read_to_string(&ledger).unwrap();
    fs::write(&ledger, text.replacen("Ada", "Eve", 1)).unwrap();
    let (log, text) = andon(&release, &["log"]);
    assert!(log == 1 && text.contains("line 2 does not follow"), "{text}");
}

/// The result that the attestation of a release states, with one more text in its policy and a missed bar.
fn attested(policy: impl Fn(&str) -> String) -> Value {
    let release = SmallRelease::measured(0.9);
    let text = fs::read_to_string(release.root().join("release.toml")).unwrap();
    release.write("release.toml", &policy(&text));
    release.record("accuracy.accuracy", 0.1);
    release.record("latency.decision", 1.0);
    let output = release.release(GREEN);
    assert_eq!(code(&output), 0, "{}", out(&output));
    let envelope = fs::read(release.dist().join("verdict.intoto.json")).unwrap();
    let envelope: Value = serde_json::from_slice(&envelope).unwrap();
    let payload = BASE64.decode(envelope["payload"].as_str().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&payload).unwrap()["predicate"].clone()
}

#[test]
fn a_release_with_a_missed_bar_is_attested_with_a_warning() {
    let last_day = today().tomorrow().unwrap();
    let waived = attested(|text| {
        let who = "reason = \"known\"\nowner = \"Ada\"";
        format!("{text}\n[[waiver]]\ngate = \"accuracy.accuracy\"\n{who}\nexpires = \"{last_day}\"\n")
    });
    let warned =
        attested(|text| text.replacen("min = 0.8", "min = 0.8\nblocks = false\nwarns_because = \"a first look\"", 1));
    for predicate in [waived, warned] {
        assert_eq!(
            (&predicate["result"], &predicate["warnedTests"][0]),
            (&"WARNED".into(), &"accuracy.accuracy".into())
        );
        assert_eq!(predicate["failedTests"].as_array().map(Vec::len), Some(0));
    }
}
