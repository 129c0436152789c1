//! The artifact of a release that is judged by scores alone: its evidence, card, report and forms. No program is
//! in it, because there is no model that one could ask.

use std::path::{Path, PathBuf};

use andon_evidence::evidence::today;
use andon_evidence::fingerprint::Toolchain;
use andon_evidence::package::{Package, identity};
use anyhow::Result;

use crate::artifact::signing::PrivateKey;
use crate::artifact::{add_forms, folder, replace, sign, sign_evidence, signature_path, write};

/// The line that stands in the place of a rehearsal.
pub(crate) const NO_PROGRAM: &str = "no program: scores were judged, and no model";

/// Writes the artifact into a temporary folder, and then replaces an earlier one by it. Returns its folder.
///
/// # Errors
/// If the decision is no longer GO for scores only, or a file cannot be written.
pub(crate) fn make(root: &Path, key: Option<&PrivateKey>) -> Result<PathBuf> {
    let (name, version) = identity(root)?;
    sign_evidence(root, key)?;
    let package = Package::assemble(root, &Toolchain::current(), today())?;
    let folder = folder(root, &name, &version);
    let mut files = package.all_files()?;
    let digests = add_forms(root, &package, key, &mut files)?;
    replace(&folder, |folder| files.iter().try_for_each(|(name, bytes)| write(&folder.join(name), bytes)))?;
    sign(&signature_path(&folder), &package.manifest, &digests, key)?;
    Ok(folder)
}
