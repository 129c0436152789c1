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
    #[error("{path} is not a valid policy:\n{defects}", path = .path.display(), defects = lines(.sources))]
    Form {
        /// The file.
        path: PathBuf,
        /// The parser's messages, each with the line.
        sources: Vec<toml::de::Error>,
    },
    /// Several values are of the right form and not allowed.
    #[error("{}", lines(.0))]
    Values(Vec<PolicyError>),
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

fn lines(problems: &[impl ToString]) -> String {
    problems.iter().map(|problem| problem.to_string().trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// The defects among the results of checks that do not depend on each other.
pub(super) fn problems(checks: impl IntoIterator<Item = Result<(), KeyProblem>>) -> Vec<KeyProblem> {
    checks.into_iter().filter_map(Result::err).collect()
}

/// A key and the defect of its value.
pub(super) type KeyProblem = (String, String);

pub(super) fn filled(key: &str, text: &str) -> Result<(), KeyProblem> {
    if text.trim().is_empty() { Err((key.to_owned(), "must not be empty".to_owned())) } else { Ok(()) }
}
