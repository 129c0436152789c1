//! The reasons to refuse a policy.

use std::path::PathBuf;

use crate::files::FileError;

/// `release.toml` is not a policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not TOML of the right form; the message shows the line.
    #[error("{path} is not a valid policy:\n{source}", path = .path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// The parser's message, with the line.
        source: Box<toml::de::Error>,
    },
    /// A value is of the right form and not allowed.
    #[error("{path}: {key}: {problem}", path = .path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The defect, and the allowed values.
        problem: String,
    },
}

/// A key and the defect of its value.
pub(super) type KeyProblem = (String, String);

pub(super) fn filled(key: &str, text: &str) -> Result<(), KeyProblem> {
    if text.trim().is_empty() { Err((key.to_owned(), "must not be empty".to_owned())) } else { Ok(()) }
}
