//! `keygen`: makes a key pair to sign artifacts with.

use std::path::Path;

use andon_evidence::EXIT_GO;
use anyhow::Result;

use crate::artifact::signing;

/// Makes the key pair and prints the use of each file.
///
/// # Errors
/// If one of the files exists already, would lie in a repository, or cannot be written.
pub(crate) fn run(key: &Path) -> Result<u8> {
    let public = signing::keygen(key)?;
    println!("{}: the private key; keep it secret", key.display());
    println!("{}: the public key, for cargo andon verify --public-key", public.display());
    Ok(EXIT_GO)
}
