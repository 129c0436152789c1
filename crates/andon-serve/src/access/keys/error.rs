//! The reasons why a file of keys cannot be used, and why no key can be made.

use std::path::PathBuf;

/// The reasons why a file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read.
    #[error("failed to read {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file holds no key, so no client would have access.
    #[error("{} holds no key", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// A line is not a valid key.
    #[error("{}:{line}: {problem}; a line is `name sha256-hex [requests_per_second]`", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// The problem with it; it quotes no digest.
        problem: String,
    },
}

/// The reasons why a key cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// The file cannot hold this name.
    #[error("the name `{0}` is not 1 to 64 of a-z, A-Z, 0-9, `.`, `_` and `-`")]
    Name(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}
