//! A random forest grown with linfa-trees, the same to the bit in every process and with any number of threads.
//!
//! linfa-trees finds one split at a time, on the rows of one node; the tree around the splits is ours. A tree that
//! linfa grows whole differs between processes: a leaf holds the label with the most weight, the order of a `HashMap`
//! decides if both weigh the same, and linfa then merges sibling leaves with the same label. The merging also loses
//! what the data tell, since leaves with shares of 0.55 and 0.10 can have the same label. A split depends on none of
//! this (`stump.rs` says why), so chance has no tie to break, whatever the weights and the data are. linfa is asked
//! about the borders that can be the best ones, which are found from counts of rows (`steps.rs`).
//!
//! A column of names without an order ([`Matrix::with_nominal`]) is asked about one name at a time: the node's rows
//! have a column for each of its names. So the order in which a record declares them means nothing.
//!
//! A leaf holds the share of positives among its rows. A row counts as often as it was drawn, without weights.
//!
//! Rows may be reweighed, so that group and label are independent in what a forest is grown on (`draws.rs`).
//!
//! A better value of a feature never lowers a score, if the policy says in `[better]` which values are better
//! (`directions.rs`). Chance alone would lower some where few rows support a split.

mod directions;
mod draws;
mod error;
mod steps;
mod stump;
mod tree;

use andon_evidence::policy::{Better, Recipe};

use crate::data::matrix::Matrix;
use crate::model::forest::{Forest, GrownNode};
use crate::threads::share_out;
use draws::Draws;
pub use error::TrainError;
use tree::Growth;

/// Most rows that one tree is grown on: so many can be counted without rounding.
const MAX_ROWS: usize = stump::MAX_WEIGHT as usize;

/// The function by which a release grows its forest: recipe, the direction of better values by column (none for
/// a column beyond the slice), rows, their labels, and how many threads it may use. The result must not depend on the
/// number of threads. A learner that cannot keep the directions may leave them to `robustness.direction.*`.
///
/// ```
/// let grow: andon::model::random_forest::Grow = andon::random_forest;
/// ```
pub type Grow = fn(&Recipe, &[Option<Better>], &Matrix, &[bool], usize) -> Result<Forest, TrainError>;

/// Grows the forest of a recipe on rows and their labels, on up to `threads` threads. No better value of a column
/// that has a direction in `better` lowers a score.
///
/// # Errors
/// [`TrainError`] when one label is absent or a tree cannot be grown.
pub fn random_forest(
    recipe: &Recipe,
    better: &[Option<Better>],
    x: &Matrix,
    y: &[bool],
    threads: usize,
) -> Result<Forest, TrainError> {
    let positives = y.iter().filter(|label| **label).count();
    if positives == 0 || positives == y.len() || x.len() != y.len() {
        return Err(TrainError::OneLabel { positives, rows: y.len() });
    }
    let sorted = (!x.has_places()).then(|| x.clone().with_places(recipe.max_bins, threads));
    let growth = Growth {
        recipe,
        better,
        columns: x.columns(),
        rows: sorted.as_ref().unwrap_or(x),
        labels: y,
        nominal: x.nominal(),
        rarer: 2 * positives < y.len(),
        base: positives as f64 / y.len() as f64,
    };
    let draws = Draws::new(x.groups(), y)?;
    let trees = share_out(recipe.trees, threads, |tree| grow(&growth, &draws, tree));
    let trees = trees.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(Forest::new(x.columns(), &trees)?.with_nominal(x.nominal()))
}

fn grow(growth: &Growth<'_>, draws: &Draws<'_>, tree: usize) -> Result<Vec<GrownNode>, TrainError> {
    let Growth { recipe, labels, rarer, .. } = growth;
    let count = labels.len().min(recipe.max_rows_per_tree).min(MAX_ROWS);
    let seed = recipe.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(tree as u64);
    growth.tree(draws.bag(count, seed, *rarer))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recipe(rare_class_weight: f32) -> Recipe {
        Recipe {
            seed: 20_261_123,
            trees: 5,
            depth: 5,
            rare_class_weight,
            min_leaf_weight: 5.0,
            smoothing_rows: 1.0,
            max_rows_per_tree: 100_000,
            max_bins: None,
            reweigh_by: Vec::new(),
        }
    }

    /// Whole numbers of which many are equal, as in real tables.
    fn table(rows: &[(u8, u8, bool)]) -> (Matrix, Vec<bool>) {
        let mut matrix = Matrix::new(2);
        rows.iter().for_each(|(a, b, _)| matrix.push(&[f64::from(*a), f64::from(*b)]));
        (matrix, rows.iter().map(|row| row.2).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn weights_subsets_orders_and_threads_leave_nothing_to_chance(
            mut rows in proptest::collection::vec((0_u8..20, 0_u8..6, any::<bool>()), 60..200),
            weight in prop_oneof![
                Just(1.0_f32), Just(2.0), Just(5.5), Just(7.0), Just(7.3), Just(8.0), Just(10.0), 1.0..20.0_f32
            ],
            (without, turn) in (0_usize..20, 0_usize..40),
        ) {
            rows.truncate(rows.len() - without);
            rows.rotate_left(turn);
            rows[0].2 = true;
            rows[1].2 = false;
            let (x, y) = table(&rows);
            let better = [Some(Better::Lower)];
            let first = random_forest(&recipe(weight), &better, &x, &y, 1).unwrap();
            for threads in [1, 1, 1, 2, 7] {
                prop_assert_eq!(&random_forest(&recipe(weight), &better, &x, &y, threads).unwrap(), &first);
            }
        }

        #[test]
        fn a_better_value_never_lowers_a_score(
            rows in proptest::collection::vec((0_u8..20, 0_u8..6, any::<bool>()), 60..300),
            weight in 1.0..20.0_f32,
            directions in proptest::sample::select(vec![
                [Some(Better::Lower), Some(Better::Higher)], [Some(Better::Higher), None], [None, Some(Better::Lower)],
            ]),
        ) {
            let mut rows = rows;
            (rows[0].2, rows[1].2) = (true, false);
            let (x, y) = table(&rows);
            let forest = random_forest(&recipe(weight), &directions, &x, &y, 1).unwrap();
            let score = |a: u8, b: u8| forest.score(&[f64::from(a), f64::from(b)]);
            let kept = |better: Option<Better>, lower: f64, higher: f64| match better {
                None => true,
                Some(Better::Lower) => lower >= higher,
                Some(Better::Higher) => lower <= higher,
            };
            for (a, b) in (0..20).flat_map(|a| (0..6).map(move |b| (a, b))) {
                prop_assert!(kept(directions[0], score(a, b), score(a + 1, b)), "first feature, {a} and {b}");
                prop_assert!(kept(directions[1], score(a, b), score(a, b + 1)), "second feature, {a} and {b}");
            }
        }

        #[test]
        fn only_the_order_of_values_matters(
            rows in proptest::collection::vec((0_u8..20, 0_u8..6, any::<bool>()), 60..200), power in -12..12_i32
        ) {
            let mut rows = rows;
            (rows[0].2, rows[1].2) = (true, false);
            let (x, y) = table(&rows);
            let mut scaled = Matrix::new(2);
            // Powers of two, so that the scaling is exact: down to differences that linfa takes for none.
            let by = 4.0_f64.powi(power);
            rows.iter().for_each(|(a, b, _)| scaled.push(&[f64::from(*a) * by, f64::from(*b) * by]));
            let plain = random_forest(&recipe(2.0), &[], &x, &y, 1).unwrap().score_all(&x);
            let scores = random_forest(&recipe(2.0), &[], &scaled, &y, 1).unwrap().score_all(&scaled);
            prop_assert_eq!(plain, scores);
        }
    }

    /// 91 % approved; debts of 50 to 60 and of over 60 % of income are both denied by most of the weight.
    #[test]
    fn a_step_that_one_majority_hides_is_learned() {
        let share = |debt: u32| match debt {
            ..50 => 95,
            50..=60 => 55,
            _ => 10,
        };
        let mut x = Matrix::new(2);
        let mut y = Vec::new();
        for row in 0..20_000_u32 {
            let debt = if row % 10 > 0 { 10 + row % 40 } else { 50 + row / 10 % 15 };
            x.push(&[f64::from(debt), f64::from(row % 7)]);
            y.push(row.wrapping_mul(2_654_435_761) / 7 % 100 < share(debt));
        }
        let forest = random_forest(&recipe(7.3), &[], &x, &y, 2).unwrap();
        for (low, high) in [(10, 49), (50, 60), (61, 64)] {
            let rows: Vec<usize> = (0..y.len()).filter(|row| (low..=high).contains(&(x.row(*row)[0] as u32))).collect();
            let mean = |values: Vec<f64>| values.iter().sum::<f64>() / rows.len() as f64;
            let observed = mean(rows.iter().map(|row| f64::from(u8::from(y[*row]))).collect());
            let scored = mean(forest.score_all(&x.select(&rows)));
            assert!((scored - observed).abs() < 0.01, "{low} to {high}: {observed} approved, scored {scored}");
        }
    }

    /// Four cities, of which two far apart in the order of declaration are alike.
    fn cities(order: [usize; 4]) -> (Matrix, Vec<bool>) {
        let mut x = Matrix::new(2).with_nominal(vec![true, false]);
        let mut y = Vec::new();
        for row in 0..400_u32 {
            let city = (row % 4) as usize;
            x.push(&[order[city] as f64, f64::from(row / 4 % 3)]);
            y.push(if [0, 2].contains(&city) { row % 10 < 9 } else { row % 10 < 2 });
        }
        (x, y)
    }

    #[test]
    fn the_order_in_which_names_are_declared_means_nothing() {
        let scores = |order: [usize; 4], better: &[Option<Better>]| {
            let (x, y) = cities(order);
            let forest = random_forest(&recipe(1.0), better, &x, &y, 1).unwrap();
            let read: Forest = serde_json::from_str(&serde_json::to_string(&forest).unwrap()).unwrap();
            assert_eq!(read, forest);
            forest.score_all(&x)
        };
        for better in [&[][..], &[None, Some(Better::Higher)]] {
            let declared = scores([0, 1, 2, 3], better);
            assert!(declared[0] > 0.8 && declared[1] < 0.3 && declared[2] > 0.8, "{:?}", &declared[..4]);
            for order in [[3, 1, 0, 2], [2, 3, 1, 0]] {
                let other = scores(order, better);
                let furthest = declared.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(furthest < 1e-9, "{order:?}: {furthest}");
            }
        }
    }

    #[test]
    fn a_missing_name_is_none_of_the_names() {
        let (mut x, mut y) = cities([0, 1, 2, 3]);
        (0..40).for_each(|row| {
            x.push(&[crate::data::matrix::MISSING, 0.0]);
            y.push(row % 2 == 0);
        });
        let forest = random_forest(&recipe(1.0), &[], &x, &y, 1).unwrap();
        assert!((0.2..0.8).contains(&forest.score(&[crate::data::matrix::MISSING, 0.0])));
    }

    /// Two groups, one of them denied far more often, and a feature that tells them apart: a reweighed forest learns
    /// nothing from it, and of the other feature as much as before.
    #[test]
    fn reweighed_rows_teach_no_difference_between_groups() {
        let mut x = Matrix::new(2);
        let mut y = Vec::new();
        let mut groups = Vec::new();
        for row in 0..4_000_u32 {
            let group = u32::from(row % 10 == 0);
            let debt = row / 10 % 2;
            x.push(&[f64::from(group), f64::from(debt)]);
            y.push(row.wrapping_mul(2_654_435_761) / 7 % 100 < 90 - 30 * group - 20 * debt);
            groups.push(group);
        }
        let gaps = |x: &Matrix| {
            let forest = random_forest(&recipe(1.0), &[], x, &y, 2).unwrap();
            assert_eq!(forest, random_forest(&recipe(1.0), &[], x, &y, 1).unwrap());
            let score = |group: f64, debt: f64| forest.score(&[group, debt]);
            (score(0.0, 0.0) - score(1.0, 0.0), score(0.0, 0.0) - score(0.0, 1.0))
        };
        let (by_group, by_debt) = gaps(&x);
        assert!(by_group > 0.2 && by_debt > 0.15, "{by_group} {by_debt}");
        let (by_group, by_debt) = gaps(&x.clone().with_groups(groups));
        assert!(by_group.abs() < 0.06 && by_debt > 0.15, "{by_group} {by_debt}");
    }

    #[test]
    fn a_tree_parts_between_ranges_if_the_recipe_says_so() {
        let mut x = Matrix::new(1);
        (0..1_000).for_each(|row| x.push(&[f64::from(row)]));
        let y: Vec<bool> = (0..1_000).map(|row| row >= 137 && row % 10 > 0).collect();
        let grown = |max_bins| random_forest(&Recipe { max_bins, ..recipe(1.0) }, &[], &x, &y, 1).unwrap();
        assert_eq!(grown(Some(1_000)), grown(None));
        let binned = grown(Some(20));
        assert_ne!(binned, grown(None));
        // Ranges of 50 values: a score changes between two of them and nowhere else.
        let scores = binned.score_all(&x);
        let steps: Vec<usize> = (1..1_000).filter(|row| scores[*row].to_bits() != scores[row - 1].to_bits()).collect();
        assert!(!steps.is_empty() && steps.iter().all(|row| row % 50 == 0), "{steps:?}");
    }

    #[test]
    fn one_label_is_refused() {
        let (x, y) = table(&[(1, 1, true), (2, 2, true)]);
        assert!(matches!(
            random_forest(&recipe(2.0), &[], &x, &y, 1),
            Err(TrainError::OneLabel { positives: 2, rows: 2 })
        ));
    }
}
