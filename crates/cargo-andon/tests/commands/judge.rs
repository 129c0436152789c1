//! `judge` from outside: in an empty folder, with and without a policy.

use std::fs;
use std::path::Path;

use crate::{code, err, out, run};

/// A file of rows whose score is right about so many of a hundred, in a folder that holds nothing else.
fn scored(right: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let row = |at: usize| {
        let outcome = at.is_multiple_of(2);
        let score = if (at % 100 < right) == outcome { "0.9" } else { "0.1" };
        format!("{},{score},{}\n", u8::from(outcome), if at % 4 < 2 { "a" } else { "b" })
    };
    let rows: String = (0..2000).map(row).collect();
    fs::write(folder.path().join("scored.csv"), format!("good,p,group\n{rows}")).unwrap();
    folder
}

const JUDGE: [&str; 6] = ["judge", "scored.csv", "--label", "good", "--score", "p"];

#[test]
fn without_a_policy_there_is_no_decision_however_good_the_scores() {
    let folder = scored(90);
    let output = run(folder.path(), &[&JUDGE[..], &["--protected", "group"]].concat(), Path::new("cargo"));
    assert_eq!(code(&output), 3, "{}", err(&output));
    assert!(out(&output).contains("No release decision: no policy was given"), "{}", out(&output));
    let output = run(folder.path(), &[&JUDGE[..], &["--json"]].concat(), Path::new("cargo"));
    assert_eq!(code(&output), 3);
    let form: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(form["decision"], serde_json::Value::Null);
}

#[test]
fn with_a_policy_good_scores_are_go_for_scores_only_and_bad_ones_are_not() {
    let policy = ["--policy", "release.toml", "--report", "judged.html"];
    for (right, exit, verdict) in [(95, 0, "Decision: GO for scores only"), (55, 1, "Decision: NO-GO for scores only")]
    {
        let folder = scored(right);
        fs::write(folder.path().join("release.toml"), include_str!("../../../andon-evidence/tests/minimal.toml"))
            .unwrap();
        let output = run(folder.path(), &[&JUDGE[..], &policy].concat(), Path::new("cargo"));
        assert_eq!(code(&output), exit, "{}{}", out(&output), err(&output));
        assert!(out(&output).contains(verdict) && out(&output).contains("not asked"), "{}", out(&output));
        assert!(fs::read_to_string(folder.path().join("judged.html")).unwrap().contains(verdict));
    }
}

#[test]
fn what_cannot_be_judged_ends_with_2_and_leaves_no_report() {
    let folder = scored(90);
    fs::write(folder.path().join("release.toml"), "nonsense").unwrap();
    for wrong in [
        &["--protected", "p"][..],
        &["--threshold", "NaN"],
        &["--threshold", "1.5"],
        &["--favourable", "yes"],
        &["--protected", "sex"],
        &["--policy", "release.toml"],
        &["--policy", "absent.toml"],
    ] {
        let output =
            run(folder.path(), &[&JUDGE[..], wrong, &["--report", "judged.html"]].concat(), Path::new("cargo"));
        assert_eq!(code(&output), 2, "{wrong:?}: {}", err(&output));
        assert!(err(&output).starts_with("error: "), "{wrong:?}: {}", err(&output));
        assert!(!folder.path().join("judged.html").exists(), "{wrong:?}");
    }
}
