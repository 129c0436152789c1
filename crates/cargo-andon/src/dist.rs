//! The artifact: the program with what it was decided on, in a folder under `dist/` that is whole or not there.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use andon_evidence::evidence::today;
use andon_evidence::files::{self, FileError, sha256_hex};
use andon_evidence::fingerprint::Toolchain;
use andon_evidence::package::{EVIDENCE, Package, SUMS, identity};
use anyhow::{Result, bail};

use crate::cargo;

/// Where the artifact of a version lies.
pub(crate) fn folder(root: &Path, name: &str, version: &str) -> PathBuf {
    root.join("dist").join(format!("{name}-{version}"))
}

/// A release that may ship, in its place.
pub(crate) struct Artifact {
    /// `dist/<name>-<version>` under the release's root.
    pub(crate) folder: PathBuf,
    program: OsString,
}

impl Artifact {
    /// Builds, fills and checks the artifact aside, and only then puts it in the place of an earlier one.
    ///
    /// # Errors
    /// When the decision is no longer GO, the build fails, a file cannot be written, or the program was built on
    /// other evidence.
    pub(crate) fn make(root: &Path) -> Result<Self> {
        let (name, version) = identity(root)?;
        let built = cargo::build_program(root, &name)?;
        // Only now, so that an input changed during the build is seen.
        let files = Package::assemble(root, &Toolchain::current(), today())?.all_files()?;
        let program = built.file_name().unwrap_or(OsStr::new(&name)).to_owned();
        let artifact = Self { folder: folder(root, &name, &version), program };
        replace(&artifact.folder, |folder| {
            let program = folder.join(&artifact.program);
            fs::copy(&built, &program).map_err(FileError::io("copy", &built))?;
            fill(folder, &files)?;
            check_embedded(&program, &files)
        })?;
        Ok(artifact)
    }

    /// The path of the program.
    pub(crate) fn program(&self) -> PathBuf {
        self.folder.join(&self.program)
    }
}

/// Writes the files into `folder`, and the digests of all that is then there.
fn fill(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    for (name, bytes) in files {
        write(&folder.join(name), bytes)?;
    }
    let mut sums = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(FileError::io("read", folder))? {
        let path = entry.map_err(FileError::io("read", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sums.insert(name, sha256_hex(&files::read(&path)?));
    }
    let lines: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    write(&folder.join(SUMS), lines.as_bytes())
}

/// Not atomic, since the folder is aside; with the usual permissions, since others may serve the artifact.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(fs::write(path, bytes).map_err(FileError::io("write", path))?)
}

/// Asks the program which evidence it was built on; it must be the evidence beside it.
fn check_embedded(program: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let output = Command::new(program).arg("evidence").output().map_err(FileError::io("run", program))?;
    let beside = files.get(EVIDENCE).map(|bytes| bytes.trim_ascii_end());
    if !output.status.success() || Some(output.stdout.trim_ascii_end()) != beside {
        bail!("the program was built on other evidence than {EVIDENCE}: it must not ship\nnext: cargo andon release");
    }
    Ok(())
}

/// Fills a new folder beside `place` and moves it there. Until it is whole, what is in `place` stays.
pub(crate) fn replace(place: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let failed = || FileError::io("write", place);
    let parent = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed())?;
    let aside = tempfile::Builder::new().prefix(".making-").tempdir_in(parent).map_err(failed())?;
    let (new, old) = (aside.path().join("new"), aside.path().join("old"));
    fs::create_dir(&new).map_err(failed())?;
    fill(&new)?;
    if place.exists() {
        fs::rename(place, &old).map_err(failed())?;
    }
    if let Err(error) = fs::rename(&new, place) {
        if old.exists() && fs::rename(&old, place).is_err() {
            bail!(
                "failed to write {}: {error}; the earlier one is kept in {}",
                place.display(),
                aside.keep().display()
            );
        }
        return Err(failed()(error).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn put(place: &Path, text: &'static str) {
        let fill = |folder: &Path| Ok(fs::write(folder.join("file"), text)?);
        replace(place, fill).unwrap();
    }

    #[test]
    fn a_new_artifact_takes_the_place_of_the_old_one_and_nothing_is_left_beside_it() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("dist/x-1");
        put(&place, "old");
        fs::write(place.join("only the old one has this"), "").unwrap();
        put(&place, "new");
        assert_eq!(fs::read_to_string(place.join("file")).unwrap(), "new");
        assert_eq!((names(&place), names(&root.path().join("dist"))), (vec!["file".into()], vec!["x-1".into()]));
    }

    #[test]
    fn a_failure_half_way_keeps_the_old_artifact_and_nothing_of_the_new_one() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("dist/x-1");
        let half_way = |folder: &Path| -> Result<()> {
            fs::write(folder.join("file"), "half")?;
            bail!("the disk is full")
        };
        assert!(replace(&place, half_way).is_err());
        assert!(names(&root.path().join("dist")).is_empty());
        put(&place, "old");
        assert_eq!(replace(&place, half_way).unwrap_err().to_string(), "the disk is full");
        assert_eq!(fs::read_to_string(place.join("file")).unwrap(), "old");
        assert_eq!(names(&root.path().join("dist")), ["x-1"]);
    }

    #[test]
    fn a_failed_move_puts_the_old_artifact_back() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("dist/x-1");
        put(&place, "old");
        // The new folder is gone by the time it is to be moved.
        let vanishing = |folder: &Path| Ok(fs::remove_dir(folder)?);
        assert!(replace(&place, vanishing).is_err());
        assert_eq!(fs::read_to_string(place.join("file")).unwrap(), "old");
        assert_eq!(names(&root.path().join("dist")), ["x-1"]);
    }

    #[test]
    fn the_sums_are_sorted_and_cover_every_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("program"), "").unwrap();
        fill(folder.path(), &BTreeMap::from([("a.json".to_owned(), b"{}".to_vec())])).unwrap();
        let sums = fs::read_to_string(folder.path().join(SUMS)).unwrap();
        assert_eq!(sums, format!("{}  a.json\n{}  program\n", sha256_hex(b"{}"), sha256_hex(b"")));
    }
}
