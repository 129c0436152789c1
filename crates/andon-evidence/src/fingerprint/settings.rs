//! Flags of the compiler and variables of the environment that change what is compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use crate::files::sha256_hex;
use crate::fingerprint::paths::normalised;

/// The name by which the flags of the compiler are listed.
pub(super) const FLAGS: &str = "RUSTFLAGS";
/// What begins the name of an input that is a variable.
pub(super) const VARIABLE: &str = "(variable) ";
/// The prefixes of variables that cargo sets for each crate.
const CARGO_VARIABLES: [&str; 10] = [
    "CARGO_BIN_",
    "CARGO_CFG_",
    "CARGO_CRATE_NAME",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_FEATURE_",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
    "CARGO_WORKSPACE_DIR",
];
/// The prefixes of variables by which a user changes how cargo compiles.
const BUILD_VARIABLES: [&str; 2] = ["CARGO_PROFILE_", "CARGO_BUILD_RUSTC"];
/// Variables that name a program which cargo calls in place of the compiler or around it, and the one that lets the
/// stable compiler take unstable code.
const COMPILER_VARIABLES: [&str; 4] = [RUSTC, "RUSTC_BOOTSTRAP", "RUSTC_WORKSPACE_WRAPPER", "RUSTC_WRAPPER"];
/// Variables of one target, such as `CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER`: how they begin and end.
const TARGET_VARIABLES: (&str, [&str; 3]) = ("CARGO_TARGET_", ["_LINKER", "_RUNNER", "_RUSTFLAGS"]);
/// The compiler, for which cargo sets a variable in every build script.
const RUSTC: &str = "RUSTC";
/// Variables that cargo sets itself, or that are inputs by another name.
const KNOWN_VARIABLES: [&str; 5] = ["CARGO", "OUT_DIR", "ANDON_COMPILER", "ANDON_TARGET", "ANDON_RUSTFLAGS"];

/// The variables of this process.
pub(super) fn environment() -> BTreeMap<String, String> {
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect()
}

pub(super) fn changes_build(name: &str) -> bool {
    let (prefix, suffixes) = TARGET_VARIABLES;
    let is_of_target = name.starts_with(prefix) && suffixes.iter().any(|suffix| name.ends_with(suffix));
    is_of_target || COMPILER_VARIABLES.contains(&name) || BUILD_VARIABLES.iter().any(|prefix| name.starts_with(prefix))
}

/// True for a variable that cargo itself sets in a build script: the compiler beside cargo, or a program that the
/// configuration names.
pub(super) fn is_by_cargo(
    name: &str,
    value: &str,
    build: &BTreeMap<String, String>,
    configured: &BTreeSet<String>,
) -> bool {
    let value = Path::new(value);
    let is_beside_cargo = || {
        let cargo = build.get("CARGO").map(Path::new);
        value == Path::new("rustc") || cargo.is_some_and(|cargo| cargo.parent() == value.parent())
    };
    let is_configured = || configured.iter().any(|program| value.ends_with(normalised(Path::new(program))));
    COMPILER_VARIABLES.contains(&name) && (name == RUSTC && is_beside_cargo() || is_configured())
}

/// True if cargo was given a `--target`, by the folder that a build script writes into. Flags then do not hold for
/// build scripts, which may do other things without them.
pub(super) fn has_target_folder(build: &BTreeMap<String, String>) -> bool {
    let target = build.get("TARGET").map(OsStr::new);
    let out = build.get("OUT_DIR").map(Path::new);
    target.is_some() && out.is_some_and(|out| out.ancestors().any(|folder| folder.file_name() == target))
}

/// True for a variable that cargo sets itself, or that is an input by another name.
pub(super) fn is_of_cargo(name: &str) -> bool {
    KNOWN_VARIABLES.contains(&name) || CARGO_VARIABLES.iter().any(|prefix| name.starts_with(prefix))
}

/// The flags of the compiler that this library was built with, if there were any: they can switch code on and off.
pub(super) fn flags(of_target_alone: bool) -> Option<(String, String)> {
    Some((FLAGS.to_owned(), flags_digest(env!("ANDON_RUSTFLAGS"), of_target_alone)?))
}

pub(super) fn flags_digest(flags: &str, of_target_alone: bool) -> Option<String> {
    let holds_for = if of_target_alone { " (not for build scripts)" } else { "" };
    (!flags.is_empty()).then(|| sha256_hex(format!("{flags}{holds_for}").as_bytes()))
}
