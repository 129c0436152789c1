//! Repeated cross-validation: the scores that other trainings on the same rows would have given.
//!
//! A repeat is a cross-validation with folds and trees of another seed. What ships is a forest whose scores go through
//! a calibrator that was fitted to the out-of-fold scores of *other* forests; so each repeat's scores go through the
//! calibrator of the repeat after it, and the last one's through that of the first. The luck of folds, trees and
//! calibrator are then all in what a statistic does from one repeat to the next (see [`crate::measure::spread`]).
//!
//! The rows are judged by the scores of the first cross-validation. Repeats judge nobody; they only widen intervals.

use andon_evidence::policy::{Policy, Recipe};

use crate::model::platt::Platt;
use crate::model::random_forest::TrainError;
use crate::model::score::Score;

/// The most rows of a tree of a repeat. Fewer rows to a tree make trees differ more, so that on large data the spread
/// is overstated rather than paid for: an interval from that many rows is narrow anyway.
const MAX_ROWS_PER_TREE: usize = 20_000;

/// The recipe of one repeat, from 1.
fn recipe(of: &Recipe, repeat: usize) -> Recipe {
    // Seeds far apart: a tree's own seed counts up from that of its forest.
    let seed = of.seed ^ (repeat as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Recipe { seed, max_rows_per_tree: of.max_rows_per_tree.min(MAX_ROWS_PER_TREE), ..of.clone() }
}

/// The scores of every row in every repeat, the first of which is the cross-validation that gave `judged_raw`;
/// `out_of_fold` gives the raw scores of the cross-validation by another recipe.
///
/// # Errors
/// [`TrainError`] when a repeat cannot be trained or calibrated.
pub(crate) fn repeated_scores(
    policy: &Policy,
    labels: &[bool],
    judged_raw: Vec<f64>,
    out_of_fold: impl Fn(&Recipe) -> Result<Vec<f64>, TrainError>,
) -> Result<Vec<Vec<Score>>, TrainError> {
    let mut raws = vec![judged_raw];
    for repeat in 1..=policy.evaluation.repeats {
        raws.push(out_of_fold(&recipe(&policy.recipe, repeat))?);
    }
    through_the_next_calibrator(&raws, labels)
}

fn through_the_next_calibrator(raws: &[Vec<f64>], labels: &[bool]) -> Result<Vec<Vec<Score>>, TrainError> {
    let curves = raws.iter().map(|raw| Platt::fit(raw, labels)).collect::<Result<Vec<Platt>, _>>()?;
    let score = |raw: &f64, curve: &Platt| {
        Score::nearest(curve.apply(*raw)).ok_or_else(|| TrainError::Tree("a score is not a number".to_owned()))
    };
    let next = curves.iter().cycle().skip(1);
    raws.iter().zip(next).map(|(raw, curve)| raw.iter().map(|raw| score(raw, curve)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_repeat_goes_through_the_calibrator_of_the_next() {
        let labels = [false, true, false, true, true, true];
        let raws = vec![vec![0.2, 0.4, 0.6, 0.6, 0.8, 0.9], vec![0.1, 0.6, 0.4, 0.5, 0.7, 0.9]];
        let scores = through_the_next_calibrator(&raws, &labels).unwrap();
        let second = Platt::fit(&raws[1], &labels).unwrap();
        assert_eq!(scores[0][0], Score::nearest(second.apply(0.2)).unwrap());
        let first = Platt::fit(&raws[0], &labels).unwrap();
        assert_eq!(scores[1][5], Score::nearest(first.apply(0.9)).unwrap());
    }

    #[test]
    fn seeds_of_repeats_differ_and_large_data_cost_no_more() {
        let of = Recipe {
            seed: 7,
            trees: 1,
            depth: 1,
            rare_class_weight: 2.5,
            min_leaf_weight: 1.0,
            smoothing_rows: 1.0,
            max_rows_per_tree: 100_000,
        };
        let seeds: std::collections::BTreeSet<u64> = (0..100).map(|repeat| recipe(&of, repeat).seed).collect();
        assert_eq!(seeds.len(), 100);
        assert_eq!(recipe(&of, 1).max_rows_per_tree, MAX_ROWS_PER_TREE);
    }
}
