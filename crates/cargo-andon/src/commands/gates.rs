//! `gates`: the tests that the policy asks for.

use std::path::Path;

use andon_evidence::EXIT_GO;
use andon_evidence::policy::Policy;
use andon_new::complete;
use anyhow::Result;

use crate::console::print;

/// Writes the tests that are missing, and lists those without a bar.
///
/// # Errors
/// If the policy is broken, or a file cannot be read or written.
pub(crate) fn run(root: &Path) -> Result<u8> {
    let policy = Policy::read(root)?;
    let tests = complete(root, policy.gates.keys())?;
    for test in &tests.written {
        print(&format!("written: {test}"))?;
    }
    for test in &tests.without_bar {
        print(&format!("without a bar in release.toml: {test}; give it one, or delete it"))?;
    }
    if tests.written.is_empty() && tests.without_bar.is_empty() {
        print(&format!("{} gates, each with a test", policy.gates.len()))?;
    }
    Ok(EXIT_GO)
}
