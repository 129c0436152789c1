//! The forest is the same in many processes: the maps inside linfa have another order in each.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use andon::model::variations;
use andon::policy::{Better, Recipe};
use andon::{Frame, Matrix, random_forest};

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
