//! The deployed program.

use std::process::ExitCode;

fn main() -> ExitCode {
    lightgbm_example::main()
}
