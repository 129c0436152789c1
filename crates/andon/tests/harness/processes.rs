//! The forest is the same in many processes: the maps inside linfa have another order in each. What a training process
//! came to is kept. Without its rules, the process that asks about dependencies is not started.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use andon::families::reproducibility::{Remade, denied_dependencies, remade};
use andon::model::variations;
use andon::policy::{Better, Recipe};
use andon::{Frame, Matrix, Release, random_forest};

use crate::part::{POLICY, Part, parts, release};

/// The number of processes. Each one grows forests of eight weights, on eight subsets, in three orders of rows.
const PROCESSES: usize = 12;

/// Whole numbers, of which many are equal, so that weights tie often.
fn frame() -> Frame {
    let mut matrix = Matrix::new(3);
    let mut labels = Vec::new();
    for row in 0..700_u32 {
        let [debt, slow, units] = [row * 37 % 61, row * row % 7, row % 3];
        matrix.push(&[f64::from(debt), f64::from(slow), f64::from(units)]);
        labels.push(debt + 5 * slow + row.wrapping_mul(2_654_435_761) % 40 < 75);
    }
    Frame { features: Vec::new(), matrix, labels, attributes: Vec::new(), persons: Vec::new() }
}

/// The work of one process.
#[test]
#[ignore = "run by many_processes_grow_one_forest"]
#[expect(clippy::print_stderr, reason = "the other process reads it")]
fn one_process() {
    let recipe = Recipe {
        seed: 20_261_123,
        trees: 8,
        depth: 5,
        rare_class_weight: 7.3,
        min_leaf_weight: 5.0,
        smoothing_rows: 1.0,
        max_rows_per_tree: 100_000,
        max_bins: None,
        reweigh_by: Vec::new(),
    };
    eprintln!("digest {}", variations::digest(&recipe, &[Some(Better::Lower)], &frame(), random_forest, 1).unwrap());
}

#[test]
fn many_processes_grow_one_forest() {
    let start = |_| {
        let mut process = Command::new(std::env::current_exe().unwrap());
        process.args(["--exact", "processes::one_process", "--ignored", "--nocapture"]);
        process.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let digest = |process: std::process::Child| {
        let printed = String::from_utf8(process.wait_with_output().unwrap().stderr).unwrap();
        let line = printed.lines().find_map(|line| line.split_once("digest ")).map(|(_, digest)| digest.to_owned());
        line.unwrap_or_else(|| panic!("a process printed no digest: {printed}"))
    };
    let processes: Vec<_> = (0..PROCESSES).map(start).collect();
    let digests: BTreeSet<String> = processes.into_iter().map(digest).collect();
    assert_eq!(digests.len(), 1, "{PROCESSES} processes came to {digests:?}");
}

/// What another process came to holds for one fingerprint and one command, and only as it was kept.
#[test]
#[cfg(unix)]
fn a_training_is_kept_until_something_changes() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |release: &Release<Part>, inputs: &str, model: &str| {
        let mut training = Command::new("sh");
        let script =
            format!("echo trained >> log; printf '{inputs}\\n{model}\\n{model}\\n\\n# card\\n\\nof {model}\\n'");
        remade(release, training.current_dir(folder.path()).args(["-c", &script]))
    };
    let digests = |release: &Release<Part>, model: &str| {
        let Remade { digests, card } = ask(release, release.fingerprint().digest(), model).unwrap();
        assert_eq!((digests, card), (format!("{model}\n{model}"), format!("# card\n\nof {model}")));
        model.to_owned()
    };
    let trainings = || std::fs::read_to_string(folder.path().join("log")).unwrap().lines().count();
    let first = release(folder.path(), POLICY, &parts(600));
    assert_eq!((digests(&first, "a"), digests(&first, "a"), trainings()), ("a".to_owned(), "a".to_owned(), 1));
    assert_eq!((digests(&first, "b"), trainings()), ("b".to_owned(), 2));
    let kept = first.store().path("remade.json");
    std::fs::write(&kept, std::fs::read_to_string(&kept).unwrap().replace("of b", "of c")).unwrap();
    assert_eq!((digests(&first, "b"), trainings()), ("b".to_owned(), 3));
    let changed = release(folder.path(), POLICY, &parts(601));
    assert_eq!((digests(&changed, "b"), trainings()), ("b".to_owned(), 4));

    // What it made of other inputs is not kept, nor is what is no card.
    let of_others = ask(&changed, first.fingerprint().digest(), "c").unwrap_err();
    assert!(of_others.0.starts_with("an input changed while the gates ran"), "{of_others:?}");
    let silent = remade(&changed, Command::new("sh").args(["-c", "echo a; echo b"])).unwrap_err();
    assert!(silent.0.contains("printed no card"), "{silent:?}");
    assert_eq!((digests(&changed, "c"), trainings()), ("c".to_owned(), 6));
}

#[test]
fn without_rules_there_is_nothing_to_hold_dependencies_against() {
    let folder = tempfile::tempdir().unwrap();
    let why = denied_dependencies(folder.path()).unwrap_err().0;
    assert!(why.starts_with("there is no deny.toml") && why.contains("next: cargo deny init"), "{why}");
}
