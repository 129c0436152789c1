//! The crates and files that cargo manifests name by path.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::files::{self, FileError};
use crate::fingerprint::error::FingerprintError;
use crate::fingerprint::paths::{list, normalised};
use crate::layout::CARGO_MANIFEST;

/// Collects what the manifest in `folder` names by path: the folders of path dependencies, and theirs, into `crates`;
/// single files, such as the root of a target in an unusual place, into `files`.
pub(super) fn follow_paths(
    root: &Path,
    folder: &Path,
    crates: &mut BTreeSet<PathBuf>,
    files: &mut BTreeSet<PathBuf>,
) -> Result<(), FingerprintError> {
    let path = root.join(folder).join(CARGO_MANIFEST);
    let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
    let manifest: toml::Table =
        toml::from_str(&text).map_err(|source| FingerprintError::Manifest { path, source: Box::new(source) })?;
    let mut named = Vec::new();
    if let Some(toml::Value::String(script)) = manifest.get("package").and_then(|package| package.get("build")) {
        named.push(script.clone());
    }
    collect_paths(&toml::Value::Table(manifest), &mut named);
    for relative in named {
        let named = normalised(&folder.join(relative));
        if root.join(&named).join(CARGO_MANIFEST).is_file() {
            if crates.insert(named.clone()) {
                follow_paths(root, &named, crates, files)?;
            }
        } else if root.join(&named).is_file() {
            files.extend(modules_beside(root, &named)?);
        }
    }
    Ok(())
}

/// The features that these features of the package in `root` switch on, themselves included, as cargo writes them into
/// the names of variables.
pub(super) fn features(root: &Path, on: &[&str]) -> Result<BTreeSet<String>, FingerprintError> {
    let path = root.join(CARGO_MANIFEST);
    let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
    let manifest: toml::Table =
        toml::from_str(&text).map_err(|source| FingerprintError::Manifest { path, source: Box::new(source) })?;
    let table = manifest.get("features").and_then(toml::Value::as_table);
    let mut open: Vec<String> = on.iter().map(|&feature| feature.to_owned()).collect();
    let mut found = BTreeSet::new();
    while let Some(feature) = open.pop() {
        if found.insert(feature.replace('-', "_").to_uppercase()) {
            let listed = table.and_then(|table| table.get(&feature)).and_then(toml::Value::as_array);
            open.extend(listed.into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())));
        }
    }
    Ok(found)
}

/// The places where the modules of a target may be: the folder of its root. The package's own folder holds much else,
/// such as `target/`, so only its Rust files and the folders named after one are taken.
fn modules_beside(root: &Path, target: &Path) -> Result<Vec<PathBuf>, FileError> {
    let folder = target.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() {
        return Ok(vec![folder.to_owned()]);
    }
    let named: Vec<PathBuf> = list(root)?.iter().filter_map(|path| path.file_name()).map(PathBuf::from).collect();
    let is_source = |path: &Path| path.extension().is_some_and(|extension| extension == "rs");
    let is_module = |path: &Path| is_source(path) || root.join(path).join("mod.rs").exists();
    let sources = named.iter().filter(|path| is_module(path) || named.contains(&path.with_extension("rs")));
    Ok(sources.cloned().collect())
}

/// Every `path = "..."` in a manifest, wherever it stands: dependencies of all kinds, targets, patches.
fn collect_paths(value: &toml::Value, found: &mut Vec<String>) {
    match value {
        toml::Value::Array(values) => values.iter().for_each(|value| collect_paths(value, found)),
        toml::Value::Table(table) => {
            for (key, inner) in table {
                match inner {
                    toml::Value::String(path) if key == "path" => found.push(path.clone()),
                    inner => collect_paths(inner, found),
                }
            }
        }
        _ => {}
    }
}
