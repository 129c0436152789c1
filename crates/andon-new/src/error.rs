//! The ways in which a project cannot be made.

use std::path::PathBuf;

use andon_evidence::files::FileError;
use andon_evidence::policy::PolicyError;

/// A project could not be made from a data file.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The data file is not one that a model can be made from.
    #[error("{file}: {problem}\nnext: {next}", file = .file.display())]
    Data {
        /// The data file.
        file: PathBuf,
        /// The fault in it.
        problem: String,
        /// The step that mends it.
        next: String,
    },
    /// An answer is missing, or the file does not bear it out.
    #[error("{flag}: {problem}\nnext: {next}")]
    Answer {
        /// The option of the command.
        flag: &'static str,
        /// The fault in the answer.
        problem: String,
        /// The answers that are possible.
        next: String,
    },
    /// The folder of the project holds something already.
    #[error("{} exists already\nnext: choose another name, or take it away", .0.display())]
    Exists(PathBuf),
    /// The description of the conversion cannot be read.
    #[error("{file}: {problem}", file = .file.display())]
    Conversion {
        /// The file with the description.
        file: PathBuf,
        /// The fault in it.
        problem: String,
    },
    /// The policy that was written is not one; a fault of this program.
    #[error("the policy that was written is refused, which is a fault of this program: {0}")]
    Policy(#[from] PolicyError),
}

/// A fault of a data file, before the file has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) problem: String,
    pub(crate) next: String,
}

impl Problem {
    pub(crate) fn new(problem: impl Into<String>, next: impl Into<String>) -> Self {
        Self { problem: problem.into(), next: next.into() }
    }

    pub(crate) fn of(self, file: &std::path::Path) -> NewError {
        NewError::Data { file: file.to_owned(), problem: self.problem, next: self.next }
    }
}
