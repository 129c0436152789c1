//! The amount by which each feature moved a score against other rows: a feature that is not known has another row's
//! value ("interventional" in Lundberg et al. 2020, algorithm 3; also Janzing et al. 2020, "Feature relevance
//! quantification in explainable AI"). It looks at the model alone, where the path-dependent values of
//! [`crate::model::attribution`] also follow how features go together in the data; reasons that both agree on hang on
//! neither choice.

use crate::data::matrix::{MISSING, Matrix};
use crate::model::forest::{Forest, Tree, TreeNode};

/// The amount by which each feature moves the raw score of `row`, on average over the rows of `background`; the mean
/// raw score of the background plus all of it is the row's raw score, up to rounding. All nil without a background.
///
/// The cost is that of a walk through every tree for every row of the background.
///
/// ```
/// use andon::model::forest::{Forest, GrownNode::{Leaf, Split}};
/// use andon::data::matrix::Matrix;
/// let root = Split { feature: 0, threshold: 3.0, left: 1 };
/// let forest = Forest::new(1, &[vec![root, Leaf { value: 0.5, rows: 8 }, Leaf { value: 1.0, rows: 2 }]])?;
/// let mut background = Matrix::new(1);
/// [2.0, 3.0].iter().for_each(|value| background.push(&[*value]));
/// assert_eq!(andon::families::explanation::interventional::moved(&forest, &background, &[3.0]), [0.25]);
/// # Ok::<(), andon::model::forest::NotAForest>(())
/// ```
#[must_use]
pub fn moved(forest: &Forest, background: &Matrix, row: &[f64]) -> Vec<f64> {
    let mut filled = row.to_vec();
    filled.resize(forest.columns(), MISSING);
    let mut moved = vec![0.0; forest.columns()];
    for other in 0..background.len() {
        let mut pair = RowPair { own: &filled, other: background.row(other), asked: Vec::new(), moved: &mut moved };
        forest.each_tree().for_each(|tree| pair.walk(&tree, 0));
        for term in forest.terms() {
            moved[term.feature as usize] += term.adds(&filled) - term.adds(background.row(other));
        }
    }
    let games = forest.combine().divisor(forest.trees()) * background.len().max(1) as f64;
    moved.iter_mut().for_each(|by| *by /= games);
    moved
}

/// A row and one of the background, on the way to the leaves that a mixture of the two can reach.
struct RowPair<'a> {
    own: &'a [f64],
    other: &'a [f64],
    /// Features in which the two part on this way, and whether the way follows the row itself.
    asked: Vec<(usize, bool)>,
    moved: &'a mut [f64],
}

impl RowPair<'_> {
    fn walk(&mut self, tree: &Tree<'_>, at: usize) {
        let (feature, left) = match tree.node(at) {
            TreeNode::Leaf(value) => return self.arrive(value),
            TreeNode::Split { feature, left } => (feature as usize, left as usize),
        };
        let goes_right = |row: &[f64]| tree.goes_right(at, row.get(feature).copied().unwrap_or(MISSING));
        let child = |row: &[f64]| left + usize::from(goes_right(row));
        let own = child(self.own);
        let other = child(self.other);
        match self.asked.iter().find(|(asked, _)| *asked == feature) {
            _ if own == other => self.walk(tree, own),
            Some((_, follows_own)) => self.walk(tree, if *follows_own { own } else { other }),
            None => {
                for (follows_own, child) in [(true, own), (false, other)] {
                    self.asked.push((feature, follows_own));
                    self.walk(tree, child);
                    self.asked.pop();
                }
            }
        }
    }

    /// A leaf is reached when all features of the row's side are known and none of the other side: a game whose Shapley
    /// values are 1 / (a * C(a + b, a)) for the a on the one side, and -1 / (b * C(a + b, b)) for the b on the other.
    fn arrive(&mut self, value: f64) {
        let own = self.asked.iter().filter(|(_, own)| *own).count();
        let other = self.asked.len() - own;
        let combinations = (0..own).fold(1.0, |c, k| c * (own + other - k) as f64 / (k + 1) as f64);
        for (feature, follows_own) in &self.asked {
            let by = if *follows_own { 1.0 / own as f64 } else { -1.0 / other as f64 };
            self.moved[*feature] += value * by / combinations;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::explanation::shapley;
    use crate::families::explanation::shapley::tests::close;
    use crate::model::forest::tests::any_forest;
    use proptest::prelude::*;

    /// Raw scores of all mixtures of the row with those of the background, by the set of features taken from the row.
    fn mixed(forest: &Forest, background: &[[f64; 3]], row: &[f64; 3]) -> Vec<f64> {
        let mixture = |set: usize, other: &[f64; 3]| -> [f64; 3] {
            std::array::from_fn(|at| if set >> at & 1 == 1 { row[at] } else { other[at] })
        };
        let score = |set: usize| background.iter().map(|other| forest.score(&mixture(set, other))).sum::<f64>();
        (0..8).map(|set| score(set) / background.len() as f64).collect()
    }

    proptest! {
        #[test]
        fn against_other_rows_too(
            forest in any_forest(), row in [-4.0..4.0_f64, -4.0..4.0, -4.0..4.0],
            background in proptest::collection::vec([-4.0..4.0_f64, -4.0..4.0, -4.0..4.0], 1..5)
        ) {
            let mut matrix = Matrix::new(3);
            background.iter().for_each(|other| matrix.push(other));
            let moved = super::moved(&forest, &matrix, &row);
            let worth = mixed(&forest, &background, &row);
            prop_assert!(close(&moved, &shapley::values(&worth)), "{moved:?}");
            prop_assert!((worth[0] + moved.iter().sum::<f64>() - forest.score(&row)).abs() < 1e-12);
        }
    }
}
