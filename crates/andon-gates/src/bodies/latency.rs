//! The family `latency`: how long does one decision take?

use std::time::Duration;

use andon::Record;
use andon::families::latency;
use criterion::Criterion;

use crate::body::Body;

/// The bodies by question.
pub(super) fn find_body<R: Record>(question: &str) -> Option<Body<R>> {
    let body: Body<R> = match question {
        // The 99th percentile of single calls, measured by the same function as in `cargo bench`.
        "decision" => |gate, _, _| latency::decision(&mut short_run(), gate.judged()?),
        // Time of a decision divided by the time to sort 1,000 numbers: shows a slower model on any machine.
        "relative" => |gate, _, _| latency::relative(gate.judged()?),
        _ => return None,
    };
    Some(body)
}

fn short_run() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400))
        .without_plots()
}
