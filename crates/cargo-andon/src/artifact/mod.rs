//! The artifact: the program with what it was decided on, in a folder under `dist/` that is whole or not there.

pub(crate) mod signing;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use andon_evidence::evidence::today;
use andon_evidence::files::{self, FileError, sha256_hex};
use andon_evidence::fingerprint::Toolchain;
use andon_evidence::layout::{EVIDENCE, SUMS};
use andon_evidence::package::{Manifest, Package, identity};
use anyhow::{Context, Result, bail};

use crate::artifact::signing::{Key, envelope, folder_signature};
use crate::forms::{self, LOCK_FILE, Material, statements};
use crate::run::cargo;

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
    pub(crate) fn make(root: &Path, key: Option<&Key>) -> Result<Self> {
        let (name, version) = identity(root)?;
        let built = cargo::build_program(root, &name)?;
        // Only now, so that an input changed during the build is seen.
        let package = Package::assemble(root, &Toolchain::current(), today())?;
        let program = built.file_name().unwrap_or(OsStr::new(&name)).to_owned();
        let artifact = Self { folder: folder(root, &name, &version), program };
        let mut files = package.all_files()?;
        files.insert(artifact.program.to_string_lossy().into_owned(), files::read(&built)?);
        let digests = complete(root, &package, key, &mut files)?;
        replace(&artifact.folder, |folder| {
            files.iter().try_for_each(|(name, bytes)| write(&folder.join(name), bytes))?;
            let program = folder.join(&artifact.program);
            let permissions = fs::metadata(&built).map_err(FileError::io("read", &built))?.permissions();
            fs::set_permissions(&program, permissions).map_err(FileError::io("write", &program))?;
            check_embedded(&program, &files)
        })?;
        sign(&signature_path(&artifact.folder), &package.manifest, &digests, key)?;
        Ok(artifact)
    }

    /// The path of the program.
    pub(crate) fn program(&self) -> PathBuf {
        self.folder.join(&self.program)
    }
}

/// Adds what follows from the package to its files: the forms, the statements about all of it, and the digests of what is
/// then there, which it returns.
fn complete(
    root: &Path,
    package: &Package,
    key: Option<&Key>,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, String>> {
    let lock = String::from_utf8(files::read(&root.join(LOCK_FILE))?).context("Cargo.lock is no text")?;
    let material = Material::of(&package.manifest, &package.files, &lock)?;
    files.extend(forms::render_all(&material)?);
    for (name, statement) in statements(&material, &digests(files))? {
        files.insert(name.to_owned(), serde_json::to_vec_pretty(&envelope(&statement, key)?)?);
    }
    let lines: String = digests(files).iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect();
    files.insert(SUMS.to_owned(), lines.into_bytes());
    Ok(digests(files))
}

/// The digest of each file.
pub(crate) fn digests(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, String> {
    files.iter().map(|(name, bytes)| (name.clone(), sha256_hex(bytes))).collect()
}

/// Puts the signature over an artifact in the place of an earlier one's, or nothing where nobody signs.
fn sign(path: &Path, manifest: &Manifest, digests: &BTreeMap<String, String>, key: Option<&Key>) -> Result<()> {
    let Some(key) = key else { return remove(path) };
    let new = path.with_extension("new");
    write(&new, serde_json::to_string_pretty(&folder_signature(&title(manifest), digests, key)?)?.as_bytes())?;
    Ok(fs::rename(&new, path).map_err(FileError::io("write", path))?)
}

/// What an artifact is called in its signature, wherever it lies.
pub(crate) fn title(manifest: &Manifest) -> String {
    format!("{}-{}", manifest.name, manifest.version)
}

/// Where the signature over a folder lies: beside it, since it is over everything inside.
pub(crate) fn signature_path(folder: &Path) -> PathBuf {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    PathBuf::from(format!("{}.sig.json", whole.display()))
}

/// Removes a file that may not be there.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(FileError::io("remove", path)(error).into()),
        _ => Ok(()),
    }
}

/// Not atomic, since the folder is aside; with the usual permissions, since others may serve the artifact.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(FileError::io("create", folder))?;
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
    let new = aside.path().join("new");
    let old = aside.path().join("old");
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
}
