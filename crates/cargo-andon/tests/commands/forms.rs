//! The forms for other tools, read with other parsers than the code that wrote them.

use std::fs;
use std::process::Command;

use andon_evidence::package::Manifest;
use serde_json::Value;

use crate::{GREEN, RED, SmallRelease, code, err};

/// A lock file with `twin` 0.1.0 from git and from crates.io.
const TWO_SOURCES: &str = r#"version = 4

[[package]]
name = "one"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = ["twin 0.1.0 (registry+https://github.com/rust-lang/crates.io-index)"]

[[package]]
name = "small"
version = "1.2.3"
dependencies = ["one", "twin 0.1.0 (git+https://example.org/twin)"]

[[package]]
name = "twin"
version = "0.1.0"
source = "git+https://example.org/twin#aaaa"

[[package]]
name = "twin"
version = "0.1.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"#;

fn json(release: &SmallRelease, name: &str) -> Value {
    serde_json::from_slice(&fs::read(release.root().join(name)).unwrap()).unwrap()
}

fn shipped_release() -> SmallRelease {
    let release = SmallRelease::measured(0.9);
    let output = release.release(GREEN);
    assert_eq!(code(&output), 0, "{}", err(&output));
    release
}

#[test]
fn the_bill_of_materials_has_the_numbers_of_the_evidence() {
    let release = shipped_release();
    let bom = json(&release, "dist/small-1.2.3/bom.cdx.json");
    let manifest: Manifest = serde_json::from_value(json(&release, "dist/small-1.2.3/evidence.json")).unwrap();
    let model = &bom["components"][0];
    assert_eq!(model["hashes"][0]["content"], manifest.files["model.json"]);
    let metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"].as_array().unwrap();
    let metric = |gate: &str| metrics.iter().find(|metric| metric["type"] == gate).unwrap();
    assert_eq!(metric("accuracy.accuracy")["value"], "0.9");
    assert_eq!(metric("latency.decision")["confidenceInterval"]["upperBound"], "1");
    let groups = model["modelCard"]["considerations"]["fairnessAssessments"].as_array().unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!(bom["components"][1]["hashes"][0]["content"], andon_evidence::files::sha256_hex(b""));
}

#[test]
fn the_bill_of_materials_holds_one_version_from_two_sources_twice() {
    let release = SmallRelease::measured(0.9);
    release.write("Cargo.lock", TWO_SOURCES);
    release.record("accuracy.accuracy", 0.9);
    release.record("latency.decision", 1.0);
    let output = release.release(GREEN);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let bom = json(&release, "dist/small-1.2.3/bom.cdx.json");
    let twins = bom["components"].as_array().unwrap().iter().filter(|component| component["name"] == "twin");
    let urls: Vec<&str> = twins.clone().map(|twin| twin["purl"].as_str().unwrap()).collect();
    let git = "pkg:cargo/twin@0.1.0?vcs_url=git%2Bhttps://example.org/twin%40aaaa";
    assert_eq!(urls, [git, "pkg:cargo/twin@0.1.0"]);
    assert!(twins.into_iter().all(|twin| twin["bom-ref"] == twin["purl"]));
    let dependencies = bom["dependencies"].as_array().unwrap();
    let needs = |subject: &str| &dependencies.iter().find(|one| one["ref"] == subject).unwrap()["dependsOn"];
    assert_eq!(needs("program"), &serde_json::json!(["model", "pkg:cargo/one@1.0.0", git]));
    assert_eq!(needs("pkg:cargo/one@1.0.0"), &serde_json::json!(["pkg:cargo/twin@0.1.0"]));
}

#[test]
fn a_no_go_is_told_to_continuous_integration_with_the_line_of_its_bar() {
    let release = SmallRelease::measured(0.7);
    assert_eq!(code(&release.release(RED)), 1);
    let sarif = json(&release, "target/andon/andon.sarif");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let [result] = results.as_slice() else { panic!("{results:?}") };
    let line = result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap();
    let policy = fs::read_to_string(release.root().join("release.toml")).unwrap();
    assert_eq!(policy.lines().nth(line as usize - 1), Some("min = 0.8"));
    let junit = fs::read_to_string(release.root().join("target/andon/junit.xml")).unwrap();
    assert!(junit.contains("tests=\"2\" skipped=\"0\" failures=\"1\" errors=\"0\""), "{junit}");
    assert!(junit.contains("<failure message=\"0.7000, bar at least 0.8\" type=\"NO-GO\">"), "{junit}");
}

#[test]
fn a_gate_that_did_not_run_is_an_error_in_junit() {
    let release = SmallRelease::new();
    assert_eq!(code(&release.release(GREEN)), 3);
    let junit = fs::read_to_string(release.root().join("target/andon/junit.xml")).unwrap();
    assert!(junit.contains("tests=\"2\" skipped=\"0\" failures=\"0\" errors=\"2\""), "{junit}");
    assert!(junit.contains("type=\"MISSING\">"), "{junit}");
}

#[test]
fn github_is_told_where_it_is_there_and_only_there() {
    let release = SmallRelease::measured(0.7);
    let summary = release.root().join("summary.md");
    let run = |actions: &str| {
        let mut andon = Command::new(env!("CARGO_BIN_EXE_cargo-andon"));
        let cargo = release.root().join("built/cargo");
        andon.arg("release").current_dir(release.root()).env("CARGO", cargo);
        andon.env("GITHUB_ACTIONS", actions).env("GITHUB_STEP_SUMMARY", &summary).output().unwrap()
    };
    assert_eq!(code(&release.release(RED)), 1);
    assert!(!err(&run("false")).contains("::error") && !summary.exists());
    let output = run("true");
    let annotation = "::error file=release.toml,line=";
    assert!(
        err(&output).lines().any(|line| line.starts_with(annotation) && line.contains("accuracy.accuracy is NO-GO"))
    );
    let text = fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("## NO-GO\n") && text.contains("| NO-GO | `accuracy.accuracy` |"), "{text}");
}

#[test]
fn the_data_contract_says_of_each_column_what_the_schema_says() {
    let release = shipped_release();
    let text = fs::read_to_string(release.dist().join("contract.odcs.yaml")).unwrap();
    let contract: Value = serde_yaml_ng::from_str(&text).unwrap();
    let columns = contract["schema"][0]["properties"].as_array().unwrap();
    let column = |name: &str| columns.iter().find(|column| column["name"] == name).unwrap();
    assert_eq!(column("price")["logicalTypeOptions"]["maximum"], 9);
    assert_eq!(column("price")["description"], "Euros; \"net\".");
    assert_eq!((&column("size")["required"], &column("good")["required"]), (&true.into(), &false.into()));
    assert_eq!(column("group")["quality"][0]["arguments"]["validValues"], serde_json::json!(["a", "b"]));
    assert_eq!((&column("id")["primaryKey"], &column("good")["tags"][0]), (&true.into(), &"label".into()));
}

#[test]
fn green_gates_beside_a_red_test_are_no_success_to_anybody() {
    let release = SmallRelease::measured(0.9);
    assert_eq!(code(&release.release(GREEN)), 0);
    assert_eq!(code(&release.release(RED)), 3);
    let junit = fs::read_to_string(release.root().join("target/andon/junit.xml")).unwrap();
    assert!(junit.contains("tests=\"3\" skipped=\"0\" failures=\"0\" errors=\"1\""), "{junit}");
    assert!(junit.contains("own::test"), "{junit}");
    let sarif = json(&release, "target/andon/andon.sarif");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results[0]["ruleId"], "decision");
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][2]["id"], "decision");
}

#[test]
fn what_an_earlier_run_told_is_gone_when_this_one_tells_nothing() {
    let release = SmallRelease::measured(0.9);
    assert_eq!(code(&release.release(GREEN)), 0);
    release.write("release.toml", "[about]\nowner = 1\n");
    assert_eq!(code(&release.andon(&["release"], GREEN, b"")), 2);
    release.write("release.toml", include_str!("../../../andon-evidence/tests/minimal.toml"));
    fs::remove_file(release.root().join("data/x.csv")).unwrap();
    assert_eq!(code(&release.andon(&["release"], GREEN, b"")), 2);
    for form in ["junit.xml", "andon.sarif"] {
        assert!(!release.root().join("target/andon").join(form).exists(), "{form}");
    }
}
