//! The deployed program.

use std::process::ExitCode;

fn main() -> ExitCode {
    german_credit::main()
}
