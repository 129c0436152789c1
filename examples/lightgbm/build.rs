//! With the `deploy` feature: packages the model, and fails unless the decision is GO. Without it: does nothing.

use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    package()
}

#[cfg(not(feature = "deploy"))]
fn package() -> ExitCode {
    ExitCode::SUCCESS
}

#[cfg(feature = "deploy")]
fn package() -> ExitCode {
    match andon_evidence::package::package_into_out_dir() {
        Ok(lines) => {
            print!("{lines}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\n{error}");
            ExitCode::FAILURE
        }
    }
}
