//! The manifest of a package, and every reason to refuse one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::decision::{Decision, GateResult, Outcome};
use crate::files::{self, FileError, sha256_hex};
use crate::fingerprint::{Fingerprint, FingerprintError};
use crate::layout::{self, ALTERNATIVES, CARD, CONTRACT, EVIDENCE, FIGURES, MODEL, SCORES, VOUCHED};
use crate::policy::{GateId, OldData, Policy, PolicyError};
use crate::signature::SignatureError;

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
    /// Scores were judged, and no model.
    #[error(
        "this release is judged by scores alone and has no model, so no program is built from it and nothing is \
         served\nnext: cargo andon release, which packages its evidence, card and report"
    )]
    ScoresOnly,
    /// A file is not the one that the gates judged.
    #[error("{0} is not the file that the gates judged\nnext: cargo test")]
    NotVouched(String),
    /// The package does not agree with its manifest.
    #[error("{0}")]
    Inconsistent(String),
    /// A waiver that the decision rests on has expired.
    #[error("the waiver for {gate} expired on {expires}")]
    Expired {
        /// The gate that was waived.
        gate: GateId,
        /// The last day on which the waiver held (UTC).
        expires: Date,
    },
    /// The data are older than the policy takes them.
    #[error(transparent)]
    OldData(#[from] OldData),
    /// The evidence is of a later day than the clock has.
    #[error("the evidence of {gate} is of {dated}, and the clock says {today}: set the clock right")]
    FromTheFuture {
        /// The gate with the evidence.
        gate: GateId,
        /// The day of the evidence (UTC).
        dated: Date,
        /// The day that the clock has (UTC).
        today: Date,
    },
    /// The trusted key did not sign the evidence.
    #[error(
        "the evidence is not signed by the key that is trusted: {0}: {1}\nnext: cargo andon release --sign-with KEY, \
         or cargo andon import DIR"
    )]
    Untrusted(String, SignatureError),
    /// The root manifest has no package name and version.
    #[error("{0} gives no package name and version")]
    Unnamed(PathBuf),
}

fn refusal(decision: &Decision) -> String {
    format!("this release must not be packaged:\n\n{}", decision.table(false, false))
}

/// The manifest of a package; `evidence.json`.
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
    /// Refuses evidence of a later day: the clock was set back, and a waiver that has expired would count again.
    pub(super) fn check_clock(&self, today: Date) -> Result<(), PackageError> {
        let evidence = self.decision.rows.iter().filter_map(|row| row.evidence.as_ref());
        match evidence.max_by_key(|evidence| evidence.started_at).filter(|latest| latest.date() > today) {
            Some(latest) => Err(PackageError::FromTheFuture { gate: latest.gate.clone(), dated: latest.date(), today }),
            None => Ok(()),
        }
    }

    /// The manifest among the files of a package.
    pub(super) fn parse(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, PackageError> {
        let json = files.get(EVIDENCE).ok_or_else(|| PackageError::Inconsistent(format!("{EVIDENCE} is missing")))?;
        Ok(serde_json::from_slice(json).map_err(|source| FileError::Form { path: EVIDENCE.into(), source })?)
    }

    /// Checks that the decision is GO, that each file is there with its digest, and that there is no other file.
    ///
    /// # Errors
    /// [`PackageError::NotGo`] or [`PackageError::Inconsistent`], naming the first difference.
    pub fn verify(&self, found: &BTreeMap<String, Vec<u8>>) -> Result<(), PackageError> {
        let green = |row: &GateResult| row.state.outcome() == Outcome::Go;
        if !self.decision.outcome.is_go() || !self.decision.rows.iter().all(green) {
            return Err(PackageError::NotGo(Box::new(self.decision.clone())));
        }
        if self.decision.fingerprint != self.fingerprint.digest() {
            return Err(PackageError::Inconsistent("the decision was made on another fingerprint".to_owned()));
        }
        let names: Vec<_> = found.keys().collect();
        let listed: Vec<_> = self.files.keys().collect();
        if names != listed {
            return Err(PackageError::Inconsistent(format!(
                "the package holds {names:?}, and its manifest lists {listed:?}"
            )));
        }
        for (name, bytes) in found {
            if self.files.get(name) != Some(&sha256_hex(bytes)) {
                return Err(PackageError::Inconsistent(format!("{name} does not hash to its digest in {EVIDENCE}")));
            }
        }
        let policy = policy_of(found)?;
        self.verify_names(&policy)?;
        self.verify_judged(&policy)?;
        self.verify_decision(&policy)
    }

    /// Checks that the files are those of a package of this policy, and that gates vouch for them.
    fn verify_names(&self, policy: &Policy) -> Result<(), PackageError> {
        let listed: Vec<_> = self.files.keys().collect();
        let mut packed: Vec<&str> = vouched_files(policy).chain([layout::POLICY]).collect();
        packed.sort_unstable();
        if listed != packed {
            return Err(PackageError::Inconsistent(format!("{listed:?} are not the files of a package")));
        }
        let vouched = self.decision.vouched();
        let is_other = |name: &&str| vouched.get(name).copied() != self.files.get(*name).map(String::as_str);
        match vouched_files(policy).find(is_other) {
            Some(name) => Err(PackageError::Inconsistent(format!("no gate vouches for this {name}"))),
            None => Ok(()),
        }
    }

    /// Checks that the gates judged the model of the package, or scores that a gate vouches for.
    fn verify_judged(&self, policy: &Policy) -> Result<(), PackageError> {
        let inconsistent = |what: &str| Err(PackageError::Inconsistent(what.to_owned()));
        if policy.scores.is_some() {
            let is_vouched = self.decision.vouched().contains_key(SCORES);
            return if is_vouched { Ok(()) } else { inconsistent("no gate vouches for the scores") };
        }
        if self.files.get(MODEL).map(String::as_str) == self.decision.model_sha256() {
            return Ok(());
        }
        inconsistent("the gates judged another model")
    }

    /// Checks that the decision follows from its own evidence under the policy of the package. What can be derived is
    /// never believed.
    fn verify_decision(&self, policy: &Policy) -> Result<(), PackageError> {
        let inconsistent = |what: String| Err(PackageError::Inconsistent(format!("{EVIDENCE}: {what}")));
        if !self.fingerprint.holds_together()
            || self.fingerprint.input(Path::new(layout::POLICY)) != self.files.get(layout::POLICY).map(String::as_str)
        {
            return inconsistent("the digest of its fingerprint does not follow from its inputs".to_owned());
        }
        self.decision.check_follows(policy, &self.fingerprint).or_else(inconsistent)
    }
}

/// The files that gates vouch for and the package of this policy holds. Scores alone are no model.
pub(super) fn vouched_files(policy: &Policy) -> impl Iterator<Item = &'static str> {
    let asks_alternatives = policy.gates.keys().any(|id| id.to_string() == "fairness.alternatives");
    let of_release: &[&str] = if policy.scores.is_some() { &[CARD, CONTRACT, FIGURES] } else { &VOUCHED };
    of_release.iter().copied().chain(asks_alternatives.then_some(ALTERNATIVES))
}

pub(super) fn policy_of(files: &BTreeMap<String, Vec<u8>>) -> Result<Policy, PolicyError> {
    let text = files.get(layout::POLICY).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
    Policy::parse(&text, Path::new(layout::POLICY))
}

/// Name and version of the package in `root`, from its manifest.
///
/// # Errors
/// [`PackageError::Unnamed`] when either is missing.
pub fn identity(root: &Path) -> Result<(String, String), PackageError> {
    let path = root.join(layout::CARGO_MANIFEST);
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
