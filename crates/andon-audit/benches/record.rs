//! Durable records a second, with 1, 8 and 64 callers at once, on the disk below `target/`.
//!
//! Every record is on disk when it counts. What group commit gives is the ratio of the three.

use std::sync::Arc;
use std::time::{Duration, Instant};

use andon_audit::{Entry, JsonObject, Trail};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use tokio::runtime::Runtime;

/// A decision as a loan service would record it: 14 inputs, two protected attributes.
fn entry(number: u64) -> Entry {
    let inputs = json!({
        "applicant_income": 58.5, "coapplicant_income": 0.0, "credit_history": "no late payments", "debt_ratio": 36.4,
        "dependents": 1, "employed_years": 4.5, "house_price": 161.0, "housing_ratio": 27.1, "liquid_assets": 38.2,
        "loan_amount": 128.0, "loan_to_price": 0.795, "self_employed": false, "term_months": 360, "units": 1,
    });
    Entry {
        request_id: format!("{number:032x}"),
        model_version: "0.1.0".to_owned(),
        fingerprint: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        model_sha256: "5d41402a".repeat(8),
        inputs: JsonObject::new(&inputs).expect("an object"),
        score: Some(0.4321),
        decision: "DECLINED".to_owned(),
        reasons: ["DEBT_RATIO", "LOAN_TO_PRICE", "CREDIT_HISTORY"].map(str::to_owned).into(),
        explanation_source: "template".to_owned(),
        monitoring: JsonObject::new(&json!({ "age_group": "30-39", "sex": "female" })).ok(),
    }
}

/// Has `callers` record `count` entries among them, each waiting for its own before the next.
async fn record(trail: &Arc<Trail>, callers: u64, count: u64) -> Duration {
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let trail = Arc::clone(trail);
            tokio::spawn(async move {
                for number in (caller..count).step_by(callers as usize) {
                    trail.record(entry(number)).await.expect("recorded");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a caller that ends");
    }
    start.elapsed()
}

fn bench(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mut group = criterion.benchmark_group("record");
    group.sample_size(10).measurement_time(Duration::from_secs(5)).throughput(Throughput::Elements(1));
    for callers in [1, 8, 64] {
        let trail = Arc::new(Trail::open(&folder.path().join(format!("{callers}.db"))).expect("a trail"));
        group.bench_function(BenchmarkId::new("callers", callers), |bencher| {
            bencher.iter_custom(|count| runtime.block_on(record(&trail, callers, count)));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
