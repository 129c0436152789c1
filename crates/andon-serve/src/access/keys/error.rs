//! The reasons why a file of keys cannot be used, and why no key can be made.

use std::path::PathBuf;

/// A file of keys that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read.
    #[error("failed to read {}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nobody could use the service.
    #[error("{} holds no key", file.display())]
    Empty {
        /// Which file.
        file: PathBuf,
    },
    /// A line is none of a key.
    #[error("{}:{line}: {problem}; a line is `name sha256-hex [requests_per_second]`", file.display())]
    Line {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it; it quotes no digest.
        problem: String,
    },
}

/// No key can be made.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// The name cannot stand in the file.
    #[error("the name `{0}` is not 1 to 64 of a-z, A-Z, 0-9, `.`, `_` and `-`")]
    Name(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}
