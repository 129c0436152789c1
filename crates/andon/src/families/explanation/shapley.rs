//! Shapley values by their definition, one subset after the other: slow, short, and what the fast ones are held
//! against.

use crate::data::matrix::MISSING;
use crate::model::forest::{Forest, Tree, TreeNode};

/// The Shapley value of each player of a game (Shapley 1953, "A value for n-person games"). `worth[s]` is what the
/// players whose bits are set in `s` are worth together; its length is 2 to the number of players.
///
/// ```
/// // Two players are worth 1 each alone and 3 together: what they add is shared.
/// assert_eq!(andon::families::explanation::shapley::values(&[0.0, 1.0, 1.0, 3.0]), [1.5, 1.5]);
/// // Who adds nothing gets nothing.
/// assert_eq!(andon::families::explanation::shapley::values(&[0.0, 0.0, 2.0, 2.0]), [0.0, 2.0]);
/// ```
#[must_use]
pub fn values(worth: &[f64]) -> Vec<f64> {
    let players = worth.len().ilog2() as usize;
    // The chance that a set of this size stands before a player in a random order, by size.
    let mut chances = vec![1.0 / players as f64; players];
    for size in 1..players {
        chances[size] = chances[size - 1] * size as f64 / (players - size) as f64;
    }
    let value = |player: usize| {
        let without = (0..worth.len()).filter(|set| set >> player & 1 == 0);
        without.map(|set| chances[set.count_ones() as usize] * (worth[set | 1 << player] - worth[set])).sum()
    };
    (0..players).map(value).collect()
}

/// The amount by which each feature moves the raw score of a row, as [`crate::model::attribution`] defines it, over all
/// subsets of the features that a tree asks about; of those that are asked on the way to a leaf, one leaf after the
/// other, where a tree asks about many.
#[must_use]
pub(crate) fn path_dependent(forest: &Forest, row: &[f64]) -> Vec<f64> {
    let mut moved = vec![0.0; forest.columns()];
    let divisor = forest.combine().divisor(forest.trees());
    for tree in forest.each_tree() {
        let features = asked(&tree);
        if features.len() <= MAX_TOGETHER {
            let worth = worth(&tree, 0, row, &features);
            for (feature, value) in features.iter().zip(values(&worth)) {
                moved[*feature as usize] += value / divisor;
            }
            continue;
        }
        each_leaf(&tree, 0, row, &mut Vec::new(), &mut |way, leaf| {
            for (asked, value) in way.iter().zip(values(&worth_of_leaf(way, leaf))) {
                moved[asked.feature as usize] += value / divisor;
            }
        });
    }
    for term in forest.terms() {
        moved[term.feature as usize] += values(&[term.expectation(), term.adds(row)])[0];
    }
    moved
}

/// The features of a tree of which all subsets are taken at once.
const MAX_TOGETHER: usize = 12;

/// The multiplications that [`path_dependent`] takes for a row, roughly.
pub(crate) fn cost(forest: &Forest) -> f64 {
    let subsets = |features: usize| 2.0_f64.powi(features as i32);
    let of_tree = |tree: Tree<'_>| {
        let features = asked(&tree).len();
        if features <= MAX_TOGETHER {
            return tree.size() as f64 * subsets(features);
        }
        let mut sum = 0.0;
        each_leaf(&tree, 0, &[], &mut Vec::new(), &mut |way, _| sum += (1 + way.len()) as f64 * subsets(way.len()));
        sum
    };
    forest.each_tree().map(of_tree).sum()
}

/// A feature on the way to a leaf.
#[derive(Debug, Clone, Copy)]
struct AskedFeature {
    feature: u32,
    /// The share of the rows of the training that pass all its questions on the way.
    share: f64,
    /// True if the row passes them too.
    passes: bool,
}

/// Calls for each leaf below a node, with the features on the way to it and its value.
fn each_leaf(
    tree: &Tree<'_>,
    at: usize,
    row: &[f64],
    way: &mut Vec<AskedFeature>,
    arrive: &mut impl FnMut(&[AskedFeature], f64),
) {
    let (feature, left) = match tree.node(at) {
        TreeNode::Leaf(value) => return arrive(way.as_slice(), value),
        TreeNode::Split { feature, left } => (feature, left as usize),
    };
    let goes_right = tree.goes_right(at, row.get(feature as usize).copied().unwrap_or(MISSING));
    let known = way.iter().position(|asked| asked.feature == feature);
    for child in [left, left + 1] {
        let share = tree.rows(child) as f64 / tree.rows(at) as f64;
        let passes = goes_right == (child > left);
        if let Some(place) = known {
            let before = way[place];
            way[place] = AskedFeature { feature, share: before.share * share, passes: before.passes && passes };
            each_leaf(tree, child, row, way, arrive);
            way[place] = before;
        } else {
            way.push(AskedFeature { feature, share, passes });
            each_leaf(tree, child, row, way, arrive);
            way.pop();
        }
    }
}

/// For every subset of the features on the way to a leaf: its value, by the chance to come to it where those are known.
fn worth_of_leaf(way: &[AskedFeature], leaf: f64) -> Vec<f64> {
    let mut worth = vec![leaf];
    for asked in way {
        let known = f64::from(u8::from(asked.passes));
        let with: Vec<f64> = worth.iter().map(|worth| worth * known).collect();
        worth.iter_mut().for_each(|worth| *worth *= asked.share);
        worth.extend(with);
    }
    worth
}

/// The features that a tree asks about, in order.
fn asked(tree: &Tree<'_>) -> Vec<u32> {
    let feature = |at| match tree.node(at) {
        TreeNode::Split { feature, .. } => Some(feature),
        TreeNode::Leaf(_) => None,
    };
    let mut features: Vec<u32> = (0..tree.size()).filter_map(feature).collect();
    features.sort_unstable();
    features.dedup();
    features
}

/// For every subset of the features: the mean of the tree below a node where only those are known.
fn worth(tree: &Tree<'_>, at: usize, row: &[f64], features: &[u32]) -> Vec<f64> {
    match tree.node(at) {
        TreeNode::Leaf(value) => vec![value; 1 << features.len()],
        TreeNode::Split { feature, left } => {
            let right = left as usize + 1;
            let left = left as usize;
            let below = [left, right].map(|child| worth(tree, child, row, features));
            let goes = usize::from(tree.goes_right(at, row.get(feature as usize).copied().unwrap_or(MISSING)));
            let share = tree.rows(left) as f64 / tree.rows(at) as f64;
            let bit = features.iter().position(|asked| *asked == feature).unwrap_or(0);
            let of_set = |set: usize| {
                let known = set >> bit & 1 == 1;
                if known { below[goes][set] } else { share * below[0][set] + (1.0 - share) * below[1][set] }
            };
            (0..1 << features.len()).map(of_set).collect()
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::data::matrix::Matrix;
    use crate::families::explanation::interventional;
    use crate::model::attribution::Attributor;
    use crate::model::forest::tests::{any_forest, comb};
    use crate::model::forest::{GrownNode, LinearTerm, Link, Precision, Sum};
    use proptest::prelude::*;

    pub(crate) fn close(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    proptest! {
        #[test]
        fn the_fast_values_are_those_of_the_definition_and_add_up(
            forest in any_forest(), row in [-4.0..4.0_f64, -4.0..4.0, -4.0..4.0]
        ) {
            let attributor = Attributor::new(&forest);
            let moved = attributor.moved(&row);
            prop_assert!(close(&moved, &path_dependent(&forest, &row)), "{moved:?}");
            prop_assert!((attributor.base() + moved.iter().sum::<f64>() - forest.score(&row)).abs() < 1e-12);
            let mut matrix = Matrix::new(3);
            [&[0.0; 3], &row].iter().for_each(|row| matrix.push(*row));
            prop_assert_eq!(&attributor.moved_all(&matrix)[3..], &moved[..]);
        }
    }

    fn linear() -> Forest {
        let sum = Sum { base: 0.25, link: Link::Logistic, precision: Precision::Double };
        let term = |feature, weight, missing| LinearTerm { feature, weight, missing, mean: 0.0 };
        Forest::linear(3, vec![term(0, 2.0, None), term(2, -0.5, Some(4.0))], sum).unwrap()
    }

    proptest! {
        #[test]
        fn the_values_of_a_linear_model_are_those_of_the_definition_and_those_against_other_rows(
            rows in proptest::collection::vec([-9.0..9.0_f64, -9.0..9.0, -9.0..9.0], 10..20), blank in any::<bool>()
        ) {
            let mut matrix = Matrix::new(3);
            rows.iter().for_each(|row| matrix.push(row));
            if blank {
                matrix.push(&[1.0, 1.0, MISSING]);
            }
            let forest = linear().counting(&matrix);
            let attributor = Attributor::new(&forest);
            for (at, score) in forest.score_all(&matrix).into_iter().enumerate() {
                let row = matrix.row(at);
                prop_assert_eq!(score.to_bits(), forest.score(row).to_bits());
                let moved = attributor.moved(row);
                prop_assert!((attributor.base() + moved.iter().sum::<f64>() - score).abs() < 1e-12);
                prop_assert!(close(&moved, &path_dependent(&forest, row)));
                prop_assert!(close(&moved, &interventional::moved(&forest, &matrix, row)));
                prop_assert!(score <= forest.highest_between(&[-9.0; 3], &[9.0; 3]));
            }
        }
    }

    #[test]
    fn every_rule_is_exact_for_the_depths_that_it_serves() {
        for depth in [1, 4, 5, 6, 7, 8, 9, 12, 16] {
            let forest = comb(depth);
            let row: Vec<f64> = (0..depth).map(|at| f64::from(u8::from(at % 3 > 0))).collect();
            let moved = Attributor::new(&forest).moved(&row);
            assert!(close(&moved, &path_dependent(&forest, &row)), "{depth}: {moved:?}");
        }
        for depth in [32, 33, 48, 64] {
            let forest = comb(depth);
            let row = vec![1.0; depth as usize];
            let attributor = Attributor::new(&forest);
            let total = attributor.base() + attributor.moved(&row).iter().sum::<f64>();
            assert!((total - forest.score(&row)).abs() < 1e-12, "{total}");
        }
    }

    /// Leaf by leaf as all at once: 13 features are the fewest that are taken so.
    #[test]
    fn many_features_are_taken_leaf_by_leaf() {
        for depth in [13, 14] {
            let forest = comb(depth);
            let row: Vec<f64> = (0..depth).map(|at| f64::from(u8::from(at % 3 > 0))).collect();
            let mut at_once = vec![0.0; depth as usize];
            for tree in forest.each_tree() {
                let worth = worth(&tree, 0, &row, &asked(&tree));
                at_once.iter_mut().zip(values(&worth)).for_each(|(moved, value)| *moved += value);
            }
            assert!(close(&path_dependent(&forest, &row), &at_once));
            assert!(cost(&forest) < 1e7, "{}", cost(&forest));
        }
    }

    /// The rule follows the features on a way and not its length: here 200 splits about three features.
    #[test]
    fn a_deep_tree_about_few_features_is_exact() {
        let split = |at: u32| GrownNode::Split { feature: at % 3, threshold: f64::from(at / 3), left: 2 * at + 1 };
        let leaf = |at: u32| GrownNode::Leaf { value: f64::from(at % 7) / 7.0, rows: u64::from(1 + at % 5) };
        let mut tree = Vec::new();
        for at in 0..200 {
            tree.extend([split(at), leaf(at)]);
        }
        // Each split's children are a leaf, where low values end, and the next split.
        tree.push(leaf(200));
        let forest = Forest::new(3, &[tree]).unwrap();
        assert_eq!((forest.depth(), forest.most_asked()), (200, 3));
        for row in [[0.0, 0.0, 0.0], [12.5, 30.0, 41.0], [70.0, 70.0, 70.0], [70.0, 3.5, 70.0]] {
            let moved = Attributor::new(&forest).moved(&row);
            assert!(close(&moved, &path_dependent(&forest, &row)), "{row:?}: {moved:?}");
        }
    }
}
