//! The best split of one node, found by linfa-trees. It depends on the weights on its two sides and on nothing else.
//!
//! linfa looks at every row and every column, and keeps its sums in a `HashMap`; that was nine tenths of a training. So
//! the borders are sifted first: their impurity is worked out from the counts of a column, and linfa is asked about
//! those alone that are as good as the best one, or so little worse that the rounding of its `f32` could prefer them.
//! The rows between two such borders are one row of linfa's, with their weight. All sums of weights are exact
//! ([`exact_weight`]), so linfa comes to the bits that it would come to with every row and every border before it.

use linfa::Dataset;
use linfa::traits::Fit;
use linfa_trees::{DecisionTree, SplitQuality};
use ndarray::{Array1, Array2};

use crate::model::random_forest::error::TrainError;
use crate::model::random_forest::steps::{self, Step, Steps};

/// Greatest weight of a bag: up to here an `f32`, in which linfa adds weights, holds every whole number.
pub(super) const MAX_WEIGHT: f32 = 16_777_216.0;

/// Least decrease of Gini's impurity that a split must bring, linfa's default: a hundred times what rounding can feign.
const MIN_DECREASE: f64 = 1e-5;

/// Rows of one node: a place, the label and the weight of each row. The rarer label is true.
#[derive(Debug)]
struct Rows {
    places: Array2<f64>,
    labels: Array1<bool>,
    weights: Array1<f32>,
}

/// The most by which a border's impurity may lie above the least and still win in `f32`, with room to spare. linfa
/// rounds a dozen times, each time by at most 6e-8 of a number up to 1.
const SIFT: f64 = 1e-5;

/// A border of a column: after so many steps, with the impurity that it leaves.
#[derive(Debug, Clone, Copy)]
struct Border {
    column: usize,
    after: usize,
    impurity: f64,
}

/// The column to ask, and the number of its steps that go left; `None` if no split leaves `min_leaf` on both sides and
/// makes them purer. A row of the commoner label weighs 1, and one of the rarer label `weight`.
///
/// Among equally good splits the first column and the first border win, as in linfa.
pub(super) fn best_border(columns: &[Steps], weight: f32, min_leaf: f32) -> Result<Option<(usize, usize)>, TrainError> {
    let mut best: Option<(usize, usize, f64)> = None;
    for near in near_best(columns, weight, min_leaf).chunk_by(|a, b| a.column == b.column) {
        let column = near[0].column;
        let Some((place, decrease)) = best_split(condense(&columns[column].steps, near, weight)?, min_leaf)? else {
            continue;
        };
        if best.is_none_or(|(.., greatest)| decrease > greatest) {
            best = Some((column, near[place as usize].after, decrease));
        }
    }
    Ok(best.map(|(column, after, _)| (column, after)))
}

/// The borders that linfa may prefer, in the order of columns and steps.
fn near_best(columns: &[Steps], weight: f32, min_leaf: f32) -> Vec<Border> {
    let mut least = f64::INFINITY;
    let mut near = Vec::new();
    for (column, Steps { steps, .. }) in columns.iter().enumerate() {
        let all = steps.iter().map(|step| step.counts).fold([0; 2], steps::sum);
        let total = weigh(all, weight)[2];
        let mut left = [0; 2];
        for (before, step) in steps.iter().enumerate().take(steps.len().saturating_sub(1)) {
            left = steps::sum(left, step.counts);
            let sides = [left, [all[0] - left[0], all[1] - left[1]]].map(|counts| weigh(counts, weight));
            if sides.iter().any(|side| side[2] < f64::from(min_leaf)) {
                continue;
            }
            let impurity = sides.iter().map(|[common, rare, both]| 2.0 * common * rare / both).sum::<f64>() / total;
            least = least.min(impurity);
            if impurity <= least + SIFT {
                near.push(Border { column, after: before + 1, impurity });
            }
        }
    }
    near.retain(|border| border.impurity <= least + SIFT);
    near
}

/// The weight of the rows of either label, and of both.
fn weigh([common, rare]: [u32; 2], weight: f32) -> [f64; 3] {
    let [common, rare] = [f64::from(common), f64::from(weight) * f64::from(rare)];
    [common, rare, common + rare]
}

/// The rows of a node as linfa takes them: for the steps between two borders, one of either label.
fn condense(steps: &[Step], borders: &[Border], weight: f32) -> Result<Rows, TrainError> {
    let mut starts: Vec<usize> = std::iter::once(0).chain(borders.iter().map(|border| border.after)).collect();
    starts.push(steps.len());
    let mut rows: Vec<(f64, bool, f32)> = Vec::with_capacity(2 * starts.len());
    for (place, ends) in starts.windows(2).enumerate() {
        let counts = steps[ends[0]..ends[1]].iter().map(|step| step.counts).fold([0; 2], steps::sum);
        let labels = [(false, counts[0], 1.0), (true, counts[1], weight)].into_iter().filter(|label| label.1 > 0);
        rows.extend(labels.map(|(label, rows, weight)| (place as f64, label, rows as f32 * weight)));
    }
    let places = Array2::from_shape_vec((rows.len(), 1), rows.iter().map(|row| row.0).collect());
    let places = places.map_err(|error| TrainError::Tree(error.to_string()))?;
    Ok(Rows { places, labels: rows.iter().map(|row| row.1).collect(), weights: rows.iter().map(|row| row.2).collect() })
}

/// A number between the places that go left and the places that go right, and the decrease of impurity; `None` if no
/// split leaves `min_leaf` on both sides and makes them purer.
///
/// linfa grows a tree of one split, and only the split is read. The split follows from the weights of the two labels on
/// either side. linfa keeps these in a `HashMap` and only adds them up, and two addends have the same sum in either
/// order. The label of a leaf and the merging of two leaves do depend on the order of the map; neither is read, and a
/// merged root still knows its split.
fn best_split(rows: Rows, min_leaf: f32) -> Result<Option<(f64, f64)>, TrainError> {
    let data = Dataset::new(rows.places, rows.labels).with_weights(rows.weights);
    let tree = DecisionTree::params()
        .split_quality(SplitQuality::Gini)
        .max_depth(Some(1))
        .min_weight_leaf(min_leaf)
        .min_impurity_decrease(MIN_DECREASE)
        .fit(&data)
        .map_err(|error| TrainError::Tree(error.to_string()))?;
    let (_, place, decrease) = tree.root_node().split();
    Ok((decrease > 0.0).then_some((place, decrease)))
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
    use crate::data::matrix::Matrix;
    use crate::model::random_forest::steps::Drawn;

    /// Values of a row, and true if it has the rarer label.
    type Row<const N: usize> = ([u8; N], bool);

    /// The column of the best split and its border, halfway between two values.
    type Split = Option<(usize, f64)>;

    fn sifted<const N: usize>(table: &[Row<N>], weight: f32, min_leaf: f32) -> Split {
        let mut matrix = Matrix::new(N);
        table.iter().for_each(|(values, _)| matrix.push(&values.map(f64::from)));
        let rows: Vec<u32> = (0..table.len() as u32).collect();
        let places = matrix.with_places(None, 1).places_of(&rows).unwrap();
        let drawn = |(row, (_, rare)): (usize, &Row<N>)| Drawn::new(row as u32, *rare, 1);
        let drawn: Vec<Drawn> = table.iter().enumerate().map(drawn).collect();
        let steps = |feature| Steps { feature, name: None, steps: steps::count(&places, feature, &drawn) };
        let columns: Vec<Steps> = (0..N).map(steps).collect();
        let (column, after) = best_border(&columns, weight, min_leaf).unwrap()?;
        let value = |step: usize| places.value(column, columns[column].steps[step].first);
        Some((column, value(after - 1).midpoint(value(after))))
    }

    /// The split that linfa finds if it is asked about every row and every column.
    fn unsifted<const N: usize>(table: &[Row<N>], weight: f32, min_leaf: f32) -> Split {
        let records = Array2::from_shape_fn((table.len(), N), |(row, column)| f64::from(table[row].0[column]));
        let labels: Array1<bool> = table.iter().map(|row| row.1).collect();
        let weights = table.iter().map(|row| if row.1 { weight } else { 1.0 }).collect();
        let params = DecisionTree::params().split_quality(SplitQuality::Gini).max_depth(Some(1));
        let params = params.min_weight_leaf(min_leaf).min_impurity_decrease(MIN_DECREASE);
        let tree = params.fit(&Dataset::new(records, labels).with_weights(weights)).unwrap();
        let (column, border, decrease) = tree.root_node().split();
        (decrease > 0.0).then_some((column, border))
    }

    /// Rows at one place, so many with either label.
    fn at(place: u8, common: usize, rare: usize) -> Vec<Row<1>> {
        [vec![([place], false); common], vec![([place], true); rare]].concat()
    }

    /// linfa merges the two leaves here; if a later version of it forgot their split, this would tell.
    #[test]
    fn a_split_whose_leaves_have_one_majority_is_found() {
        let table = [at(1, 55, 45), at(2, 95, 5)].concat();
        assert_eq!(sifted(&table, 1.0, 1.0), Some((0, 1.5)));
    }

    /// Each call has maps of its own, so that half of them would break the tie the other way.
    #[test]
    fn a_tie_between_labels_has_one_outcome() {
        let table = [at(1, 30, 30), at(2, 50, 10)].concat();
        let splits: Vec<_> = (0..200).map(|_| sifted(&table, 1.0, 1.0)).collect();
        assert!(splits.iter().all(|split| *split == Some((0, 1.5))), "{splits:?}");
    }

    #[test]
    fn rows_that_nothing_tells_apart_have_no_split() {
        for table in [at(1, 30, 30), [at(1, 20, 10), at(2, 40, 20)].concat(), at(1, 1, 0)] {
            assert_eq!(sifted(&table, 1.0, 1.0), None);
        }
        let few_on_one_side = [at(1, 4, 0), at(2, 0, 40)].concat();
        assert_eq!(sifted(&few_on_one_side, 1.0, 5.0), None);
    }

    #[test]
    fn the_weight_is_the_wanted_one_as_long_as_sums_are_exact() {
        assert!((exact_weight(7.3, 1_740, 239) - 7.3).abs() < 0.001);
        assert!((exact_weight(7.3, 88_000, 12_000) - 7.3).abs() < 0.01);
        assert!((exact_weight(1.0, 5_000_000, 5_000_000) - 1.0).abs() < f32::EPSILON);
        assert!((exact_weight(7.3, 9_000_000, 1_000_000) - 7.0).abs() < f32::EPSILON);
        assert!((exact_weight(5.0, 100, 0) - 5.0).abs() < f32::EPSILON);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn the_sifted_split_is_that_of_linfa_with_every_row_and_column(
            table in proptest::collection::vec((any::<[u8; 3]>(), any::<bool>()), 2..160),
            (values, copied) in (2_u8..255, any::<bool>()),
            weight in prop_oneof![Just(1.0_f32), Just(2.0), Just(5.5), Just(7.0), Just(7.3), 1.0..20.0_f32],
            min_leaf in prop_oneof![Just(1.0_f32), 1.0..30.0_f32],
        ) {
            let rare = table.iter().filter(|row| row.1).count();
            let weight = exact_weight(weight, table.len() - rare, rare);
            // Few values tie often, and so does a column that stands there twice.
            let row = |([a, b, c], rare): &Row<3>| ([a % values, if copied { a % values } else { b % 4 }, c % 2], *rare);
            let mut table: Vec<Row<3>> = table.iter().map(row).collect();
            let split = sifted(&table, weight, min_leaf);
            prop_assert_eq!(split, unsifted(&table, weight, min_leaf));
            table.reverse();
            prop_assert_eq!(sifted(&table, weight, min_leaf), split);
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
