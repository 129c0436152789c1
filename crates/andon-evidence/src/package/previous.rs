//! The previous release, as committed beside the policy. Bars must not be looser than its bars, and the candidate is
//! compared with its model.
//!
//! The folder holds the previous [package](crate::package) and the scores of its model, and is part of the fingerprint.
//! If there is no such folder, nothing was released yet. A folder that is not whole is an error, never a first release.

use std::collections::BTreeMap;
use std::path::Path;

use crate::decision::Baseline;
use crate::files::{self, FileError, sha256_hex};
use crate::layout::{EVIDENCE, POLICY, PREVIOUS_RELEASE, SCORES};
use crate::ledger::{Ledger, RowSketch};
use crate::package::manifest::{Manifest, PackageError, policy_of};
use crate::policy::{Policy, Settings};
use crate::stops::Stops;

/// The previous release.
#[derive(Debug, Clone)]
pub struct PreviousRelease {
    /// The manifest of its package.
    pub manifest: Manifest,
    /// Its other files by name: those of the package, and [`SCORES`].
    pub files: BTreeMap<String, Vec<u8>>,
}

impl PreviousRelease {
    /// Reads the previous release of the release in `root`; `None` if nothing was released yet.
    ///
    /// # Errors
    /// [`PackageError`] when a file is missing or is not the one that was released.
    pub fn read(root: &Path) -> Result<Option<Self>, PackageError> {
        let folder = root.join(PREVIOUS_RELEASE);
        if folder.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Ok(None);
        }
        match Self::from_package(&folder, files::read(&folder.join(SCORES))?) {
            Err(PackageError::File(FileError::Form { source, .. })) => Err(PackageError::Inconsistent(format!(
                "{PREVIOUS_RELEASE}/{EVIDENCE} is not in the form of this version of Andon ({source}): another version \
                 wrote it\nnext: judge that release again with this version, in a checkout of its commit: cargo andon \
                 release; then here: cargo andon adopt FOLDER"
            ))),
            read => read.map(Some),
        }
    }

    /// The package in `folder`, which may hold more files, and the scores that its model was judged by.
    ///
    /// # Errors
    /// [`PackageError`] when a file is missing or is not the one that the evidence names.
    pub fn from_package(folder: &Path, scores: Vec<u8>) -> Result<Self, PackageError> {
        let path = folder.join(EVIDENCE);
        let manifest: Manifest = serde_json::from_slice(&files::read(&path)?)
            .map_err(|source| FileError::Form { path: path.clone(), source })?;
        let mut files = BTreeMap::new();
        for name in manifest.files.keys() {
            files.insert(name.clone(), files::read(&folder.join(name))?);
        }
        manifest.verify(&files)?;
        if manifest.decision.vouched().get(SCORES) != Some(&sha256_hex(&scores).as_str()) {
            return Err(PackageError::Inconsistent(format!("{} vouches for other {SCORES}", path.display())));
        }
        files.insert(SCORES.to_owned(), scores);
        Ok(Self { manifest, files })
    }

    /// The past of the release in `root`: the previous release, the ledger and the stops.
    ///
    /// # Errors
    /// [`PackageError`] when the previous release is not whole, or the ledger or the data cannot be read.
    pub fn baseline(root: &Path, policy: &Policy) -> Result<Baseline, PackageError> {
        let ledger = Ledger::read(root)?;
        let rows = RowSketch::of_data(root, policy)?;
        let stops = Stops::read(root, &ledger, &policy.cord);
        let here = Baseline { ledger, rows, stops, ..Baseline::default() };
        let Some(previous) = Self::read(root)? else { return Ok(here) };
        let settings = previous.settings()?;
        Ok(Baseline { previous: Some(previous.manifest.decision), settings, ..here })
    }

    /// Its policy.
    ///
    /// # Errors
    /// [`PackageError`] when it is none.
    pub fn policy(&self) -> Result<Policy, PackageError> {
        Ok(policy_of(&self.files)?)
    }

    /// The settings of its policy, by key.
    ///
    /// # Errors
    /// [`PackageError`] when its policy is not TOML.
    pub fn settings(&self) -> Result<Settings, PackageError> {
        let text = self.files.get(POLICY).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
        Settings::parse(&text)
            .map_err(|error| PackageError::Inconsistent(format!("{PREVIOUS_RELEASE}/{POLICY}: {error}")))
    }

    /// Its name and version, as in `loan-approval 0.1.0`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.manifest.name, self.manifest.version)
    }
}
