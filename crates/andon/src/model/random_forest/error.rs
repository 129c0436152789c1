//! The reasons for which a model cannot be trained.

use crate::model::forest::NotAForest;
use crate::model::platt::CalibrationError;
use crate::model::training_data::NotBins;

/// The model could not be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There are not two labels to tell apart.
    #[error("failed to train: {positives} of {rows} labels are 1; both labels are needed")]
    OneLabel {
        /// Rows with label 1.
        positives: usize,
        /// All rows.
        rows: usize,
    },
    /// A fold is too small.
    #[error("failed to train: fold {fold} of {folds} has no rows")]
    EmptyFold {
        /// The fold, from 0.
        fold: usize,
        /// The number of folds.
        folds: usize,
    },
    /// linfa refused.
    #[error("failed to grow a tree: {0}")]
    Tree(String),
    /// The learner refused too many variations of its recipe.
    #[error(
        "the learner refused {refused} of {all} variations of its recipe, so nothing shows that it leaves no tie to \
         chance; the first: {first}"
    )]
    Variations {
        /// Refused variations.
        refused: usize,
        /// All variations.
        all: usize,
        /// The first refusal.
        first: String,
    },
    /// The model that was trained elsewhere is not one for this release.
    #[error("{0}")]
    Imported(String),
    /// The grown trees are no forest.
    #[error(transparent)]
    Forest(#[from] NotAForest),
    /// The training data cannot be counted.
    #[error("{0}")]
    Training(String),
    /// The scores cannot be calibrated.
    #[error("{0}")]
    Calibration(String),
}

impl From<NotBins> for TrainError {
    fn from(error: NotBins) -> Self {
        Self::Training(error.to_string())
    }
}

impl From<CalibrationError> for TrainError {
    fn from(error: CalibrationError) -> Self {
        Self::Calibration(error.to_string())
    }
}
