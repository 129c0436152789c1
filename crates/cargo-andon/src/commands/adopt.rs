//! The last release: adopting an artifact as such, and what changed since.

use std::path::Path;

use andon_evidence::evidence::Store;
use andon_evidence::files;
use andon_evidence::fingerprint::{Fingerprint, Toolchain};
use andon_evidence::layout::{EVIDENCE, PREVIOUS_RELEASE, SCORES};
use andon_evidence::package::difference;
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::package::{PackageError, identity};
use andon_evidence::policy::Policy;
use andon_evidence::{EXIT_GO, EXIT_USAGE};
use anyhow::{Result, anyhow};

use crate::artifact;
use crate::root::current_decision;

/// Puts what `cargo andon release` shipped, and the scores that its model was judged by, in the place of the last
/// release.
///
/// # Errors
/// When there is no artifact of this version, or the scores at hand are not those that its gates vouch for; an earlier
/// release is then untouched.
pub(crate) fn adopt(root: &Path) -> Result<u8> {
    let (name, version) = identity(root)?;
    let artifact = artifact::folder(root, &name, &version);
    let released = files::read(&Store::of(root).path(SCORES))
        .map_err(PackageError::from)
        .and_then(|scores| PreviousRelease::of_package(&artifact, scores))
        .map_err(|error| anyhow!("{error}\nnext: cargo andon release, then cargo andon adopt"))?;
    let evidence = files::read(&artifact.join(EVIDENCE))?;
    artifact::replace(&root.join(PREVIOUS_RELEASE), |folder| {
        artifact::write(&folder.join(EVIDENCE), &evidence)?;
        released.files.iter().try_for_each(|(name, bytes)| artifact::write(&folder.join(name), bytes))
    })?;
    println!("{PREVIOUS_RELEASE}/ holds {}: the next release is compared with it", released.title());
    eprintln!("next: commit {PREVIOUS_RELEASE}/; it is an input, so cargo test judges anew");
    Ok(EXIT_GO)
}

/// Prints which parts of the release changed since the last one.
///
/// # Errors
/// When an input is broken.
pub(crate) fn diff(root: &Path, json: bool) -> Result<u8> {
    let Some(released) = PreviousRelease::read(root)? else {
        eprintln!(
            "nothing was released yet: there is no {PREVIOUS_RELEASE}/\nnext: cargo andon release, then cargo andon adopt"
        );
        return Ok(EXIT_USAGE);
    };
    let policy = Policy::read(root)?;
    let now = Fingerprint::take(root, &policy, &Toolchain::current())?;
    let changes = difference::since(&released, &policy, &now, &current_decision(root)?);
    if json {
        println!("{}", serde_json::to_string_pretty(&changes)?);
        return Ok(EXIT_GO);
    }
    println!("since {}", released.title());
    changes.iter().for_each(|change| println!("{change}"));
    Ok(EXIT_GO)
}
