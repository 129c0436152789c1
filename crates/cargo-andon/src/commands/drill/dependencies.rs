//! The builds of dependencies that cargo made beside this program are copied for the drill, which then compiles only
//! the packages of the release. The copy cannot share the folder, since cargo would mistake its packages for the
//! release's.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use andon_evidence::files::FileError;
use anyhow::{Context, Result};
use cargo_lock::Lockfile;

/// The folder of the profile that the gates of a drill are built with.
const PROFILE: &str = "release";
/// Cargo's record of each build, one folder a build, named `PACKAGE-HASH`.
const RECORDS: &str = ".fingerprint";
/// The output of build scripts, in folders of the same names.
const SCRIPTS: &str = "build";
/// The libraries, in files named `libCRATE-HASH.*`.
const LIBRARIES: &str = "deps";

/// Gives the drill in `target` the builds of dependencies that cargo made for this program with the gates' profile.
///
/// # Errors
/// If the lock file in `root` cannot be read, or a file cannot be copied.
pub(super) fn share(root: &Path, target: &Path) -> Result<()> {
    let program = std::env::current_exe().context("failed to find this program")?;
    let Some(built) = program.parent().filter(|folder| folder.ends_with(PROFILE)) else { return Ok(()) };
    let lock = Lockfile::load(root.join("Cargo.lock")).context("failed to read Cargo.lock")?;
    let workspace = lock.packages.into_iter().filter(|package| package.source.is_none());
    copy(built, &target.join(PROFILE), &workspace.map(|package| package.name.to_string()).collect())
}

/// Copies the builds of every package that is not of the workspace from a profile's folder to another, unless that
/// exists. Cargo checks each and builds anew what does not fit.
///
/// # Errors
/// If a file cannot be copied.
fn copy(from: &Path, to: &Path, workspace: &BTreeSet<String>) -> Result<()> {
    if to.exists() || !from.join(RECORDS).is_dir() {
        return Ok(());
    }
    let builds = names(&from.join(RECORDS))?.into_iter().filter(|build| is_foreign(build, workspace));
    let builds: BTreeSet<String> = builds.collect();
    let hashes: BTreeSet<&str> = builds.iter().filter_map(|build| hash(build)).collect();
    for build in &builds {
        copy_all(&from.join(RECORDS).join(build), &to.join(RECORDS).join(build))?;
        copy_all(&from.join(SCRIPTS).join(build), &to.join(SCRIPTS).join(build))?;
    }
    for file in names(&from.join(LIBRARIES))? {
        if hash(&file).is_some_and(|hash| hashes.contains(hash)) {
            copy_all(&from.join(LIBRARIES).join(&file), &to.join(LIBRARIES).join(&file))?;
        }
    }
    Ok(())
}

/// True for a build of a package from elsewhere.
fn is_foreign(build: &str, workspace: &BTreeSet<String>) -> bool {
    build.rsplit_once('-').is_some_and(|(package, _)| !workspace.contains(package))
}

/// The text between the last hyphen and the extension.
fn hash(name: &str) -> Option<&str> {
    name.rsplit_once('-')?.1.split('.').next()
}

fn names(folder: &Path) -> Result<Vec<String>, FileError> {
    let entries = fs::read_dir(folder).map_err(FileError::io("read", folder))?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    names.collect::<Result<_, _>>().map_err(FileError::io("read", folder))
}

/// Copies a file or a folder, each file with its time, by which cargo knows what is newer; nothing if there is none.
fn copy_all(from: &Path, to: &Path) -> Result<(), FileError> {
    if from.is_dir() {
        return names(from)?.iter().try_for_each(|name| copy_all(&from.join(name), &to.join(name)));
    }
    let Ok(time) = from.metadata().and_then(|metadata| metadata.modified()) else { return Ok(()) };
    let copied = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::copy(from, to));
    let opened = copied.and_then(|_| fs::File::options().append(true).open(to));
    opened.and_then(|file| file.set_modified(time)).map_err(FileError::io("write", to))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn builds_of_others_are_copied_with_their_times_and_those_of_the_workspace_are_not() {
        let home = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| home.path().join(name));
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        let theirs = [".fingerprint/serde-json-1a/lib", "build/serde-json-1a/out/x.rs", "deps/libserde_json-1a.rlib"];
        let ours = [".fingerprint/loan-2b/lib", "deps/libloan-2b.rlib", "deps/gate-3c", "incremental/loan-2b/x"];
        for path in theirs.iter().chain(&ours).map(|path| from.join(path)) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "built").unwrap();
            fs::File::options().append(true).open(&path).unwrap().set_modified(old).unwrap();
        }
        copy(&from, &to, &BTreeSet::from(["loan".to_owned()])).unwrap();
        for path in theirs {
            assert_eq!(to.join(path).metadata().unwrap().modified().unwrap(), old, "{path}");
        }
        assert!(ours.iter().all(|path| !to.join(path).exists()));
    }
}
