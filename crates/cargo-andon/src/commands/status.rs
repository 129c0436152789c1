//! `status`: prints the decision from the evidence that is stored.

use std::path::Path;

use anyhow::Result;

use crate::console::{self, print_decision};
use andon_evidence::evidence::today;
use andon_evidence::policy::Policy;
use andon_evidence::run::current_decision;

/// Prints the decision and returns its exit code. It runs no gate.
///
/// # Errors
/// If an input is broken.
pub(crate) fn run(root: &Path, json: bool) -> Result<u8> {
    let decision = current_decision(root)?;
    print_decision(&decision, json)?;
    for (gate, source, checked) in Policy::read(root)?.stale_sources(today()) {
        let since =
            checked.map_or_else(|| "nobody has looked at it".to_owned(), |day| format!("last looked at on {day}"));
        console::hint(&format!("the source of {gate} may have changed, {since}: {source}"));
    }
    Ok(decision.outcome.exit_code())
}
