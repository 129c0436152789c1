//! The deployed program. It is a module of the library, so that the gates and the program share one compilation of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    loan_approval::program::main()
}
