//! `stop` and `clear`: the cord. Anybody stops the release, and another person clears the stop.

pub(crate) mod log;

use std::path::Path;

use andon_evidence::EXIT_GO;
use andon_evidence::evidence::Store;
use andon_evidence::layout::STOPS;
use andon_evidence::policy::Policy;
use andon_evidence::run::current_decision;
use andon_evidence::stops;
use anyhow::Result;

use crate::arguments::CordArguments;
use crate::console;

/// Puts a stop on the release. It holds although the policy or an input is broken. Returns the exit code.
///
/// # Errors
/// If name or reason state nothing, or the stop cannot be written.
pub(crate) fn stop(root: &Path, arguments: &CordArguments) -> Result<u8> {
    let stop = stops::stop(root, &arguments.by, &arguments.why)?;
    // They tell a decision from before.
    Store::in_root(root).remove_reports()?;
    console::print(&format!("{}: NO-GO, {stop}", stop.id))?;
    console::hint(&format!(
        "next: commit {STOPS}, so that it stops everybody; a service that runs already is stopped by its own command `stop`"
    ));
    Ok(EXIT_GO)
}

/// Ends a stop on the release. Returns the exit code.
///
/// # Errors
/// If there is no such stop, or the policy lets another person clear it.
pub(crate) fn clear(root: &Path, id: &str, arguments: &CordArguments) -> Result<u8> {
    let policy = Policy::read(root)?;
    let stop = stops::clear(root, &policy.cord, id, &arguments.by, &arguments.why)?;
    console::print(&format!("{} is cleared by {}: {}", stop.id, arguments.by, arguments.why))?;
    let now = current_decision(root)?.outcome;
    console::hint(&format!("the decision is {now}\nnext: commit {STOPS}, then cargo andon status"));
    Ok(EXIT_GO)
}
