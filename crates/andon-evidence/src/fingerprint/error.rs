//! The reasons why a fingerprint cannot be taken.

use std::path::PathBuf;

use crate::files::FileError;

/// The fingerprint could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum FingerprintError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A manifest is not TOML.
    #[error("failed to read path dependencies from {path}: {source}", path = .path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// The parser's message.
        source: Box<toml::de::Error>,
    },
    /// A required input is missing.
    #[error("failed to take the fingerprint: {0}")]
    Missing(String),
}
