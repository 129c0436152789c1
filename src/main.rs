//! The deployed program.

use std::process::ExitCode;

fn main() -> ExitCode {
    loan_approval::main()
}
