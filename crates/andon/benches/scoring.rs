//! Scoring: rows a second in bulk, and the time of one row, on one thread.
//!
//! The rows are synthetic loans, seven numbers each. Two forests score them, and one as of XGBoost:
//! - `10x5`: 10 trees of depth 5, the size of a small release;
//! - `100x8`: 100 trees of depth 8, a large one;
//! - `xgboost_100x6`: 100 trees of depth 6 with a side for missing values at each node, and a sum in `f32`.
//!
//! Two ways to score, which give the same bits:
//! - `score_all`: one million rows (elements) a call, as a candidate is judged;
//! - `score`: one row a call, as an application is answered, another row each time.
//!
//! Growing the forests takes some seconds and is not measured. Compare with a peer only in turn, on the same machine
//! and with the same load; the ratio counts, the absolute figure does not.
//!
//! `cargo bench -p andon --bench scoring`, or for one size `cargo bench -p andon --bench scoring -- 10x5`.

mod loans;

use std::hint::black_box;
use std::time::Duration;

use andon::model::forest::{Combine, GrownNode, Link, Precision, Sum, Test};
use andon::{Forest, Matrix};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Rows of the table.
const ROWS: usize = 1_000_000;

/// Rows that `score` takes turns with, so that no branch can be learnt by heart.
const TURNS: usize = 4_096;

fn scoring(criterion: &mut Criterion) {
    let frame = loans::frame(ROWS);
    for (trees, depth) in [(10, 5), (100, 8)] {
        let forest = loans::forest(&frame, trees, depth);
        let size = format!("{trees}x{depth}");
        in_bulk(criterion, &size, &forest, &frame.matrix);
        one_by_one(criterion, &size, &forest, &frame.matrix);
    }
    in_bulk(criterion, "xgboost_100x6", &imported(&frame.matrix, 100, 6), &frame.matrix);
}

/// A forest as XGBoost hands it over: full trees whose thresholds are values of the rows.
fn imported(matrix: &Matrix, trees: u32, depth: u32) -> Forest {
    let splits = (1 << depth) - 1;
    let node = |tree: u32, at: u32| {
        let feature = (tree + 3 * at) % matrix.columns() as u32;
        let row = (7_919 * tree + 104_729 * at) as usize % matrix.len();
        let test = Test::Below(matrix.row(row)[feature as usize]);
        let missing_right = (tree + at).is_multiple_of(2);
        GrownNode::Question { feature, test, missing_right, left: 2 * at + 1 }
    };
    let leaf = |at: u32| GrownNode::Leaf { value: f64::from(at as f32 / 64.0 - 1.0), rows: 100 };
    let tree = |tree| (0..splits).map(|at| node(tree, at)).chain((0..=splits).map(leaf)).collect();
    let sum = Sum { base: 0.0, link: Link::Logistic, precision: Precision::Single };
    let trees: Vec<Vec<GrownNode>> = (0..trees).map(tree).collect();
    Forest::combining(matrix.columns(), &trees, &[], Combine::Sum(sum)).expect("full trees are a forest")
}

fn in_bulk(criterion: &mut Criterion, size: &str, forest: &Forest, matrix: &Matrix) {
    let mut group = criterion.benchmark_group("score_all");
    group
        .throughput(Throughput::Elements(matrix.len() as u64))
        .sample_size(10)
        .measurement_time(Duration::from_secs(5));
    group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
        bencher.iter(|| forest.score_all(black_box(matrix)));
    });
    group.finish();
}

fn one_by_one(criterion: &mut Criterion, size: &str, forest: &Forest, matrix: &Matrix) {
    let mut group = criterion.benchmark_group("score");
    group.throughput(Throughput::Elements(1));
    let mut turns = (0..TURNS).cycle();
    group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
        bencher.iter(|| forest.score(black_box(matrix.row(turns.next().unwrap_or(0)))));
    });
    group.finish();
}

criterion_group!(benches, scoring);
criterion_main!(benches);
