//! Remembers which compiler, target and flags this crate was built with; all are part of the fingerprint.

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
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=ANDON_TARGET={target}");
    // Cargo runs this again for flags of its configuration, but not for flags of the environment if it has a --target.
    let of_target = format!("CARGO_TARGET_{}_RUSTFLAGS", target.to_uppercase().replace(['-', '.'], "_"));
    for variable in ["RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", &of_target] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    // A flag that renames a folder in messages changes nothing else, and must not bring that folder into the program.
    let counts = |flag: &&str| !flag.starts_with("--remap-path-prefix=");
    let flags: Vec<&str> = flags.split('\u{1f}').filter(counts).collect();
    println!("cargo::rustc-env=ANDON_RUSTFLAGS={}", flags.join(" "));
}
