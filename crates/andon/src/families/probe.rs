//! A small forest that asks how much some columns tell about a yes-or-no, on rows it did not see.
//!
//! It is grown by the release's own learner, a tenth the size of a model, so that a gate can afford dozens of them.

use andon_evidence::judge::NotMeasured;
use andon_evidence::policy::{Policy, Recipe};

use crate::data::frame::Frame;
use crate::data::matrix::Matrix;
use crate::model::candidate::assign_folds;
use crate::model::random_forest::Grow;
use crate::threads::default_threads;

/// Trees of a probe.
const MAX_PROBE_TREES: usize = 5;

/// Depth of its trees, at most.
const MAX_PROBE_DEPTH: usize = 3;

/// Rows that one of its trees is grown on, at most.
const MAX_ROWS_PER_TREE: usize = 20_000;

/// A small forest's learner, recipe and folds; the folds are the candidate's own.
#[derive(Debug, Clone)]
pub struct Probe {
    grow: Grow,
    recipe: Recipe,
    folds: usize,
    fold_of: Vec<usize>,
}

impl Probe {
    /// A probe on the folds in which the candidate of this policy is judged.
    #[must_use]
    pub fn new(policy: &Policy, frame: &Frame, grow: Grow) -> Self {
        let recipe = Recipe {
            trees: policy.recipe.trees.min(MAX_PROBE_TREES),
            depth: policy.recipe.depth.min(MAX_PROBE_DEPTH),
            max_rows_per_tree: policy.recipe.max_rows_per_tree.min(MAX_ROWS_PER_TREE),
            ..policy.recipe.clone()
        };
        let folds = policy.evaluation.folds;
        Self { grow, recipe, folds, fold_of: assign_folds(frame, folds, policy.recipe.seed) }
    }

    /// For each row the raw score of a small forest that was grown on the other folds, both answers weighing the same.
    ///
    /// # Errors
    /// Not measured when the learner refuses, as it does where all answers are the same.
    pub(crate) fn out_of_fold(&self, matrix: &Matrix, answers: &[bool]) -> Result<Vec<f64>, NotMeasured> {
        let recipe = Recipe { rare_class_weight: balance(answers), ..self.recipe.clone() };
        let mut scores = vec![0.0; answers.len()];
        let matrix = matrix.clone().with_places(recipe.max_bins, default_threads());
        for fold in 0..self.folds {
            let (inside, outside): (Vec<usize>, Vec<usize>) =
                (0..answers.len()).partition(|row| self.fold_of[*row] == fold);
            let known: Vec<bool> = outside.iter().map(|row| answers[*row]).collect();
            let forest = (self.grow)(&recipe, &[], &matrix.select(&outside), &known, default_threads())
                .map_err(|error| NotMeasured(error.to_string()))?;
            for (row, score) in inside.iter().zip(forest.score_all(&matrix.select(&inside))) {
                scores[*row] = score;
            }
        }
        Ok(scores)
    }
}

/// The weight of a row of the rarer answer at which both answers weigh the same, within what a recipe allows.
fn balance(answers: &[bool]) -> f32 {
    let yes = answers.iter().filter(|answer| **answer).count();
    let rarer = yes.min(answers.len() - yes).max(1);
    ((answers.len() - rarer) as f32 / rarer as f32).clamp(1.000_1, 1_000.0)
}

/// One column of a matrix as a matrix of its own.
#[must_use]
pub(crate) fn column(matrix: &Matrix, place: usize) -> Matrix {
    let mut column = Matrix::new(1);
    (0..matrix.len()).for_each(|row| column.push(&matrix.row(row)[place..=place]));
    column
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarer_answer_weighs_what_it_lacks() {
        let answers = |yes: usize, no: usize| [vec![true; yes], vec![false; no]].concat();
        assert!((balance(&answers(10, 30)) - 3.0).abs() < 1e-6);
        assert!((balance(&answers(30, 10)) - 3.0).abs() < 1e-6);
        assert!(balance(&answers(5, 5)) > 1.0, "a tie between the answers would be left to chance");
        assert!((balance(&answers(0, 5_000)) - 1_000.0).abs() < 1e-6);
    }
}
