//! Remembers which compiler and target this crate was built with; both are part of the fingerprint.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc)
        .arg("-vV")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).replace('\n', "; "))
        .unwrap_or_default();
    println!("cargo::rustc-env=ANDON_COMPILER={version}");
    println!("cargo::rustc-env=ANDON_TARGET={}", std::env::var("TARGET").unwrap_or_default());
}
