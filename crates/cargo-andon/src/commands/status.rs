//! `status`: prints the decision from the evidence that is stored.

use std::path::Path;

use anyhow::Result;

use crate::console::print_decision;
use andon_evidence::run::current_decision;

/// Prints the decision and returns its exit code. It runs no gate.
///
/// # Errors
/// If an input is broken.
pub(crate) fn run(root: &Path, json: bool) -> Result<u8> {
    let decision = current_decision(root)?;
    print_decision(&decision, json)?;
    Ok(decision.outcome.exit_code())
}
