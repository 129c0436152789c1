//! What ships: assembled only from a GO, checked again wherever it is loaded.

pub mod difference;
pub mod released;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::decision::{Decision, Outcome, Row, State};
use crate::evidence::{Store, today};
use crate::figures::FIGURES;
use crate::files::{self, FileError, sha256_hex};
use crate::fingerprint::{self, Fingerprint, FingerprintError, Toolchain};
use crate::package::released::Released;
use crate::policy::{self, GateId, Policy, PolicyError};

mod folder;

pub use folder::read_folder;

/// The model, in the store and in the package.
pub const MODEL: &str = "model.json";
/// The model card, in the store and in the package.
pub const CARD: &str = "MODEL_CARD.md";
/// The data contract as JSON Schema, in the store and in the package.
pub const CONTRACT: &str = "contract.schema.json";
/// The model in the form of other runtimes, in the store and in the package.
pub const ONNX: &str = "model.onnx";
/// What gates vouch for and the package holds.
pub const VOUCHED: [&str; 5] = [CARD, CONTRACT, FIGURES, MODEL, ONNX];
/// The [`Manifest`], in the package.
pub const EVIDENCE: &str = "evidence.json";
/// Digests of every other file of the folder that a package ships in, as `sha256sum -c` reads them.
pub const SUMS: &str = "SHA256SUMS";

/// No package was made.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The policy is broken.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The fingerprint cannot be taken.
    #[error(transparent)]
    Fingerprint(#[from] FingerprintError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The decision is not GO.
    #[error("{}", refusal(.0))]
    NotGo(Box<Decision>),
    /// A file is not the one that the gates judged.
    #[error("{0} is not the file that the gates vouch for\nnext: cargo test")]
    NotVouched(String),
    /// The package is not what its manifest says.
    #[error("{0}")]
    Inconsistent(String),
    /// A waiver that the decision rests on holds no longer.
    #[error("the waiver for {gate} expired on {expires}")]
    Expired {
        /// The gate that was waived.
        gate: GateId,
        /// The last day on which that held (UTC).
        expires: Date,
    },
    /// The root manifest has no package name and version.
    #[error("{0} names no package with a version")]
    Unnamed(PathBuf),
}

fn refusal(decision: &Decision) -> String {
    format!("this release must not be packaged:\n\n{}", decision.table(false, false))
}

/// What a package says of itself; `evidence.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The release's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of every input.
    pub fingerprint: Fingerprint,
    /// The decision with all evidence.
    pub decision: Decision,
    /// The digest of every other file of the package but the program itself.
    pub files: BTreeMap<String, String>,
}

impl Manifest {
    /// The manifest among the files of a package.
    fn parse(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, PackageError> {
        let json = files.get(EVIDENCE).ok_or_else(|| PackageError::Inconsistent(format!("{EVIDENCE} is missing")))?;
        Ok(serde_json::from_slice(json).map_err(|source| FileError::Form { path: EVIDENCE.into(), source })?)
    }

    /// Checks that the decision is GO and that each file is there with its digest and no other file is.
    ///
    /// # Errors
    /// [`PackageError::NotGo`] or [`PackageError::Inconsistent`], naming the first difference.
    pub fn verify(&self, found: &BTreeMap<String, Vec<u8>>) -> Result<(), PackageError> {
        let green = |row: &Row| matches!(row.state, State::Go | State::Waived);
        if self.decision.outcome != Outcome::Go || !self.decision.rows.iter().all(green) {
            return Err(PackageError::NotGo(Box::new(self.decision.clone())));
        }
        if self.decision.fingerprint != self.fingerprint.digest() {
            return Err(PackageError::Inconsistent("the decision was made on another fingerprint".to_owned()));
        }
        let names: Vec<_> = found.keys().collect();
        let listed: Vec<_> = self.files.keys().collect();
        if names != listed {
            return Err(PackageError::Inconsistent(format!("the package holds {names:?}, its manifest {listed:?}")));
        }
        if listed != [CARD, CONTRACT, FIGURES, MODEL, ONNX, policy::FILE] {
            return Err(PackageError::Inconsistent(format!("{listed:?} are not the files of a package")));
        }
        for (name, bytes) in found {
            if self.files.get(name) != Some(&sha256_hex(bytes)) {
                return Err(PackageError::Inconsistent(format!("{name} does not hash to its digest in {EVIDENCE}")));
            }
        }
        let vouched = self.decision.vouched();
        if let Some(name) =
            VOUCHED.iter().find(|name| vouched.get(**name).copied() != self.files.get(**name).map(String::as_str))
        {
            return Err(PackageError::Inconsistent(format!("no gate vouches for this {name}")));
        }
        if self.files.get(MODEL).map(String::as_str) != self.decision.model_sha256() {
            return Err(PackageError::Inconsistent("the gates judged another model".to_owned()));
        }
        self.verify_decision(found)
    }

    /// Checks that the decision follows from its own evidence under the policy of the package: nothing that is written
    /// down is believed where it can be derived.
    fn verify_decision(&self, found: &BTreeMap<String, Vec<u8>>) -> Result<(), PackageError> {
        let wrong = |what: String| Err(PackageError::Inconsistent(format!("{EVIDENCE}: {what}")));
        let policy = policy_of(found)?;
        if !self.fingerprint.holds_together()
            || self.fingerprint.input(Path::new(policy::FILE)) != self.files.get(policy::FILE).map(String::as_str)
        {
            return wrong("its fingerprint is not that of its inputs".to_owned());
        }
        self.decision.check_follows(&policy, &self.fingerprint).or_else(wrong)
    }
}

fn policy_of(files: &BTreeMap<String, Vec<u8>>) -> Result<Policy, PolicyError> {
    let text = files.get(policy::FILE).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
    Policy::parse(&text, Path::new(policy::FILE))
}

/// A release that may ship: its manifest and the files beside it.
#[derive(Debug, Clone)]
pub struct Package {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The [vouched](VOUCHED) files and the policy by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Package {
    /// Takes the fingerprint of the release in `root`, folds its evidence, and collects what ships.
    ///
    /// # Errors
    /// [`PackageError::NotGo`] with the table unless the decision is GO; [`PackageError::NotVouched`] when a file
    /// was changed after the gates judged it.
    pub fn assemble(root: &Path, toolchain: &Toolchain, today: Date) -> Result<Self, PackageError> {
        let policy = Policy::read(root)?;
        let fingerprint = Fingerprint::take(root, &policy, toolchain)?;
        let store = Store::of(root);
        let released = Released::read(root)?;
        let baseline = released.as_ref().map(|released| &released.manifest.decision);
        let decision = Decision::fold(&policy, &fingerprint, &store, baseline, today);
        if decision.outcome != Outcome::Go {
            return Err(PackageError::NotGo(Box::new(decision)));
        }
        let mut files = BTreeMap::new();
        for name in VOUCHED {
            let bytes = files::read(&store.path(name))?;
            if decision.vouched().get(name) != Some(&sha256_hex(&bytes).as_str()) {
                return Err(PackageError::NotVouched(name.to_owned()));
            }
            files.insert(name.to_owned(), bytes);
        }
        files.insert(policy::FILE.to_owned(), files::read(&root.join(policy::FILE))?);
        let (name, version) = identity(root)?;
        let digests = files.iter().map(|(name, bytes)| (name.clone(), sha256_hex(bytes))).collect();
        let manifest = Manifest { name, version, fingerprint, decision, files: digests };
        manifest.verify(&files)?;
        Ok(Self { manifest, files })
    }

    /// Checks a package that was loaded from somewhere, by file name, as if nothing of it were known: every digest, that
    /// the decision is GO and follows from its evidence, and that no waiver has expired. Of other files nothing is made:
    /// the program, which need not be this one, and the forms for other tools.
    ///
    /// # Errors
    /// [`PackageError`], naming the first thing that is wrong.
    pub fn check(mut files: BTreeMap<String, Vec<u8>>, today: Date) -> Result<Self, PackageError> {
        let manifest = Manifest::parse(&files)?;
        files.retain(|name, _| manifest.files.contains_key(name));
        manifest.verify(&files)?;
        let package = Self { manifest, files };
        match package.policy()?.expired_waiver(today) {
            Some(waiver) => Err(PackageError::Expired { gate: waiver.gate.clone(), expires: waiver.expires }),
            None => Ok(package),
        }
    }

    /// Reads and [checks](Self::check) the package in `folder`, as it ships: with the digests of all files in [`SUMS`].
    /// The folder itself may be a symbolic link; it is resolved once.
    ///
    /// # Errors
    /// [`PackageError`], naming the first file that is missing, too many, too long, no plain file, or not the one that
    /// shipped; and whatever [`check`](Self::check) finds.
    pub fn read(folder: &Path, today: Date) -> Result<Self, PackageError> {
        Self::check(read_folder(folder)?, today)
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

/// Name and version of the package in `root`, from its manifest.
///
/// # Errors
/// [`PackageError::Unnamed`] when either is missing.
pub fn identity(root: &Path) -> Result<(String, String), PackageError> {
    let path = root.join("Cargo.toml");
    let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
    let unnamed = || PackageError::Unnamed(path.clone());
    let manifest: toml::Table = toml::from_str(&text).map_err(|_| unnamed())?;
    let inherited = manifest.get("workspace").and_then(|workspace| workspace.get("package"));
    let key = |key: &str| match manifest.get("package")?.get(key)? {
        toml::Value::String(text) => Some(text.clone()),
        _ => Some(inherited?.get(key)?.as_str()?.to_owned()),
    };
    Ok((key("name").ok_or_else(unnamed)?, key("version").ok_or_else(unnamed)?))
}

/// The work of a release's build script: puts the package into `OUT_DIR` and returns the lines for cargo.
///
/// # Errors
/// [`PackageError`], to be shown and the build failed with.
pub fn for_build_script() -> Result<String, PackageError> {
    let variable = |name: &str| {
        let missing = || PackageError::Inconsistent(format!("{name} is not set: call this from a build script"));
        std::env::var(name).map_err(|_| missing())
    };
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let toolchain = Toolchain { target: variable("TARGET")?, ..Toolchain::current() };
    let package = Package::assemble(&root, &toolchain, today())?;
    let out = PathBuf::from(variable("OUT_DIR")?);
    for (name, bytes) in package.all_files()? {
        files::write_atomically(&out.join(name), &bytes)?;
    }
    let policy = Policy::read(&root)?;
    let mut watched: Vec<PathBuf> = fingerprint::input_paths(&root, &policy)?;
    watched.push(PathBuf::from("target/andon/evidence"));
    watched.extend(VOUCHED.map(|name| Path::new("target/andon").join(name)));
    let mut lines = String::new();
    // Also what does not exist yet: cargo then runs this on every build, the price of seeing it appear.
    for path in watched {
        let _ = writeln!(lines, "cargo::rerun-if-changed={}", path.display());
    }
    Ok(lines)
}
