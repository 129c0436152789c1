//! The folders of a profile, in which cargo builds libraries, programs and build scripts.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::fingerprint::dep_info::EXTENSION;
use crate::fingerprint::error::FingerprintError;
use crate::fingerprint::paths::list;

/// The folder of a profile that holds test programs and libraries.
pub(super) const DEPS: &str = "deps";
/// The folder of a profile that holds build scripts.
pub(super) const BUILD: &str = "build";

/// The folders of a profile. With a `--target`, build scripts and macros are built beside those of the target.
pub(super) struct Profiles {
    own: PathBuf,
    pub(super) host: Option<PathBuf>,
}

impl Profiles {
    pub(super) fn of(profile: &Path, target: &str) -> Self {
        let of_target = profile.parent().filter(|folder| folder.file_name() == Some(OsStr::new(target)));
        let host = of_target.and_then(|folder| Some(folder.parent()?.join(profile.file_name()?)));
        Self { own: profile.to_owned(), host }
    }

    fn all(&self) -> impl Iterator<Item = &PathBuf> {
        std::iter::once(&self.own).chain(&self.host)
    }

    /// The folder that cargo builds in.
    pub(super) fn target_folder(&self) -> &Path {
        let profile = self.host.as_ref().unwrap_or(&self.own);
        profile.parent().unwrap_or(profile)
    }

    pub(super) fn build_folders(&self) -> Vec<PathBuf> {
        self.all().map(|profile| profile.join(BUILD)).collect()
    }

    /// Every dep-info file.
    pub(super) fn dep_info_files(&self) -> Result<Vec<PathBuf>, FingerprintError> {
        let mut found = Vec::new();
        for profile in self.all() {
            found.extend(dep_info_files(&profile.join(DEPS), profile)?);
        }
        Ok(found)
    }
}

/// Every dep-info file of a profile.
fn dep_info_files(deps: &Path, profile: &Path) -> Result<Vec<PathBuf>, FingerprintError> {
    let mut found = if deps.is_dir() { list(deps)? } else { Vec::new() };
    let build = profile.join(BUILD);
    if build.is_dir() {
        for script in list(&build)?.into_iter().filter(|folder| folder.is_dir()) {
            found.extend(list(&script)?);
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    Ok(found)
}
