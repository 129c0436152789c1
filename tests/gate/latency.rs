//! How long does one decision take?

use std::time::Duration;

use criterion::Criterion;

use andon::gate_id;

use crate::{Gate, release};

/// The 99th percentile of single calls, measured by the same function as in `cargo bench`.
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

/// Time of a decision divided by the time to sort 1,000 numbers: shows a slower model on any machine.
#[test]
fn relative() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::latency::relative(gate.judged()?))
}
