//! The artifact: the program, its package and the forms for other tools, in a folder under `dist/`. The folder is
//! complete or absent.

pub(crate) mod only_scores;
pub(crate) mod rehearsal;
pub(crate) mod signing;
mod times;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use andon_evidence::decision::Decision;
use andon_evidence::evidence::{Store, today};
use andon_evidence::files::{self, FileError, sha256_hex};
use andon_evidence::fingerprint::{self, Toolchain};
use andon_evidence::layout::{CARGO_LOCK, EVIDENCE, SIGNED_EVIDENCE, SUMS};
use andon_evidence::package::{Manifest, Package, evidence_statement, identity, read_folder};
use andon_evidence::policy::Policy;
use anyhow::{Context, Result, bail};

use crate::artifact::rehearsal::{
    ExpectedAnswers, REHEARSAL_FILE, RefusedProgram, RehearsalRecord, command, rehearse, run_bounded,
};
use crate::artifact::signing::{PrivateKey, envelope, folder_signature};
use crate::artifact::times::ReleaseTimes;
use crate::forms::{self, FormSource, statements};
use crate::run::cargo;

/// The time that the program has to print its evidence.
const EVIDENCE_TIME: Duration = Duration::from_secs(60);

/// The number of bytes that the program may print beyond its evidence.
const MAX_SPARE_BYTES: usize = 64;

/// The folder of a version's artifact.
pub(crate) fn folder(root: &Path, name: &str, version: &str) -> PathBuf {
    root.join("dist").join(format!("{name}-{version}"))
}

/// An artifact in its folder.
pub(crate) struct ShippedArtifact {
    /// `dist/<name>-<version>` in the root of the release.
    pub(crate) folder: PathBuf,
    /// What the program was asked before it was put in place.
    pub(crate) rehearsal: String,
    /// The times that it was measured with.
    pub(crate) times: ReleaseTimes,
    program: OsString,
}

impl ShippedArtifact {
    /// Builds, fills and checks the artifact in a temporary folder, and then replaces an earlier one by it. The times
    /// of the decision lie beside it.
    ///
    /// # Errors
    /// If the decision is no longer GO, the build fails, a file cannot be written, or the program was built on other
    /// evidence. [`RefusedProgram`] if the program does not answer as the judged model, or not in time.
    pub(crate) fn make(root: &Path, decision: &Decision, key: Option<&PrivateKey>) -> Result<Self> {
        let (name, version) = identity(root)?;
        sign_evidence(root, key)?;
        let built = cargo::build_program(root, &name)?;
        check_sources(root, &built)?;
        // After the build, so that an input that changed meanwhile is noticed.
        let package = Package::assemble(root, &Toolchain::current(), today())?;
        let expected = ExpectedAnswers::read(root, &package)?;
        let program = built.file_name().unwrap_or(OsStr::new(&name)).to_owned();
        let program_bytes = files::read(&built)?;
        let rehearsal = RehearsalRecord::new(&program_bytes, &expected);
        let folder = folder(root, &name, &version);
        let mut files = package.all_files()?;
        files.insert(program.to_string_lossy().into_owned(), program_bytes.clone());
        // It is put in place with the program, and so only if the rehearsal succeeds.
        files.insert(REHEARSAL_FILE.to_owned(), serde_json::to_vec_pretty(&rehearsal)?);
        let digests = add_forms(root, &package, key, &mut files)?;
        let load = replace(&folder, |folder| {
            files.iter().try_for_each(|(name, bytes)| write(&folder.join(name), bytes))?;
            let program = folder.join(&program);
            let permissions = fs::metadata(&built).map_err(FileError::io("read", &built))?.permissions();
            fs::set_permissions(&program, permissions).map_err(FileError::io("write", &program))?;
            check_embedded(&program, &files)?;
            let load = rehearse(&program, &expected)?;
            ensure_unchanged(folder, &files)?;
            Ok(load)
        })?;
        sign(&signature_path(&folder), &package.manifest, &digests, key)?;
        let times = ReleaseTimes::new(&program_bytes, load, decision);
        times.write(&folder)?;
        Ok(Self { folder, rehearsal: rehearsal.line(), times, program })
    }

    /// The path of the program.
    pub(crate) fn program(&self) -> PathBuf {
        self.folder.join(&self.program)
    }
}

/// Signs the evidence, because the build script of a release that trusts a key takes no other. Without a key, the
/// evidence must be signed already.
fn sign_evidence(root: &Path, key: Option<&PrivateKey>) -> Result<()> {
    let package = Package::assemble(root, &Toolchain::current(), today())?;
    if let Some(key) = key {
        files::write_atomically(&Store::in_root(root).path(SIGNED_EVIDENCE), &evidence_envelope(&package, Some(key))?)?;
    }
    Ok(package.check_trust(root)?)
}

/// The statement about the evidence in its envelope, as a file.
fn evidence_envelope(package: &Package, key: Option<&PrivateKey>) -> Result<Vec<u8>> {
    let evidence = package.all_files()?.remove(EVIDENCE).unwrap_or_default();
    let statement = serde_json::to_vec(&evidence_statement(&package.manifest, &evidence))?;
    Ok(serde_json::to_vec_pretty(&envelope(&statement, key)?)?)
}

/// Adds the files that follow from the package: the forms, the statements about all files, and the list of digests.
/// Returns the digests of all files.
fn add_forms(
    root: &Path,
    package: &Package,
    key: Option<&PrivateKey>,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, String>> {
    let lock = String::from_utf8(files::read(&root.join(CARGO_LOCK))?).context("Cargo.lock is not UTF-8 text")?;
    let source = FormSource::read(&package.manifest, &package.files, &lock)?;
    files.extend(forms::render_all(&source)?);
    files.insert(SIGNED_EVIDENCE.to_owned(), evidence_envelope(package, key)?);
    for (name, statement) in statements(&source, &digests(files))? {
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

/// Writes the signature of an artifact. Without a key it removes the signature of an earlier one.
fn sign(path: &Path, manifest: &Manifest, digests: &BTreeMap<String, String>, key: Option<&PrivateKey>) -> Result<()> {
    let Some(key) = key else { return remove_if_present(path) };
    let new = path.with_extension("new");
    write(&new, serde_json::to_string_pretty(&folder_signature(&title(manifest), digests, key)?)?.as_bytes())?;
    Ok(fs::rename(&new, path).map_err(FileError::io("write", path))?)
}

/// The name of an artifact in its signature, which does not depend on its folder.
pub(crate) fn title(manifest: &Manifest) -> String {
    format!("{}-{}", manifest.name, manifest.version)
}

/// The path of a folder's signature. It lies beside the folder, since it covers everything inside.
pub(crate) fn signature_path(folder: &Path) -> PathBuf {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    PathBuf::from(format!("{}.sig.json", whole.display()))
}

/// Removes a file, if it exists.
fn remove_if_present(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(FileError::io("remove", path)(error).into()),
        _ => Ok(()),
    }
}

/// Writes a file with the usual permissions, since another user may serve the artifact. The write is not atomic: the
/// folder is a temporary one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(FileError::io("create", folder))?;
    Ok(fs::write(path, bytes).map_err(FileError::io("write", path))?)
}

/// The program may be compiled from inputs of the fingerprint only: code of the `deploy` feature can take in others.
fn check_sources(root: &Path, program: &Path) -> Result<()> {
    let beyond = fingerprint::files_beyond(root, &Policy::read(root)?, program)?;
    match beyond.as_slice() {
        [] => Ok(()),
        beyond => bail!(
            "the program to ship was compiled from files that no gate saw: {}\n\
             next: take them into the build of the tests too, or move them under src/",
            beyond.join(", ")
        ),
    }
}

/// Asks the program which evidence it was built on. It must be the evidence beside it.
fn check_embedded(program: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let beside = files.get(EVIDENCE).map(|bytes| bytes.trim_ascii_end()).unwrap_or_default();
    let evidence = command(program, program.parent().unwrap_or(Path::new(".")), &["evidence".as_ref()]);
    let most = beside.len() + MAX_SPARE_BYTES;
    let output = run_bounded("evidence", evidence, most, EVIDENCE_TIME).map_err(RefusedProgram::Differs)?;
    if output.trim_ascii_end() != beside {
        bail!(
            "the program was built on other evidence than {EVIDENCE}, so it must not ship\nnext: cargo andon release"
        );
    }
    Ok(())
}

/// Checks that the program changed nothing in its folder while it ran.
fn ensure_unchanged(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let found =
        read_folder(folder).map_err(|error| RefusedProgram::Differs(format!("it changed its folder: {error}")))?;
    match files.iter().find(|(name, bytes)| found.get(*name) != Some(*bytes)) {
        Some((name, _)) => Err(RefusedProgram::Differs(format!("it changed {name} in its folder")).into()),
        None => Ok(()),
    }
}

/// Fills a new folder beside `place` and moves it there. The old folder stays in `place` until the new one is complete.
/// Returns what `fill` returns.
pub(crate) fn replace<T>(place: &Path, fill: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let failed = || FileError::io("write", place);
    let parent = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed())?;
    let aside = tempfile::Builder::new().prefix(".making-").tempdir_in(parent).map_err(failed())?;
    let new = aside.path().join("new");
    let old = aside.path().join("old");
    fs::create_dir(&new).map_err(failed())?;
    let filled = fill(&new)?;
    if place.exists() {
        fs::rename(place, &old).map_err(failed())?;
    }
    if let Err(error) = fs::rename(&new, place) {
        if old.exists() && fs::rename(&old, place).is_err() {
            bail!("failed to write {}: {error}; the earlier version is in {}", place.display(), aside.keep().display());
        }
        return Err(failed()(error).into());
    }
    Ok(filled)
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
