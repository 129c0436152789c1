//! The recipe: trains the model. Its numbers are in `release.toml` under `[recipe]`; another learner goes here.

use andon::policy::Recipe;
use andon::{Forest, Matrix, TrainError, random_forest};

/// Grows the forest: linfa's decision trees on seeded bootstraps, the same bytes on any number of threads.
///
/// # Errors
/// [`TrainError`] if there are too few rows to train on.
pub fn grow(recipe: &Recipe, rows: &Matrix, labels: &[bool], threads: usize) -> Result<Forest, TrainError> {
    random_forest(recipe, rows, labels, threads)
}
