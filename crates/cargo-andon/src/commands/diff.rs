//! `diff`: shows what changed since the previous release.

use std::path::Path;

use andon_evidence::fingerprint::{Fingerprint, Toolchain};
use andon_evidence::layout::PREVIOUS_RELEASE;
use andon_evidence::package::difference;
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::policy::Policy;
use andon_evidence::{EXIT_GO, EXIT_USAGE};
use anyhow::Result;

use crate::console;

use andon_evidence::run::current_decision;

/// Prints which parts of the release changed since the previous one.
///
/// # Errors
/// If an input is broken.
pub(crate) fn run(root: &Path, json: bool) -> Result<u8> {
    let Some(previous) = PreviousRelease::read(root)? else {
        console::hint(&format!(
            "there is no previous release: {PREVIOUS_RELEASE}/ does not exist\nnext: cargo andon release, then cargo andon adopt"
        ));
        return Ok(EXIT_USAGE);
    };
    let policy = Policy::read(root)?;
    let now = Fingerprint::take(root, &policy, &Toolchain::current())?;
    let changes = difference::changes_since(&previous, &policy, &now, &current_decision(root)?);
    if json {
        console::print(&serde_json::to_string_pretty(&changes)?)?;
        return Ok(EXIT_GO);
    }
    console::print(&format!("since {}", previous.title()))?;
    changes.iter().try_for_each(|change| console::print(&change.to_string()))?;
    Ok(EXIT_GO)
}
