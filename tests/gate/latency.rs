//! How long does one decision take?

use crate::{Gate, gate, gate_id};

/// The 99th percentile of single calls, measured by the same function as in `cargo bench`.
#[test] fn decision() -> Gate { gate(&gate_id!()) }
/// Time of a decision divided by the time to sort 1,000 numbers: shows a slower model on any machine.
#[test] fn relative() -> Gate { gate(&gate_id!()) }
