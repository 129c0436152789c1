//! How long does one decision take?

use std::time::Duration;

use criterion::Criterion;

use andon::gate_id;

use crate::{Gate, release};

/// The 99th percentile of single calls, by the same function that `cargo bench` reports.
#[test]
fn decision() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let mut criterion = Criterion::default()
            .sample_size(10)
            .warm_up_time(Duration::from_millis(100))
            .measurement_time(Duration::from_millis(400))
            .without_plots();
        andon::families::latency::decision(&mut criterion, gate.judged()?)
    })
}

/// A decision against sorting 1,000 numbers: a slower model shows on any machine.
#[test]
fn relative() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::latency::relative(gate.judged()?))
}
