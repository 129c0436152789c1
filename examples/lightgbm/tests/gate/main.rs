//! The Go/No-Go gates, one file for each family. The path of a test is the id of its bar in `release.toml`.
//! `cargo andon gates` writes the tests that the policy asks for and that are not there yet.
//!
//! A gate of your own measures in its test: `GATES.release()?.gate(&gate_id!(), |gate| ...)`.

// A table of contents is read a line a gate, which rustfmt would break into four.
#[rustfmt::skip]
mod accuracy;
#[rustfmt::skip]
mod calibration;
#[rustfmt::skip]
mod card;
#[rustfmt::skip]
mod contract;
#[rustfmt::skip]
mod explanation;
#[rustfmt::skip]
mod fairness;
#[rustfmt::skip]
mod import;
#[rustfmt::skip]
mod latency;
#[rustfmt::skip]
mod policy;
#[rustfmt::skip]
mod reproducibility;
#[rustfmt::skip]
mod robustness;
#[rustfmt::skip]
mod serving;

use andon::gate_id;
use andon_gates::{Gate, Gates};
use lightgbm_example::record::Record;

/// The release under judgement, shared by all gates of this process.
static GATES: Gates<Record> =
    Gates::new(&lightgbm_example::PROGRAM, env!("CARGO_MANIFEST_DIR"), env!("CARGO_BIN_EXE_lightgbm-example"));

/// Runs the gate of this id.
fn gate(id: &str) -> Gate {
    GATES.judge(id)
}

#[test]
fn every_gate_has_a_test_that_runs() -> Gate {
    GATES.each_has_a_test()
}

#[test]
fn no_gate_is_gone_without_a_reason() -> Gate {
    GATES.none_is_gone()
}
