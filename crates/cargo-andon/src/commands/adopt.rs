//! `adopt`: makes an artifact the previous release, with which the next one is compared.

use std::path::Path;

use andon_evidence::EXIT_GO;
use andon_evidence::evidence::Store;
use andon_evidence::files;
use andon_evidence::layout::{EVIDENCE, LEDGER, PREVIOUS_RELEASE, SCORES};
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::package::{PackageError, identity};
use anyhow::{Result, anyhow};

use crate::artifact;
use crate::console;

/// Copies the package of this version's artifact, and the scores that its model was judged by, into the folder of the
/// previous release.
///
/// # Errors
/// If there is no artifact of this version, or its gates do not vouch for the stored scores. The folder is then
/// unchanged.
pub(crate) fn run(root: &Path) -> Result<u8> {
    let (name, version) = identity(root)?;
    let artifact = artifact::folder(root, &name, &version);
    let adopted = files::read(&Store::in_root(root).path(SCORES))
        .map_err(PackageError::from)
        .and_then(|scores| PreviousRelease::from_package(&artifact, scores))
        .map_err(|error| anyhow!("{error}\nnext: cargo andon release, then cargo andon adopt"))?;
    let evidence = files::read(&artifact.join(EVIDENCE))?;
    artifact::replace(&root.join(PREVIOUS_RELEASE), |folder| {
        artifact::write(&folder.join(EVIDENCE), &evidence)?;
        adopted.files.iter().try_for_each(|(name, bytes)| artifact::write(&folder.join(name), bytes))
    })?;
    console::print(&format!("{PREVIOUS_RELEASE}/ holds {}: the next release is compared with it", adopted.title()))?;
    console::hint(&format!(
        "next: git add --force {PREVIOUS_RELEASE} {LEDGER}, commit both, and run cargo test: the folder is an input, so the old evidence is void"
    ));
    Ok(EXIT_GO)
}
