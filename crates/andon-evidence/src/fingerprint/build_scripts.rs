//! The files and variables that build scripts say that they read. The compiler does not know of them, since it reads
//! what a script made of them.
//!
//! Cargo keeps what a script printed, and runs the script again when something changes that it named with
//! `rerun-if-changed` or `rerun-if-env-changed`. A script that names nothing runs again when any file of its package
//! changes, so that every file of its package counts here. A script that reads something else and does not say so is
//! known by what it made: the files that the compiler takes in, and the conditions that it set.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::files::{self, FileError, sha256_hex};
use crate::fingerprint::dep_info::{DepInfo, EXTENSION};
use crate::fingerprint::paths::list;
use crate::layout::{CARGO_MANIFEST, LEDGER};

/// The file in which cargo keeps what a script printed.
const OUTPUT: &str = "output";
/// The folder beside it into which the script writes.
const OUT: &str = "out";
/// The deepest folder in it that is read.
const MAX_DEPTH: usize = 16;
/// The crate of the harness whose script says how it is optimised, which no fingerprint depends on.
const HARNESS: &str = "andon";
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
    /// The digest of the files that it made for the compiler and of the conditions that it set; none if there are none.
    pub(super) made: Option<String>,
}

/// What every script said whose output is in one of the folders `builds`, a profile's; with a `--target`, scripts are
/// built in one and their output is in the other. Sources are named from `workspace`.
pub(super) fn said(builds: &[PathBuf], workspace: &Path) -> Result<Vec<Said>, FileError> {
    let mut folders = Vec::new();
    for build in builds.iter().filter(|build| build.is_dir()) {
        folders.extend(list(build)?);
    }
    let mut said = Vec::new();
    for folder in folders.iter().filter(|folder| folder.join(OUTPUT).is_file()) {
        for source in sources(folder, &folders)? {
            let output = String::from_utf8_lossy(&files::read(&folder.join(OUTPUT))?).into_owned();
            let made = made(folder, &output)?;
            said.push(Said { made, ..parse(workspace.join(source), &output)? });
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

/// The digest of what a script made. A script can read what it does not declare, but not use it without a trace here.
fn made(folder: &Path, output: &str) -> Result<Option<String>, FileError> {
    let is_condition = |line: &&str| line.starts_with("cargo:") && line.contains("rustc-cfg=");
    let is_of_harness = package(folder).is_some_and(|package| package == HARNESS);
    let mut lines: Vec<String> =
        output.lines().filter(is_condition).filter(|_| !is_of_harness).map(str::to_owned).collect();
    add_files(&folder.join(OUT), 0, &mut lines)?;
    Ok((!lines.is_empty()).then(|| sha256_hex(lines.join("\n").as_bytes())))
}

/// A line for each file below the folder, in the order of their names.
fn add_files(folder: &Path, depth: usize, lines: &mut Vec<String>) -> Result<(), FileError> {
    let mut entries = if folder.is_dir() && depth < MAX_DEPTH { list(folder)? } else { Vec::new() };
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            add_files(&entry, depth + 1, lines)?;
        } else {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            lines.push(format!("{}  {name}", sha256_hex(&files::read(&entry)?)));
        }
    }
    Ok(())
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
    Ok(Said { source, paths, variables, made: None })
}

/// True for what is hidden, and for what is no source but written by cargo and Andon.
fn is_written(entry: &Path) -> bool {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || WRITTEN.contains(&name.as_ref())
}
