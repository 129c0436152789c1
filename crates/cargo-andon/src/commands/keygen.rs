//! `keygen`: makes a key pair to sign artifacts with.

use std::path::Path;

use andon_evidence::EXIT_GO;
use anyhow::Result;

use crate::artifact::signing;
use crate::console;

/// Makes the key pair and prints the use of each file.
///
/// # Errors
/// If one of the files exists already, would lie in a repository, or cannot be written.
pub(crate) fn run(key: &Path) -> Result<u8> {
    let public = signing::keygen(key)?;
    console::print(&format!("{}: the private key; keep it secret", key.display()))?;
    console::print(&format!("{}: the public key, for cargo andon verify --public-key", public.display()))?;
    Ok(EXIT_GO)
}
