//! The package: assembled only from a GO, checked again wherever it is loaded.

pub mod difference;
mod folder;
mod manifest;
pub mod previous;
mod signed;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

pub use self::folder::read_folder;
pub use self::manifest::{Manifest, PackageError, identity};
use self::manifest::{policy_of, vouched_files};
use self::previous::PreviousRelease;
use self::signed::check_envelope;
pub use self::signed::{evidence_statement, trusted_key};
use crate::decision::Decision;
use crate::evidence::{Store, today};
use crate::files::{self, sha256_hex};
use crate::fingerprint::{self, Fingerprint, Toolchain};
use crate::layout::{self, EVIDENCE, SIGNED_EVIDENCE};
use crate::policy::{Policy, PolicyError};
use crate::signature::{PublicKey, SignatureError};

/// A release that may ship: its manifest and the files beside it.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its manifest.
    pub manifest: Manifest,
    /// The [vouched](layout::VOUCHED) files and the policy by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Package {
    /// Takes the fingerprint of the release in `root`, folds its evidence, and collects the files that ship. Nothing in
    /// them is a time of day, so the same evidence gives the same bytes.
    ///
    /// # Errors
    /// [`PackageError::NotGo`] with the table unless the decision is GO; [`PackageError::NotVouched`] when a file
    /// was changed after the gates judged it.
    pub fn assemble(root: &Path, toolchain: &Toolchain, today: Date) -> Result<Self, PackageError> {
        let policy = Policy::read(root)?;
        let fingerprint = Fingerprint::take(root, &policy, toolchain)?;
        let store = Store::in_root(root);
        let baseline = PreviousRelease::baseline(root, &policy)?;
        let decision = Decision::fold(&policy, &fingerprint, &store, &baseline, today);
        if !decision.outcome.is_go() {
            return Err(PackageError::NotGo(Box::new(decision)));
        }
        let mut files = BTreeMap::new();
        for name in vouched_files(&policy) {
            let bytes = files::read(&store.path(name))?;
            if decision.vouched().get(name) != Some(&sha256_hex(&bytes).as_str()) {
                return Err(PackageError::NotVouched(name.to_owned()));
            }
            files.insert(name.to_owned(), bytes);
        }
        files.insert(layout::POLICY.to_owned(), files::read(&root.join(layout::POLICY))?);
        let (name, version) = identity(root)?;
        let digests = files.iter().map(|(name, bytes)| (name.clone(), sha256_hex(bytes))).collect();
        let decision = decision.without_clock();
        let manifest = Manifest { name, version, fingerprint, decision, files: digests };
        manifest.verify(&files)?;
        Ok(Self { manifest, files })
    }

    /// The package that a program is built from: [assembled](Self::assemble), with a model in it.
    ///
    /// # Errors
    /// [`PackageError::ScoresOnly`] for a release that has no model, and whatever [`assemble`](Self::assemble) finds.
    pub fn for_program(root: &Path, toolchain: &Toolchain, today: Date) -> Result<Self, PackageError> {
        match Policy::read(root)?.scores {
            Some(_) => Err(PackageError::ScoresOnly),
            None => Self::assemble(root, toolchain, today),
        }
    }

    /// Checks a package that was loaded from somewhere, by file name, and believes nothing of it: every digest must
    /// match, the decision must be GO and follow from its evidence, no waiver may have expired, and no data may be too
    /// old. Files that are not part of the package are dropped: the program, which need not be this one, and the forms
    /// for other tools.
    ///
    /// # Errors
    /// [`PackageError`], naming the first thing that is wrong.
    pub fn check(files: BTreeMap<String, Vec<u8>>, today: Date) -> Result<Self, PackageError> {
        let package = Self::check_apart_from_dates(files)?;
        package.manifest.check_clock(today)?;
        let policy = package.policy()?;
        if let Some(old) = policy.refused_old_data(today) {
            return Err(old.into());
        }
        match policy.expired_waiver(today) {
            Some(waiver) => Err(PackageError::Expired { gate: waiver.gate.clone(), expires: waiver.expires }),
            None => Ok(package),
        }
    }

    /// Checks the files of a package as [`check`](Self::check) does, whatever the day is. A package whose time is over
    /// decides nothing, and its policy still says which key it trusts.
    ///
    /// # Errors
    /// [`PackageError`], naming the first thing that is wrong.
    pub fn check_apart_from_dates(mut files: BTreeMap<String, Vec<u8>>) -> Result<Self, PackageError> {
        let manifest = Manifest::parse(&files)?;
        files.retain(|name, _| manifest.files.contains_key(name));
        manifest.verify(&files)?;
        Ok(Self { manifest, files })
    }

    /// Reads and [checks](Self::check) the package in `folder`, as it ships: with the digests of all files in
    /// [`SUMS`](layout::SUMS). The folder itself may be a symbolic link; it is resolved once.
    ///
    /// # Errors
    /// [`PackageError`], naming the first file that is missing, too many, too long, no plain file, or not the one that
    /// shipped; and whatever [`check`](Self::check) finds.
    pub fn read(folder: &Path, today: Date) -> Result<Self, PackageError> {
        Self::check(read_folder(folder)?, today)
    }

    /// Checks that the key that the policy trusts signed the evidence in the store of `root`. A policy that trusts no
    /// key asks for nothing.
    ///
    /// # Errors
    /// [`PackageError::Untrusted`].
    pub fn check_trust(&self, root: &Path) -> Result<(), PackageError> {
        let Some(key) = trusted_key(&self.policy()?)? else { return Ok(()) };
        let path = Store::in_root(root).path(SIGNED_EVIDENCE);
        let files = self.all_files()?;
        let evidence = files.get(EVIDENCE).map(Vec::as_slice).unwrap_or_default();
        let refused = |error| PackageError::Untrusted(path.display().to_string(), error);
        if !path.exists() {
            return Err(refused(SignatureError::Unsigned));
        }
        let envelope = files::read(&path)?;
        check_envelope(&envelope, evidence, &key).map_err(refused)
    }

    /// Reads and checks the package in `folder`, as [`read`](Self::read) does. The key must have signed its evidence;
    /// without a key, the one that its own policy trusts.
    ///
    /// # Errors
    /// [`PackageError::Untrusted`], and whatever [`read`](Self::read) finds.
    pub fn read_trusted(folder: &Path, today: Date, key: Option<&PublicKey>) -> Result<Self, PackageError> {
        let files = read_folder(folder)?;
        let envelope = files.get(SIGNED_EVIDENCE).cloned();
        let evidence = files.get(EVIDENCE).cloned().unwrap_or_default();
        let package = Self::check(files, today)?;
        let own = trusted_key(&package.policy()?)?;
        let Some(key) = key.or(own.as_ref()) else { return Ok(package) };
        let refused = |error| PackageError::Untrusted(folder.join(SIGNED_EVIDENCE).display().to_string(), error);
        let envelope = envelope.ok_or(SignatureError::Unsigned).map_err(refused)?;
        check_envelope(&envelope, &evidence, key).map_err(refused)?;
        Ok(package)
    }

    /// Its policy.
    ///
    /// # Errors
    /// [`PolicyError`] for a package that was not checked.
    pub fn policy(&self) -> Result<Policy, PolicyError> {
        policy_of(&self.files)
    }

    /// The bytes of every file of the package, the manifest included.
    ///
    /// # Errors
    /// [`PackageError::Inconsistent`] when the manifest cannot be written as JSON.
    pub fn all_files(&self) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
        let json = serde_json::to_vec_pretty(&self.manifest);
        let json = json.map_err(|error| PackageError::Inconsistent(error.to_string()))?;
        let mut files = self.files.clone();
        files.insert(EVIDENCE.to_owned(), json);
        Ok(files)
    }
}

/// Does the work of a release's build script: puts the package into `OUT_DIR` and returns the lines for cargo. If the
/// policy trusts a key, that key must have signed the evidence.
///
/// # Errors
/// [`PackageError`], to be shown and the build failed with.
pub fn package_into_out_dir() -> Result<String, PackageError> {
    let variable = |name: &str| {
        let missing = || PackageError::Inconsistent(format!("{name} is not set: call this from a build script"));
        std::env::var(name).map_err(|_| missing())
    };
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let toolchain = Toolchain { target: variable("TARGET")?, ..Toolchain::current() };
    if let Some(name) = fingerprint::other_settings(&root)? {
        return Err(PackageError::Inconsistent(format!(
            "{name} is not as it was when the gates ran\nnext: build without it, or set it for both, then cargo andon release"
        )));
    }
    let package = Package::for_program(&root, &toolchain, today())?;
    package.check_trust(&root)?;
    let out = PathBuf::from(variable("OUT_DIR")?);
    let mut packed = package.all_files()?;
    // The program takes in every file of a package by its name; an empty one is none.
    packed.entry(layout::ALTERNATIVES.to_owned()).or_default();
    for (name, bytes) in packed {
        files::write_atomically(&out.join(name), &bytes)?;
    }
    let policy = Policy::read(&root)?;
    let mut watched: Vec<PathBuf> = fingerprint::input_paths(&root, &policy)?;
    watched.push(PathBuf::from(layout::STOPS));
    watched.push(Path::new(layout::STORE).join(layout::GATES_EVIDENCE));
    watched.push(Path::new(layout::STORE).join(SIGNED_EVIDENCE));
    watched.extend(manifest::vouched_files(&policy).map(|name| Path::new(layout::STORE).join(name)));
    let mut lines = String::new();
    // Paths that do not exist yet are among them: cargo then runs this on every build, so that it sees them appear.
    for path in watched {
        let _ = writeln!(lines, "cargo::rerun-if-changed={}", path.display());
    }
    Ok(lines)
}
