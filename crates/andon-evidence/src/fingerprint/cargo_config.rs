//! The configuration of cargo that changes what is compiled: replaced and vendored sources, patches, flags.
//!
//! Cargo reads `.cargo/config.toml` in the root, in every folder above it, and in its own home.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::files::{self, sha256_hex};
use crate::fingerprint::error::FingerprintError;
use crate::fingerprint::paths::{relative_to, slashed};
use crate::layout::CARGO_MANIFEST;

/// Tables that do not change what is compiled. A source of a registry is checked by the lock file, and a folder of
/// sources is taken in itself.
const HARMLESS: [&str; 16] = [
    "alias",
    "cache",
    "cargo-new",
    "credential-alias",
    "doc",
    "future-incompat-report",
    "http",
    "install",
    "net",
    "paths",
    "patch",
    "registries",
    "registry",
    "resolver",
    "source",
    "term",
];
/// Keys of `[build]` that do not change what is compiled.
const HARMLESS_IN_BUILD: [&str; 4] = ["build-dir", "incremental", "jobs", "target-dir"];
/// Keys whose values are paths of sources or of more configuration.
const PATHS: [&str; 4] = ["directory", "include", "path", "paths"];

/// Keys whose values are programs that cargo calls in place of the compiler, around it, after it, or to run a test.
const PROGRAMS: [&str; 5] = ["linker", "runner", "rustc", "rustc-workspace-wrapper", "rustc-wrapper"];

/// The sources and settings that the configuration brings in.
#[derive(Debug, Default)]
pub(super) struct CargoConfig {
    /// Folders of packages, by their path from the root.
    pub(super) crates: BTreeSet<PathBuf>,
    /// Folders of vendored sources, and files of more configuration.
    pub(super) files: BTreeSet<PathBuf>,
    /// The digest of the settings in each file outside the root.
    pub(super) settings: BTreeMap<String, String>,
    /// The programs that cargo is told to call, as they are written.
    pub(super) programs: BTreeSet<String>,
}

impl CargoConfig {
    /// Reads every configuration that holds in `root`.
    pub(super) fn read(root: &Path) -> Result<Self, FingerprintError> {
        let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let mut config = Self::default();
        for folder in absolute.ancestors() {
            for name in ["config", "config.toml"] {
                let path = folder.join(".cargo").join(name);
                let label = (folder != absolute).then(|| slashed(&relative_to(&absolute, &path)));
                config.add(&absolute, folder, &path, label)?;
            }
        }
        if let Some(home) = cargo_home() {
            let above = home.parent().unwrap_or(&home).to_owned();
            let is_above = home.ends_with(".cargo") && absolute.starts_with(&above);
            if !is_above {
                for name in ["config", "config.toml"] {
                    config.add(&absolute, &above, &home.join(name), Some(format!("CARGO_HOME/{name}")))?;
                }
            }
        }
        Ok(config)
    }

    fn add(&mut self, root: &Path, folder: &Path, path: &Path, label: Option<String>) -> Result<(), FingerprintError> {
        if !path.is_file() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
        let form = |source| FingerprintError::Manifest { path: path.to_owned(), source: Box::new(source) };
        let table: toml::Table = toml::from_str(&text).map_err(form)?;
        let value = toml::Value::Table(table.clone());
        let beside = path.parent().unwrap_or(folder);
        let places = |name: &str| [folder, beside].map(|base| base.join(name)).into_iter();
        for name in texts(&value, &PATHS) {
            self.take_in(root, places(&name).find(|named| named.exists()));
        }
        for program in texts(&value, &PROGRAMS) {
            // Arguments may follow, and a program without a path is found in PATH.
            let names = [program.as_str(), program.split_whitespace().next().unwrap_or_default()];
            self.take_in(root, names.into_iter().flat_map(places).find(|named| named.is_file()));
            self.programs.insert(program);
        }
        let settings = settings(table);
        if let (Some(label), false) = (label, settings.is_empty()) {
            self.settings.insert(format!("(cargo configuration) {label}"), sha256_hex(settings.to_string().as_bytes()));
        }
        Ok(())
    }

    fn take_in(&mut self, root: &Path, found: Option<PathBuf>) {
        let Some(found) = found else { return };
        let path = relative_to(root, &found);
        let chosen = if found.join(CARGO_MANIFEST).is_file() { &mut self.crates } else { &mut self.files };
        chosen.insert(path);
    }
}

/// The settings that can change what is compiled.
fn settings(mut table: toml::Table) -> toml::Table {
    HARMLESS.iter().for_each(|name| drop(table.remove(*name)));
    if let Some(toml::Value::Table(build)) = table.get_mut("build") {
        HARMLESS_IN_BUILD.iter().for_each(|name| drop(build.remove(*name)));
        if build.is_empty() {
            table.remove("build");
        }
    }
    table
}

/// Every text under one of the keys, wherever it stands.
fn texts(value: &toml::Value, keys: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, keys, false, &mut found);
    found
}

fn collect(value: &toml::Value, keys: &[&str], is_named: bool, found: &mut Vec<String>) {
    match value {
        toml::Value::String(text) if is_named => found.push(text.clone()),
        toml::Value::Array(values) => values.iter().for_each(|value| collect(value, keys, is_named, found)),
        toml::Value::Table(table) => {
            table.iter().for_each(|(key, value)| collect(value, keys, keys.contains(&key.as_str()), found));
        }
        _ => {}
    }
}

/// The home of cargo: `CARGO_HOME`, or `.cargo` in the user's home.
#[must_use]
pub fn cargo_home() -> Option<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}
