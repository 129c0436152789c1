//! The tally: rows counted a second, and what statistics with their intervals cost once rows are counted.
//!
//! The rows are synthetic loans, scored by a forest of 10 trees of depth 5, with two protected groups:
//! - `build`: counting one million scored rows (elements) into the table, on one thread;
//! - `disparate_impact`: the ratio of two selection rates, Koopman's interval;
//! - `auc`: the area under the ROC curve, DeLong's interval;
//! - `brier_skill`: a statistic whose interval takes 1,000 bootstrap draws, on as many threads as there are.
//!
//! The statistics are taken over 200,000 and 1,000,000 rows. They start from the tally, so their time depends on how
//! many scores differ, and on the rows only where those are few.
//!
//! A peer resamples rows: compare its seconds for 1,000 draws with the statistic that it draws. Do so in turn, on the
//! same machine and with the same load; the ratio counts, the absolute figure does not.
//!
//! `cargo bench -p andon --bench tally`, or for one statistic `cargo bench -p andon --bench tally -- auc`.

mod loans;

use std::hint::black_box;
use std::time::Duration;

use andon::families::accuracy::{loss, ranking};
use andon::families::fairness;
use andon::{Frame, Measured, Sample, Score, Tally};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Bootstrap draws of an interval that needs them.
const DRAWS: usize = 1_000;

fn tally(criterion: &mut Criterion) {
    let frame = loans::frame(1_000_000);
    let scores = scores(&frame);
    build(criterion, &frame, &scores);
    for rows in [200_000, 1_000_000] {
        // The tally counts as many rows as it is given scores.
        let sample = sample(Tally::count(&frame, &scores[..rows]));
        statistic(criterion, "disparate_impact", rows, || fairness::disparate_impact(&sample, "sex"));
        statistic(criterion, "auc", rows, || ranking::auc(&sample));
        statistic(criterion, "brier_skill", rows, || loss::brier_skill(&sample));
    }
}

fn scores(frame: &Frame) -> Vec<Score> {
    let raw = loans::forest(frame, 10, 5).score_all(&frame.matrix);
    raw.into_iter().map(|share| Score::nearest(share).expect("a share is a number")).collect()
}

fn sample(tally: Tally) -> Sample {
    Sample {
        tally,
        threshold: Score::middle(),
        draws: DRAWS,
        seed: 50,
        minimum_group_rows: 100,
        minimum_denominator: 30,
        unjudged: std::collections::BTreeSet::new(),
        cost: None,
        repeats: andon::model::repeats::Repeated::default(),
    }
}

fn build(criterion: &mut Criterion, frame: &Frame, scores: &[Score]) {
    let mut group = criterion.benchmark_group("build");
    group.throughput(Throughput::Elements(scores.len() as u64)).sample_size(20);
    group.bench_function(BenchmarkId::from_parameter(scores.len()), |bencher| {
        bencher.iter(|| Tally::count(black_box(frame), black_box(scores)));
    });
    group.finish();
}

fn statistic(criterion: &mut Criterion, name: &str, rows: usize, measure: impl Fn() -> Measured) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    group.bench_function(BenchmarkId::from_parameter(rows), |bencher| {
        bencher.iter(|| black_box(measure()).expect("both labels and both groups occur"));
    });
    group.finish();
}

criterion_group!(benches, tally);
criterion_main!(benches);
