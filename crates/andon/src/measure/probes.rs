//! What small models tell, kept because several gates ask for it.

use std::collections::BTreeMap;

use andon_evidence::judge::NotMeasured;

use crate::statistics::estimate::Estimate;

/// Each feature alone: a small forest that sees nothing else predicts the labels of rows it did not see.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SingleFeatures {
    /// The features with the area under the ROC curve of their scores, the strongest first; never empty.
    pub features: Vec<(String, Estimate)>,
    /// The out-of-fold scores of the strongest, one a row. Those of all features would fill the memory.
    pub best_scores: Vec<f64>,
}

/// For each protected attribute, and each of its judged groups, the log-odds that a drawn row is of that group, one
/// number a row.
pub(crate) type ProbedGroups = BTreeMap<String, Result<Vec<Vec<f64>>, NotMeasured>>;
