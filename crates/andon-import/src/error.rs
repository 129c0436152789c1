//! A file that cannot be read as a model.

/// The fault of a model file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, {place}: {problem}")]
pub struct ImportError {
    /// The file.
    pub file: String,
    /// The place in it: a line, a member, or a node of a tree.
    pub place: String,
    /// The fault there.
    pub problem: String,
}

/// The next step with a model that is not read.
pub(crate) const INSTEAD: &str =
    "write its points as a table (one for each bin or category), or judge its scores alone";

/// A fault before the name of the file is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileFault {
    pub(crate) place: String,
    pub(crate) problem: String,
}

impl FileFault {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }

    /// The fault of a node; trees and nodes count from 0, as the libraries count them.
    pub(crate) fn at_node(tree: usize, node: usize, problem: impl Into<String>) -> Self {
        Self::new(format!("tree {tree}, node {node}"), problem)
    }

    pub(crate) fn in_file(self, file: &str) -> ImportError {
        ImportError { file: file.to_owned(), place: self.place, problem: self.problem }
    }
}
