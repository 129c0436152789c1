//! The reasons why a policy cannot be served.

use crate::words::NotLocal;

/// The reasons why a policy cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Unservable {
    /// The path of the decision endpoint is unusable.
    #[error(
        "serve.path: `{path}` {problem}; allowed are segments of a-z, A-Z, 0-9, `-`, `_` and `.`, as in /v1/decisions"
    )]
    Path {
        /// The policy's path.
        path: String,
        /// The problem with it.
        problem: &'static str,
    },
    /// The language model is not on this machine.
    #[error(transparent)]
    NotLocal(#[from] NotLocal),
}
