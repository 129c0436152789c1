//! Golden cases on the second release: each must get its answer, and none may get lost.

use andon::Release;
use andon::families::accuracy::golden;

use crate::challenger::adopt_with_gate;
use crate::part::{POLICY, Part, parts, record, release};

const GATE: &str = "accuracy.golden";
const HOT: &str = r#"{"serial":"x","site":"east","temperature":700,"pressure":5,"material":"Brass","polished":true}"#;
const COLD: &str = r#"{"serial":"x","site":"east","temperature":300,"material":"Steel","polished":false}"#;
const OUTSIDE: &str = r#"{"serial":"x","site":"east","temperature":890,"material":"Steel","polished":false}"#;

fn policy(more: &str) -> String {
    format!("{POLICY}[golden]\nfile = \"data/golden.ndjson\"\n{more}[gate.\"{GATE}\"]\nmax = 0\nwhy = \"test\"\n")
}

/// A case of this record with an answer.
fn case(record: &str, answer: &str) -> String {
    format!("{{\"record\":{record},{answer},\"because\":\"a complaint\"}}\n")
}

fn asked(release: &Release<Part>) -> Result<(), String> {
    record(release, GATE, golden::golden(release, release.judged().unwrap()))
}

/// Writes the cases beside the data and asks.
fn ask(root: &std::path::Path, policy: &str, cases: &str) -> Result<(), String> {
    std::fs::create_dir_all(root.join("data")).unwrap();
    std::fs::write(root.join("data/golden.ndjson"), cases).unwrap();
    asked(&release(root, policy, &parts(600)))
}

#[test]
fn each_case_gets_its_answer_or_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |cases: &str| ask(folder.path(), &policy(""), cases);
    let pass = case(HOT, "\"decision\":\"PASS\"") + &case(COLD, "\"decision\":\"REJECT\"");
    let refer = case(OUTSIDE, "\"decision\":\"REFER\"");
    let range = case(COLD, "\"probability\":{\"min\":0.0,\"max\":0.4}");
    assert_eq!(ask(&(pass.clone() + &refer + &range)), Ok(()));

    let red = ask(&(pass.clone() + &case(COLD, "\"decision\":\"PASS\""))).unwrap_err();
    assert!(red.contains("NoGo") && red.contains("line 3: REJECT in place of PASS"), "{red}");
    let red = ask(&case(COLD, "\"probability\":{\"min\":0.9,\"max\":1.0}")).unwrap_err();
    assert!(red.contains("in place of 0.9 to 1") && red.contains("(a complaint)"), "{red}");
    let red = ask(&case(OUTSIDE, "\"probability\":{\"min\":0.0,\"max\":1.0}")).unwrap_err();
    assert!(red.contains("probability none in place of"), "{red}");
}

#[test]
fn no_case_and_a_broken_case_are_undecided() {
    let folder = tempfile::tempdir().unwrap();
    for (cases, told) in [
        ("", "holds no case"),
        ("{}\n", "line 1: missing field"),
        (&case(COLD, "\"decision\":\"MAYBE\""), "allowed: PASS, REJECT, REFER"),
        (&case(r#"{"temperature":5}"#, "\"decision\":\"PASS\""), "line 1: "),
    ] {
        let red = ask(folder.path(), &policy(""), cases).unwrap_err();
        assert!(red.contains("Undecided") && red.contains(told), "{told}: {red}");
    }
    let silent = format!("{POLICY}[gate.\"{GATE}\"]\nmax = 0\nwhy = \"test\"\n");
    let red = asked(&release(folder.path(), &silent, &parts(600))).unwrap_err();
    assert!(red.contains("names no file under [golden]"), "{red}");
}

#[test]
fn a_case_that_is_gone_needs_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let (hot, cold) = (case(HOT, "\"decision\":\"PASS\""), case(COLD, "\"decision\":\"REJECT\""));
    std::fs::create_dir_all(root.join("data")).unwrap();
    std::fs::write(root.join("data/golden.ndjson"), hot.clone() + &cold).unwrap();
    adopt_with_gate(root, &policy(""), |release| asked(release).unwrap());
    assert_eq!(ask(root, &policy(""), &(hot.clone() + &cold)), Ok(()));
    let red = ask(root, &policy(""), &hot).unwrap_err();
    assert!(red.contains("Undecided") && red.contains("1 cases, and 2 in the previous release"), "{red}");
    assert_eq!(ask(root, &policy("fewer_because = \"the second complaint was withdrawn\"\n"), &hot), Ok(()));
}
