//! The best split of one node, found by linfa-trees. It depends on the weights on its two sides and on nothing else.

use linfa::Dataset;
use linfa::traits::Fit;
use linfa_trees::{DecisionTree, SplitQuality};
use ndarray::{Array1, Array2};

use crate::model::random_forest::error::TrainError;

/// Greatest weight of a bag: up to here an `f32`, in which linfa adds weights, holds every whole number.
pub(super) const MAX_WEIGHT: f32 = 16_777_216.0;

/// Least decrease of Gini's impurity that a split must bring, linfa's default: a hundred times what rounding can feign.
const MIN_DECREASE: f64 = 1e-5;

/// Rows of one node: a column of places for each feature, with the label and the weight of each row.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) places: Array2<f64>,
    pub(super) labels: Array1<bool>,
    pub(super) weights: Array1<f32>,
}

/// The feature to ask, and a number between the places that go left and the places that go right; `None` if no split
/// leaves `min_leaf` on both sides and makes them purer.
///
/// linfa grows a tree of one split, and only the split is read. The split follows from the weights of the two labels on
/// either side. linfa keeps these in a `HashMap` and only adds them up, and two addends have the same sum in either
/// order. The label of a leaf and the merging of two leaves do depend on the order of the map; neither is read, and a
/// merged root still knows its split. Among equally good splits the first feature and the first place win.
pub(super) fn best_split(rows: Rows, min_leaf: f32) -> Result<Option<(usize, f64)>, TrainError> {
    let data = Dataset::new(rows.places, rows.labels).with_weights(rows.weights);
    let tree = DecisionTree::params()
        .split_quality(SplitQuality::Gini)
        .max_depth(Some(1))
        .min_weight_leaf(min_leaf)
        .min_impurity_decrease(MIN_DECREASE)
        .fit(&data)
        .map_err(|error| TrainError::Tree(error.to_string()))?;
    let (feature, place, decrease) = tree.root_node().split();
    Ok((decrease > 0.0).then_some((feature, place)))
}

/// The weight nearest to `wanted` with which every sum over `common` rows of weight 1 and `rare` rows is exact.
///
/// Rounded sums would make a side's weight depend on the order of its rows, and drift on large data.
pub(super) fn exact_weight(wanted: f32, common: usize, rare: usize) -> f32 {
    let room = |parts: f32| MAX_WEIGHT / parts - common as f32;
    let nearest = |parts: f32| (wanted * parts).round() / parts;
    let halvings = (0..24).rev().map(|halvings| f32::from(2_u8).powi(halvings));
    let fits = |parts: &f32| nearest(*parts) * rare as f32 <= room(*parts);
    let greatest = || (room(1.0) / rare.max(1) as f32).floor().max(1.0);
    halvings.into_iter().find(fits).map_or_else(greatest, nearest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One feature by row, the label of each row and its weight.
    fn rows(rows: &[(u8, bool, f32)]) -> Rows {
        Rows {
            places: Array2::from_shape_fn((rows.len(), 1), |(row, _)| f64::from(rows[row].0)),
            labels: rows.iter().map(|row| row.1).collect(),
            weights: rows.iter().map(|row| row.2).collect(),
        }
    }

    /// Rows at one place, so many with either label.
    fn at(place: u8, positives: usize, negatives: usize) -> Vec<(u8, bool, f32)> {
        [vec![(place, true, 1.0); positives], vec![(place, false, 1.0); negatives]].concat()
    }

    /// linfa merges the two leaves here; if a later version of it forgot their split, this would tell.
    #[test]
    fn a_split_whose_leaves_have_one_majority_is_found() {
        let table = [at(1, 55, 45), at(2, 95, 5)].concat();
        assert_eq!(best_split(rows(&table), 1.0).unwrap(), Some((0, 1.5)));
    }

    /// Each call has maps of its own, so that half of them would break the tie the other way.
    #[test]
    fn a_tie_between_labels_has_one_outcome() {
        let table = [at(1, 30, 30), at(2, 50, 10)].concat();
        let splits: Vec<_> = (0..200).map(|_| best_split(rows(&table), 1.0).unwrap()).collect();
        assert!(splits.iter().all(|split| *split == Some((0, 1.5))), "{splits:?}");
    }

    #[test]
    fn rows_that_nothing_tells_apart_have_no_split() {
        for table in [at(1, 30, 30), [at(1, 20, 10), at(2, 40, 20)].concat(), at(1, 1, 0)] {
            assert_eq!(best_split(rows(&table), 1.0).unwrap(), None);
        }
        let few_on_one_side = [at(1, 4, 0), at(2, 0, 40)].concat();
        assert_eq!(best_split(rows(&few_on_one_side), 5.0).unwrap(), None);
    }

    #[test]
    fn the_weight_is_the_wanted_one_as_long_as_sums_are_exact() {
        assert!((exact_weight(7.3, 1_740, 239) - 7.3).abs() < 0.001);
        assert!((exact_weight(7.3, 88_000, 12_000) - 7.3).abs() < 0.01);
        assert!((exact_weight(1.0, 5_000_000, 5_000_000) - 1.0).abs() < f32::EPSILON);
        assert!((exact_weight(7.3, 9_000_000, 1_000_000) - 7.0).abs() < f32::EPSILON);
        assert!((exact_weight(5.0, 100, 0) - 5.0).abs() < f32::EPSILON);
    }

    /// The least weighted impurity that a split of one feature can leave, by the definition.
    fn least_impurity(table: &[(u8, bool, f32)]) -> f64 {
        let weight = |side: &dyn Fn(u8) -> bool, label: bool| -> f64 {
            table.iter().filter(|row| side(row.0) && row.1 == label).map(|row| f64::from(row.2)).sum()
        };
        let impure = |side: &dyn Fn(u8) -> bool| {
            let [a, b] = [true, false].map(|label| weight(side, label));
            if a + b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 }
        };
        let splits = (0..12).map(|border| impure(&|place| place < border) + impure(&|place| place >= border));
        splits.fold(f64::INFINITY, f64::min)
    }

    proptest! {
        #[test]
        fn the_split_is_a_best_one_and_the_order_of_the_rows_does_not_matter(
            table in proptest::collection::vec((0_u8..12, any::<bool>()), 2..120),
            weight in prop_oneof![Just(1.0_f32), Just(2.0), Just(5.5), Just(7.0), 1.0..20.0_f32],
            turn in 0_usize..120,
        ) {
            let rare = table.iter().filter(|row| row.1).count();
            let weight = exact_weight(weight, table.len() - rare, rare);
            let mut table: Vec<_> = table.iter().map(|(at, label)| (*at, *label, if *label { weight } else { 1.0 })).collect();
            let split = best_split(rows(&table), 1.0).unwrap();
            let all: f32 = table.iter().map(|row| row.2).sum();
            if let Some((_, border)) = split {
                let chosen: Vec<_> = table.iter().map(|row| (u8::from(f64::from(row.0) > border), row.1, row.2)).collect();
                let excess = least_impurity(&chosen) - least_impurity(&table);
                prop_assert!(excess / f64::from(all) < 1e-6, "{excess} more impurity than needed");
            }
            let turn = turn % table.len();
            table.rotate_left(turn);
            prop_assert_eq!(&best_split(rows(&table), 1.0).unwrap(), &split);
            table.reverse();
            prop_assert_eq!(best_split(rows(&table), 1.0).unwrap(), split);
        }

        #[test]
        fn no_sum_of_weights_is_rounded(wanted in 1.0..1_000.0_f32, common in 1_usize..5_000_000, share in 0.0..1.0_f64) {
            let rare = 1 + (share * common as f64) as usize;
            let weight = exact_weight(wanted, common, rare);
            prop_assert!(weight >= 1.0 && weight <= wanted + 1.0);
            // The weight's own unit: the greatest power of two that it is a multiple of.
            let mut unit = 1.0_f64;
            while f64::from(weight) % unit != 0.0 { unit /= 2.0; }
            prop_assert!((f64::from(weight) * rare as f64 + common as f64) / unit <= f64::from(MAX_WEIGHT));
        }
    }
}
