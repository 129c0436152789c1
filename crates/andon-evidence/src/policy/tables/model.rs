//! A model that was trained elsewhere (`[model] file`), and the rows that it has not seen.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A model that was trained elsewhere, in place of one that is grown here.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// The file of the model, relative to the policy.
    pub file: PathBuf,
    /// What the library that trained it answers to the questions of `import.parity`, relative to the policy.
    pub predictions: PathBuf,
    /// The rows that the model has not seen. Without it, no gate that needs such rows is measured.
    #[serde(default)]
    pub unseen: Option<UnseenRows>,
    /// The reason why it has not seen them.
    #[serde(default)]
    pub unseen_because: Option<String>,
    /// The rows that a calibrator is fitted on; the gates judge none of them. Without it the scores are the library's.
    #[serde(default)]
    pub calibrated_on: Option<CalibratorRows>,
}

impl ModelFile {
    /// The files beside the policy that the model is made of and judged by.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let unseen = self.unseen.as_ref().and_then(UnseenRows::file);
        let calibrated_on = self.calibrated_on.as_ref().and_then(CalibratorRows::file);
        [&self.file, &self.predictions].into_iter().chain(unseen).chain(calibrated_on)
    }

    /// The rows by which the model is judged and calibrated, in words for a card.
    #[must_use]
    pub fn evaluation(&self) -> String {
        let fitted_on = match &self.calibrated_on {
            None => return self.judged_rows(),
            Some(CalibratorRows::OtherRows) => "the other rows of the data file, which it may have seen".to_owned(),
            Some(CalibratorRows::Column(column)) => format!("the rows with 1 in {column}, none of which is judged"),
            Some(CalibratorRows::File(file)) => {
                format!("the rows whose id stands in {}, none of which is judged", file.display())
            }
        };
        format!("{}; its probabilities pass a calibrator that was fitted on {fitted_on}", self.judged_rows())
    }

    fn judged_rows(&self) -> String {
        judged_rows("the model itself scores", self.unseen.as_ref(), self.unseen_because.as_deref())
    }
}

/// The rows that the model has not seen, in words.
pub(super) fn judged_rows(who_scores: &str, unseen: Option<&UnseenRows>, because: Option<&str>) -> String {
    let judged = match unseen {
        None => return "the policy does not say which rows the model has not seen".to_owned(),
        Some(UnseenRows::EveryRow) => "each row; the policy says that it has seen none".to_owned(),
        Some(UnseenRows::Column(column)) => {
            format!("each row with 1 in {column}; the policy says that it has seen none of these")
        }
        Some(UnseenRows::File(file)) => {
            let file = file.display();
            format!("each row whose id stands in {file}; the policy says that it has seen none of these")
        }
    };
    let because = because.map(|because| format!(": {because}")).unwrap_or_default();
    format!("{who_scores} {judged}{because}")
}

/// The rows that a model has not seen, neither in its training nor in the choice of its settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnseenRows {
    /// Every row of the data file.
    EveryRow,
    /// The rows that have 1 in this column; the gates judge no other.
    Column(String),
    /// The rows whose id stands in this CSV file, relative to the policy; the gates judge no other.
    File(PathBuf),
}

/// The rows that a calibrator behind a model from a file is fitted on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibratorRows {
    /// The rows of the data file that are not judged.
    OtherRows,
    /// The rows that have 1 in this column.
    Column(String),
    /// The rows whose id stands in this CSV file, relative to the policy.
    File(PathBuf),
}

impl CalibratorRows {
    /// The file that lists the rows, if one does.
    #[must_use]
    pub fn file(&self) -> Option<&PathBuf> {
        if let Self::File(file) = self { Some(file) } else { None }
    }
}

impl UnseenRows {
    /// The file that lists the rows, if one does.
    #[must_use]
    pub fn file(&self) -> Option<&PathBuf> {
        if let Self::File(file) = self { Some(file) } else { None }
    }
}
