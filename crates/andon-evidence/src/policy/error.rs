//! Why a text is not a policy.

use std::path::PathBuf;

use crate::files::FileError;

/// `release.toml` is not a policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not TOML of the right form; the message shows the line.
    #[error("{path} is not a policy:\n{source}", path = .path.display())]
    Form {
        /// Which file.
        path: PathBuf,
        /// What the parser said, with the line.
        source: Box<toml::de::Error>,
    },
    /// A value is of the right form and not allowed.
    #[error("{path}: {key}: {problem}", path = .path.display())]
    Value {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
}

/// A key and what is wrong with its value.
pub(super) type KeyProblem = (String, String);

pub(super) fn filled(key: &str, text: &str) -> Result<(), KeyProblem> {
    if text.trim().is_empty() { Err((key.to_owned(), "must not be empty".to_owned())) } else { Ok(()) }
}
