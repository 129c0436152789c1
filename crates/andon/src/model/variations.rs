//! Small forests on other weights, subsets and orders of the data. They show a learner that breaks ties by chance.
//!
//! Such a learner can come to the same model on the release's own data by luck, because the ties depend on the recipe
//! and on every single row. Whole weights and small leaves tie often, so luck does not last over all of these forests.

use andon_evidence::files::sha256_hex;
use andon_evidence::policy::{Better, Recipe};

use crate::data::frame::Frame;
use crate::model::random_forest::{Grow, TrainError};

/// Weights of the rarer class: one, whole, halves, and one that is neither.
const WEIGHTS: [f32; 8] = [1.0, 2.0, 5.5, 7.0, 7.3, 8.0, 10.0, 3.0];

/// Least weight of a leaf, at most: small leaves tie more often than large ones.
const MIN_LEAF: f32 = 2.0;

/// Trees of one forest, at most.
const TREES: usize = 8;

/// Rows that one forest is grown on, at most.
const ROWS: usize = 5_000;

/// One SHA-256 over the forests that a learner grows on variations of a recipe and its data, on `threads` threads,
/// with the direction of better values by column; and how many it grew. A refusal of the learner counts as what it
/// grows.
///
/// # Errors
/// [`TrainError`] if the learner refuses more than half of them: the rest could be luck.
pub fn digest(
    recipe: &Recipe,
    better: &[Option<Better>],
    frame: &Frame,
    grow: Grow,
    threads: usize,
) -> Result<String, TrainError> {
    let forest = |(at, weight): (usize, &f32)| {
        let rows = rows(frame.labels.len(), at);
        let frame = frame.select(&rows);
        let recipe = Recipe {
            trees: recipe.trees.min(TREES),
            rare_class_weight: *weight,
            min_leaf_weight: recipe.min_leaf_weight.min(MIN_LEAF),
            ..recipe.clone()
        };
        let forest = grow(&recipe, better, &frame.matrix, &frame.labels, threads).map_err(|error| error.to_string());
        forest.and_then(|forest| serde_json::to_string(&forest).map_err(|error| error.to_string()))
    };
    let forests: Vec<Result<String, String>> = WEIGHTS.iter().enumerate().map(forest).collect();
    let refusals: Vec<&String> = forests.iter().filter_map(|forest| forest.as_ref().err()).collect();
    if let Some(first) = refusals.first().filter(|_| 2 * refusals.len() > WEIGHTS.len()) {
        let refused = refusals.len();
        return Err(TrainError::Variations { refused, all: WEIGHTS.len(), first: (*first).clone() });
    }
    let grown = WEIGHTS.len() - refusals.len();
    let texts: Vec<&str> =
        forests.iter().map(|forest| forest.as_ref().unwrap_or_else(|refusal| refusal).as_str()).collect();
    let digest = sha256_hex(texts.join("\n").as_bytes());
    Ok(format!("{digest}  {grown} of {} variations", WEIGHTS.len()))
}

/// The rows of a variation: of a large file evenly spread ones, without the last few, in one of three orders.
fn rows(all: usize, variation: usize) -> Vec<usize> {
    let step = all.div_ceil(ROWS).max(1);
    let kept = all.saturating_sub(variation);
    let mut rows: Vec<usize> = (0..kept).step_by(step).collect();
    match variation % 3 {
        0 => {}
        1 => rows.reverse(),
        _ => {
            let half = rows.len() / 2;
            rows.rotate_left(half);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::data::matrix::Matrix;
    use crate::model::forest::{Forest, GrownNode};
    use crate::model::random_forest::{TrainError, random_forest};

    const BETTER: [Option<Better>; 2] = [Some(Better::Lower), None];

    const RECIPE: Recipe = Recipe {
        seed: 3,
        trees: 50,
        depth: 4,
        rare_class_weight: 7.3,
        min_leaf_weight: 4.0,
        smoothing_rows: 1.0,
        max_rows_per_tree: 100_000,
        max_bins: None,
        reweigh_by: Vec::new(),
    };

    /// Whole numbers, of which many are equal.
    fn frame() -> Frame {
        let mut matrix = Matrix::new(2);
        (0..300_u32).for_each(|row| matrix.push(&[f64::from(row * 7 % 11), f64::from(row * row % 13)]));
        let labels = (0..300_u32).map(|row| row * row * row % 17 > 4).collect();
        Frame { features: Vec::new(), matrix, labels, attributes: Vec::new(), persons: Vec::new() }
    }

    /// A learner that breaks ties between whole weights by chance: here a count that has no period.
    fn lottery(
        recipe: &Recipe,
        _better: &[Option<Better>],
        x: &Matrix,
        y: &[bool],
        _threads: usize,
    ) -> Result<Forest, TrainError> {
        static TIMES: AtomicU64 = AtomicU64::new(0);
        let rare = y.iter().filter(|label| !**label).count() as f32;
        let common = y.len() as f32 - rare;
        let ties = (recipe.rare_class_weight * rare) % 1.0 == 0.0 && common > rare;
        let chance = if ties { u64::from(TIMES.fetch_add(1, Ordering::Relaxed).count_ones() % 2) } else { 0 };
        Ok(Forest::new(x.columns(), &[vec![GrownNode::Leaf { value: chance as f64, rows: 1 }]])?)
    }

    #[test]
    fn a_learner_that_leaves_ties_to_chance_shows_on_the_variations_and_not_on_its_own_recipe() {
        let (frame, own) = (frame(), |_| lottery(&RECIPE, &BETTER, &frame().matrix, &frame().labels, 1).unwrap());
        assert!((0..20).map(own).all(|forest| forest == own(0)), "the release's own recipe has no tie");
        let digests: BTreeSet<String> = (0..3).map(|_| digest(&RECIPE, &BETTER, &frame, lottery, 1).unwrap()).collect();
        assert!(digests.len() > 1);
    }

    #[test]
    fn the_forests_are_the_same_with_any_number_of_threads() {
        let digest = |threads: &usize| digest(&RECIPE, &BETTER, &frame(), random_forest, *threads).unwrap();
        let digests: BTreeSet<String> = [1, 2, 3, 8].iter().map(digest).collect();
        assert!(digests.len() == 1 && digests.iter().all(|line| line.ends_with("  8 of 8 variations")), "{digests:?}");
    }

    /// A learner that grows its own recipe only.
    const PICKY: Grow = |recipe, better, x, y, threads| {
        if recipe.rare_class_weight < RECIPE.rare_class_weight {
            return Err(TrainError::Tree("this weight is too small".to_owned()));
        }
        random_forest(recipe, better, x, y, threads)
    };

    #[test]
    fn a_learner_that_refuses_most_variations_has_no_digest() {
        let error = digest(&RECIPE, &BETTER, &frame(), PICKY, 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the learner refused 5 of 8 variations of its recipe, so nothing shows that it leaves no tie to chance; the \
             first: failed to grow a tree: this weight is too small"
        );
    }

    #[test]
    fn variations_differ_in_rows_and_order_and_large_files_are_thinned() {
        let all: BTreeSet<Vec<usize>> = (0..WEIGHTS.len()).map(|variation| rows(100, variation)).collect();
        assert_eq!(all.len(), WEIGHTS.len());
        assert_eq!((rows(100, 1)[0], rows(100, 1).len()), (98, 99));
        assert!(rows(1_000_000, 0).len() <= ROWS && rows(0, 3).is_empty());
    }
}
