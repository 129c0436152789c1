//! The files and variables that build scripts say that they read. The compiler does not know of them, since it reads
//! what a script made of them.
//!
//! Cargo keeps what a script printed, and runs the script again when something changes that it named with
//! `rerun-if-changed` or `rerun-if-env-changed`. A script that names nothing runs again when any file of its package
//! changes, so that every file of its package counts here.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::files::{self, FileError};
use crate::fingerprint::dep_info::{DepInfo, EXTENSION};
use crate::fingerprint::paths::list;
use crate::layout::{CARGO_MANIFEST, LEDGER};

/// The file in which cargo keeps what a script printed.
const OUTPUT: &str = "output";
/// What begins the name of a build script as it is built.
const SCRIPT: &str = "build_script_";
/// What cargo and Andon themselves write into a package.
const WRITTEN: [&str; 3] = ["target", "dist", LEDGER];

/// What one script said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The root of the script's own source.
    pub(super) source: PathBuf,
    /// Files and folders; absolute.
    pub(super) paths: Vec<PathBuf>,
    /// Names of environment variables.
    pub(super) variables: Vec<String>,
}

/// What every script said whose output is in `build`, the folder of a profile; sources are named from `workspace`.
pub(super) fn said(build: &Path, workspace: &Path) -> Result<Vec<Said>, FileError> {
    if !build.is_dir() {
        return Ok(Vec::new());
    }
    let folders = list(build)?;
    let mut said = Vec::new();
    for folder in folders.iter().filter(|folder| folder.join(OUTPUT).is_file()) {
        for source in sources(folder, &folders)? {
            let output = String::from_utf8_lossy(&files::read(&folder.join(OUTPUT))?).into_owned();
            said.push(parse(workspace.join(source), &output)?);
        }
    }
    Ok(said)
}

/// The sources of a package's scripts: they are built in a folder beside that of their output, with another hash.
fn sources(output: &Path, folders: &[PathBuf]) -> Result<Vec<PathBuf>, FileError> {
    let of_package = |folder: &&PathBuf| package(folder).is_some() && package(folder) == package(output);
    let mut found = Vec::new();
    for folder in folders.iter().filter(of_package).filter(|folder| folder.is_dir()) {
        let is_script = |file: &&PathBuf| {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with(SCRIPT) && file.extension() == Some(OsStr::new(EXTENSION))
        };
        for file in list(folder)?.iter().filter(is_script) {
            found.extend(DepInfo::read(file)?.files.into_iter().next());
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The name of the package in the name of a folder: `x-y` of `x-y-0123456789abcdef`.
fn package(folder: &Path) -> Option<&str> {
    folder.file_name()?.to_str()?.rsplit_once('-').map(|(package, _)| package)
}

fn parse(source: PathBuf, output: &str) -> Result<Said, FileError> {
    let home = source.ancestors().find(|folder| folder.join(CARGO_MANIFEST).is_file()).unwrap_or(Path::new(""));
    let named = |key: &str| {
        let lines =
            output.lines().filter_map(|line| line.strip_prefix("cargo:")).map(|line| line.trim_start_matches(':'));
        let values = lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        values.map(str::to_owned).collect::<Vec<String>>()
    };
    let variables = named("rerun-if-env-changed");
    let mut paths: Vec<PathBuf> = named("rerun-if-changed").iter().map(|path| home.join(path)).collect();
    if paths.is_empty() && variables.is_empty() && home.is_dir() {
        paths = list(home)?.into_iter().filter(|entry| !is_written(entry)).collect();
    }
    Ok(Said { source, paths, variables })
}

/// True for what is hidden, and for what is no source but written by cargo and Andon.
fn is_written(entry: &Path) -> bool {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || WRITTEN.contains(&name.as_ref())
}
