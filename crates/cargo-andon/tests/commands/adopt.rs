//! A release becomes the previous one, and the next one is held against it.

use std::fs;
use std::path::Path;

use crate::{GREEN, SmallRelease, code, err, out, run};

#[test]
fn an_artifact_is_adopted_with_its_scores() {
    let release = SmallRelease::measured(0.9);
    let run = |command: &str| run(release.root(), &[command], Path::new("cargo"));
    assert_eq!(code(&run("diff")), 2);
    assert!(err(&run("diff")).contains("there is no previous release"));
    assert_eq!(code(&run("adopt")), 2);
    assert!(err(&run("adopt")).contains("next: cargo andon release, then cargo andon adopt"), "{}", err(&run("adopt")));

    assert_eq!(code(&release.release(GREEN)), 0);
    assert_eq!(
        (code(&run("adopt")), out(&run("adopt"))),
        (0, "released/ holds small 1.2.3: the next release is compared with it\n".into())
    );
    let mut names: Vec<_> =
        fs::read_dir(release.root().join("released")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "MODEL_CARD.md",
            "contract.schema.json",
            "evidence.json",
            "figures.json",
            "model.json",
            "model.onnx",
            "release.toml",
            "scores.csv"
        ]
    );
    assert_eq!(code(&run("status")), 3, "the previous release is an input");
}

#[test]
fn a_diff_names_each_part_that_changed_since_the_previous_release() {
    let release = SmallRelease::measured(0.9);
    let run = |command: &str| run(release.root(), &[command], Path::new("cargo"));
    assert_eq!(code(&release.release(GREEN)), 0);
    assert_eq!(code(&run("adopt")), 0);
    let diff = out(&run("diff"));
    for line in ["data          unchanged", "policy        unchanged", "model         not known"] {
        assert!(diff.contains(line), "{line} in:\n{diff}");
    }
    let policy = include_str!("../../../andon-evidence/tests/minimal.toml").replacen("min = 0.8", "min = 0.85", 1);
    release.write("release.toml", &policy);
    release.write("data/x.csv", "1");
    release.record("accuracy.accuracy", 0.9);
    let diff = out(&run("diff"));
    let expected = "since small 1.2.3
data          data/x.csv
policy        release.toml
              accuracy.accuracy: at least 0.8 -> at least 0.85
code          unchanged
dependencies  unchanged
compiler      unchanged
model         unchanged
";
    assert_eq!(diff, expected);
}

#[test]
fn scores_other_than_those_of_the_artifact_are_not_adopted() {
    let release = SmallRelease::measured(0.9);
    assert_eq!(code(&release.release(GREEN)), 0);
    release.write("target/andon/scores.csv", "other\n");
    let output = run(release.root(), &["adopt"], Path::new("cargo"));
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("vouches for other scores.csv"), "{}", err(&output));
    assert!(!release.root().join("released").exists());
}
