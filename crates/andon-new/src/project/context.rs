//! The facts that the files of a project are made from.

use std::path::PathBuf;

use andon_evidence::layout::CARGO_LOCK;

use crate::conversion::Conversion;
use crate::proposals::plan::Plan;

/// The place from which a project takes the harness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Harness {
    /// A checkout, by the path of its root.
    Checkout(PathBuf),
    /// The published crates of this version.
    Published(String),
}

impl Harness {
    /// The lock file of a checkout: a project that starts with it is built from the versions that were tested there.
    pub(super) fn lock(&self) -> Option<PathBuf> {
        let Self::Checkout(root) = self else { return None };
        Some(root.join(CARGO_LOCK)).filter(|lock| lock.is_file())
    }
}

/// The facts that every file of a project is made from.
pub(super) struct Context<'a> {
    pub(super) name: &'a str,
    pub(super) plan: &'a Plan,
    pub(super) conversion: &'a Conversion,
}

impl Context<'_> {
    pub(super) fn data_file(&self) -> PathBuf {
        PathBuf::from(format!("data/{}.csv", self.name))
    }
}
