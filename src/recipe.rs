//! The recipe: trains the model. Its numbers are in `release.toml` under `[recipe]`; another learner goes here.

use andon::policy::{Better, Recipe};
use andon::{Forest, Matrix, TrainError, random_forest};

/// Grows the forest: splits of linfa's on seeded bootstraps, the same bytes on any number of threads. No value that
/// `[better]` calls better lowers a score.
///
/// # Errors
/// [`TrainError`] if there are too few rows to train on.
pub fn grow(
    recipe: &Recipe,
    better: &[Option<Better>],
    rows: &Matrix,
    labels: &[bool],
    threads: usize,
) -> Result<Forest, TrainError> {
    random_forest(recipe, better, rows, labels, threads)
}
