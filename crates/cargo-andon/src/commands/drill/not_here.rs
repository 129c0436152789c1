//! The answer of a fault that a release cannot be asked about.

/// A fault cannot be asked about in this release, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotHere(String);

impl NotHere {
    /// The error that says so.
    pub(super) fn because(why: impl Into<String>) -> anyhow::Error {
        Self(why.into()).into()
    }
}
