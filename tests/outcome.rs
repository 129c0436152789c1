//! The end of `cargo test`: the decision that the gates add up to. No gate itself, and no test harness: it runs after
//! the gates whatever the filter is, and makes the run red unless the decision is GO. A run of some tests may be
//! incomplete.
#![expect(clippy::print_stdout, reason = "the end of a run talks to its user")]

use std::io::IsTerminal;
use std::process::ExitCode;

use andon::evidence::run::RunEnd;

fn main() -> ExitCode {
    let end = RunEnd::read(env!("CARGO_MANIFEST_DIR"), std::env::args().skip(1));
    print!("{}", end.text(std::io::stdout().is_terminal()));
    ExitCode::from(end.exit_code())
}
