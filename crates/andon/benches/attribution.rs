//! Exact attributions: rows a second in bulk, and the time of one row, on one thread.
//!
//! The same forests and rows as `scoring`. Compare with a peer only in turn, on the same machine and with the same
//! load; the ratio counts, the absolute figure does not.
//!
//! `cargo bench -p andon --bench attribution`, or for one size `cargo bench -p andon --bench attribution -- 10x5`.

mod loans;

use std::hint::black_box;
use std::time::Duration;

use andon::Matrix;
use andon::model::attribution::Attributor;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Rows of the table, which the trees are grown on too.
const ROWS: usize = 50_000;

/// Rows that are attributed in a call: enough to fill the caches, few enough to call often.
const IN_BULK: usize = 2_000;

fn attribution(criterion: &mut Criterion) {
    let frame = loans::frame(ROWS);
    let rows: Vec<usize> = (0..IN_BULK).collect();
    let some = frame.matrix.select(&rows);
    for (trees, depth) in [(10, 5), (100, 8)] {
        let attributor = Attributor::new(&loans::forest(&frame, trees, depth));
        let size = format!("{trees}x{depth}");
        in_bulk(criterion, &size, &attributor, &some);
        one_by_one(criterion, &size, &attributor, &some);
    }
}

fn in_bulk(criterion: &mut Criterion, size: &str, attributor: &Attributor, matrix: &Matrix) {
    let mut group = criterion.benchmark_group("moved_all");
    group
        .throughput(Throughput::Elements(matrix.len() as u64))
        .sample_size(10)
        .measurement_time(Duration::from_secs(5));
    group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
        bencher.iter(|| attributor.moved_all(black_box(matrix)));
    });
    group.finish();
}

fn one_by_one(criterion: &mut Criterion, size: &str, attributor: &Attributor, matrix: &Matrix) {
    let mut group = criterion.benchmark_group("moved");
    group.throughput(Throughput::Elements(1));
    let mut turns = (0..matrix.len()).cycle();
    group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
        bencher.iter(|| attributor.moved(black_box(matrix.row(turns.next().unwrap_or(0)))));
    });
    group.finish();
}

criterion_group!(benches, attribution);
criterion_main!(benches);
