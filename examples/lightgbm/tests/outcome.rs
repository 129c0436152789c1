//! The end of `cargo test`: the decision that the gates add up to. No gate itself, and no test harness: it runs after
//! the gates whatever the filter is, and makes the run red unless the decision is GO. A run of some tests may be
//! incomplete.

use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;

use andon::evidence::run::RunEnd;

fn main() -> ExitCode {
    let end = RunEnd::read(env!("CARGO_MANIFEST_DIR"), std::env::args().skip(1));
    // A closed pipe changes no decision.
    let _ = stdout().write_all(end.text(stdout().is_terminal()).as_bytes());
    ExitCode::from(end.exit_code())
}
