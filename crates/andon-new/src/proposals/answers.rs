//! The answers of the user about a file.

use std::path::PathBuf;

/// The answers of the user; what is absent is found in the file, or asked for.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The name of the project.
    pub name: String,
    /// The data file.
    pub data: PathBuf,
    /// The column with the outcome.
    pub label: Option<String>,
    /// The value of the label that is the better outcome for the person.
    pub favourable: Option<String>,
    /// The protected attributes; an empty list says that the file has none.
    pub protected: Option<Vec<String>>,
    /// The column that names a row.
    pub id: Option<String>,
    /// The column with the time of a row.
    pub time: Option<String>,
}
