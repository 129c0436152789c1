//! A release that is judged by a column of scores: the words of its decision wherever a GO is shown, its artifact, and
//! that no program comes of it.

use std::fs;
use std::path::Path;

use andon_evidence::evidence::{Store, today};
use andon_evidence::fingerprint::Toolchain;
use andon_evidence::package::Package;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use crate::{FIGURES_JSON, GREEN, SmallRelease, code, err, out, run};

const WORDS: &str = "GO for scores only";

/// A green release whose policy names a column of scores.
fn scored() -> SmallRelease {
    let release = SmallRelease::measured(0.9);
    let policy = fs::read_to_string(release.root().join("release.toml")).unwrap();
    let scores = "[model]\nscores = \"score\"\nunseen = \"every_row\"\nunseen_because = \"made later\"\n\n[evaluation]";
    let policy = policy.replacen("[evaluation]", scores, 1).replacen("latency.decision", "accuracy.log_loss", 1);
    release.write("release.toml", &policy);
    // No model and nothing that only a model has is there.
    for absent in ["model.json", "model.onnx", "answers.csv", "questions.ndjson"] {
        fs::remove_file(release.root().join("target/andon").join(absent)).unwrap();
    }
    release.record("accuracy.accuracy", 0.9);
    release.record("accuracy.log_loss", 1.0);
    release
}

fn file(release: &SmallRelease, name: &str) -> String {
    fs::read_to_string(release.dist().join(name)).unwrap()
}

/// The statement in an envelope of the artifact.
fn statement(release: &SmallRelease, name: &str) -> Value {
    let envelope: Value = serde_json::from_str(&file(release, name)).unwrap();
    let payload = envelope["payload"].as_str().unwrap();
    serde_json::from_slice(&BASE64.decode(payload).unwrap()).unwrap()
}

#[test]
fn every_form_of_the_decision_says_that_it_is_for_scores_only_and_what_was_not_asked() {
    let release = scored();
    let output = release.release(GREEN);
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    assert!(out(&output).contains(&format!("Decision: {WORDS}")), "{}", out(&output));
    assert!(out(&output).contains("not asked, since a column of scores gives no reasons: explanation.additivity"));
    assert!(err(&output).contains("no program"), "{}", err(&output));
    let mut names: Vec<String> = fs::read_dir(release.dist())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".eval_results")
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "Cargo.lock",
            "MODEL_CARD.md",
            "SHA256SUMS",
            "andon.sarif",
            "bom.cdx.json",
            "contract.odcs.yaml",
            "contract.schema.json",
            "documents",
            "evidence.intoto.json",
            "evidence.json",
            "figures.json",
            "junit.xml",
            "measured.intoto.json",
            "release.toml",
            "report.html",
            "verdict.intoto.json",
        ]
    );
    let shown = ["andon.sarif", "bom.cdx.json", "evidence.json", "junit.xml", "report.html"];
    for name in shown {
        assert!(file(&release, name).contains(WORDS), "{name}");
        // In JUnit each gate has the word for its state.
        assert!(name == "junit.xml" || !file(&release, name).contains("\"GO\""), "{name}");
    }
    for name in ["andon.sarif", "evidence.json", "junit.xml", "report.html"] {
        assert!(file(&release, name).contains("robustness.noise"), "{name}");
    }
    let verdict = &statement(&release, "verdict.intoto.json")["predicate"];
    assert_eq!(
        (&verdict["result"], &verdict["configuration"][0]["annotations"]["outcome"]),
        (&"WARNED".into(), &WORDS.into())
    );
    let measured = &statement(&release, "measured.intoto.json")["predicate"];
    assert_eq!(measured["outcome"], WORDS);
    let not_asked = &measured["not_asked"]["nothing is served from a column of scores"];
    assert!(not_asked.as_array().unwrap().contains(&"serving.scores".into()), "{measured}");

    let of = |arguments: &[&str]| run(release.root(), arguments, Path::new("cargo"));
    assert!(out(&of(&["log"])).contains(WORDS));
    assert!(out(&of(&["status"])).contains(&format!("Decision: {WORDS}")));
    assert!(out(&of(&["report"])).starts_with(WORDS));
    let verified = of(&["verify", "dist/small-1.2.3"]);
    assert!(code(&verified) == 0 && out(&verified).contains(&format!("{WORDS}, complete")), "{}", out(&verified));
    // The evidence as it is, with the words of a whole release.
    let evidence = release.dist().join("evidence.json");
    fs::write(&evidence, file(&release, "evidence.json").replace(WORDS, "GO")).unwrap();
    assert_eq!(code(&of(&["verify", "dist/small-1.2.3"])), 1);
}

/// A green release whose policy names a command: its evidence is as another process left it.
#[test]
fn the_forms_of_a_release_by_a_command_name_it_and_show_what_was_sampled() {
    let release = scored();
    let policy = fs::read_to_string(release.root().join("release.toml")).unwrap();
    let policy = policy.replacen("scores = \"score\"", "command = [\"python3\", \"score.py\"]", 1);
    let policy = policy.replace("accuracy.log_loss", "reproducibility.model_digest");
    release.write("release.toml", &policy);
    release.write("score.py", "print(0.5)\n");
    let sampled = "\"sampled\": { \"negatives\": 4, \"explained\": 3, \"pairs\": 50, \"asked\": 903, \"certain\": 2, \"features\": \
                   [{ \"feature\": \"income\", \"mean_moved\": -0.125, \"interval\": [-0.2, -0.05], \"strongest\": 2 }] }";
    let figures = FIGURES_JSON.replacen("\"importance\"", &format!("{sampled}, \"importance\""), 1);
    release.write("target/andon/figures.json", &figures);
    for (gate, value) in [("accuracy.accuracy", 0.9), ("reproducibility.model_digest", 1.0)] {
        release.record_with(gate, value, &figures);
    }
    let output = release.release(GREEN);
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    assert!(out(&output).contains(&format!("Decision: {WORDS}")), "{}", out(&output));
    assert!(out(&output).contains("not asked, since a command gives no reasons with its scores"), "{}", out(&output));
    let report = file(&release, "report.html");
    for shown in ["Attributions, sampled", "over 3 of 4 negative answers", "-0.2000 to -0.0500", "python3 score.py"] {
        assert!(report.contains(shown), "{shown}");
    }
    assert!(file(&release, "bom.cdx.json").contains("the command `python3 score.py`"));
    assert!(file(&release, "evidence.json").contains("\"score.py\""), "the script is an input");
    release.write("score.py", "print(0.6)\n");
    let stale = run(release.root(), &["status"], Path::new("cargo"));
    assert!(out(&stale).contains("2 STALE"), "{}", out(&stale));
}

#[test]
fn no_program_is_built_from_scores_and_none_is_served() {
    let release = scored();
    let refused = Package::for_program(release.root(), &Toolchain::current(), today()).unwrap_err().to_string();
    assert!(refused.contains("no program is built from it"), "{refused}");
    let served = release.release_with(GREEN, &["--serve"]);
    assert!(code(&served) == 2 && err(&served).contains("nothing is served"), "{}", err(&served));
    assert!(!release.dist().exists());
    // A file that no gate vouches for is no release of scores either.
    fs::remove_file(Store::in_root(release.root()).path("figures.json")).unwrap();
    assert_eq!(code(&release.release(GREEN)), 2);
    assert!(!release.dist().exists());
}

#[test]
fn a_release_of_scores_is_adopted() {
    let release = scored();
    assert_eq!(code(&release.release(GREEN)), 0);
    assert_eq!(code(&run(release.root(), &["adopt"], Path::new("cargo"))), 0);
    assert!(release.root().join("released/scores.csv").exists());
    assert!(!release.root().join("released/model.json").exists());
}
