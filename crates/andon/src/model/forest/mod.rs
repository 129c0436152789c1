//! A forest as flat arrays: scoring, and a checked form on disk.
//!
//! A node's children stand side by side; a row goes left where its value is below the threshold. A leaf is its own
//! left child with an infinite threshold, so that a walk needs no test for the end, only a number of steps.
//!
//! A column can hold names without an order. Its questions are about a set of them: a row with such a name goes right,
//! and any other goes left.
//!
//! A forest that was grown here is the mean of shares, sends a missing value left and asks about one name at a time.
//! One that was trained elsewhere can also be a sum, on the scale of log-odds, with a side for missing values at each
//! node and with sets of any size; or it has no tree, and features that move the sum in proportion to their values.

mod arrays;
mod combine;
mod linear;
mod node;
mod part;
mod scoring;
#[cfg(test)]
pub(crate) mod tests;

use self::arrays::Arrays;
pub use self::arrays::{Forest, NotAForest};
pub use self::combine::{Combine, Link, Precision, Sum};
pub use self::linear::LinearTerm;
use self::node::FlatNode;
pub use self::node::{GrownNode, Test};
pub(crate) use self::part::ForestPart;
use crate::data::matrix::Matrix;

/// A tree in a forest, its nodes numbered from its root on.
#[derive(Debug, Clone, Copy)]
pub struct Tree<'a> {
    forest: &'a Forest,
    root: usize,
    end: usize,
}

/// A node of a tree as its readers see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TreeNode {
    /// A question about a feature, with the place of its left child; the right one stands behind it.
    Split { feature: u32, left: u32 },
    /// The number of a leaf.
    Leaf(f64),
}

/// The question of a split, which knows its categories.
#[derive(Debug, Clone)]
pub(crate) struct SplitQuestion {
    node: FlatNode,
    /// The one set that it asks for, if it is about categories.
    set: Vec<Vec<u32>>,
}

impl SplitQuestion {
    /// True if a value goes right.
    pub(crate) fn goes_right(&self, value: f64) -> bool {
        self.node.goes_right(value, &self.set)
    }
}

impl Tree<'_> {
    /// The number of its nodes.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        self.end - self.root
    }

    /// The node at a place below [`Tree::size`].
    #[must_use]
    pub(crate) fn node(&self, at: usize) -> TreeNode {
        let place = self.root + at;
        let node = self.forest.nodes[place];
        if node.left as usize == place {
            TreeNode::Leaf(self.forest.values[place])
        } else {
            TreeNode::Split { feature: node.feature(), left: node.left - self.root as u32 }
        }
    }

    /// The number of rows that a node was grown on.
    #[must_use]
    pub(crate) fn rows(&self, at: usize) -> u64 {
        self.forest.rows[self.root + at]
    }

    /// True if a value goes right at a split.
    #[must_use]
    pub(crate) fn goes_right(&self, at: usize, value: f64) -> bool {
        self.forest.nodes[self.root + at].goes_right(value, &self.forest.sets)
    }

    /// The question of a split, and true if a missing value goes right.
    #[must_use]
    pub(crate) fn test(&self, at: usize) -> (Test, bool) {
        let node = self.forest.nodes[self.root + at];
        (node.test(), node.is_missing_right())
    }

    /// The question of a split, on its own.
    #[must_use]
    pub(crate) fn question(&self, at: usize) -> SplitQuestion {
        let node = self.forest.nodes[self.root + at];
        let Test::In(set) = node.test() else { return SplitQuestion { node, set: Vec::new() } };
        let set = self.forest.sets[set as usize].clone();
        SplitQuestion {
            node: FlatNode::question(node.feature(), Test::In(0), node.is_missing_right(), node.left),
            set: vec![set],
        }
    }
}

impl Forest {
    /// Puts grown trees side by side; the raw score is the mean of their shares.
    ///
    /// # Errors
    /// [`NotAForest`] when there is no tree, a child stands before its parent, or a number is out of range.
    pub fn new(columns: usize, trees: &[Vec<GrownNode>]) -> Result<Self, NotAForest> {
        Self::combining(columns, trees, &[], Combine::Mean)
    }

    /// Puts trees side by side that were trained elsewhere, with the sets that their questions ask for.
    ///
    /// ```
    /// use andon::model::forest::{Combine, Forest, GrownNode, Link, Precision, Sum, Test};
    /// let root = GrownNode::Question { feature: 0, test: Test::In(0), missing_right: true, left: 1 };
    /// let leaves = [GrownNode::Leaf { value: -1.0, rows: 3 }, GrownNode::Leaf { value: 2.0, rows: 1 }];
    /// let sum = Sum { base: 0.5, link: Link::Logistic, precision: Precision::Double };
    /// let tree = [[root].as_slice(), &leaves].concat();
    /// let forest = Forest::combining(1, &[tree], &[vec![0, 4]], Combine::Sum(sum))?;
    /// let missing = andon::data::matrix::MISSING;
    /// assert_eq!([4.0, 3.0, missing].map(|value| forest.score(&[value])), [2.5, -0.5, 2.5]);
    /// # Ok::<(), andon::model::forest::NotAForest>(())
    /// ```
    ///
    /// # Errors
    /// [`NotAForest`] when there is no tree, a child stands before its parent, or a number is out of range.
    pub fn combining(
        columns: usize,
        trees: &[Vec<GrownNode>],
        sets: &[Vec<u32>],
        combine: Combine,
    ) -> Result<Self, NotAForest> {
        Self::try_from(Arrays::new(columns, trees, sets, combine)?)
    }

    /// A linear model: no tree, and a sum of a base and a term for each of some features.
    ///
    /// ```
    /// use andon::model::forest::{Forest, LinearTerm, Link, Precision, Sum};
    /// let sum = Sum { base: -1.0, link: Link::Logistic, precision: Precision::Double };
    /// let term = LinearTerm { feature: 0, weight: 0.5, missing: Some(3.0), mean: 2.0 };
    /// let forest = Forest::linear(1, vec![term], sum)?;
    /// assert_eq!([4.0, andon::data::matrix::MISSING].map(|value| forest.score(&[value])), [1.0, 0.5]);
    /// # Ok::<(), andon::model::forest::NotAForest>(())
    /// ```
    ///
    /// # Errors
    /// [`NotAForest`] without a term, or when a number is out of range.
    pub fn linear(columns: usize, terms: Vec<LinearTerm>, sum: Sum) -> Result<Self, NotAForest> {
        Self::try_from(Arrays::linear(columns, terms, sum))
    }

    /// The forest with columns whose questions are about one name: a row with the threshold's value goes right.
    #[must_use]
    pub fn with_nominal(mut self, nominal: &[bool]) -> Self {
        for (at, node) in self.nodes.iter_mut().enumerate() {
            let is_nominal = nominal.get(node.feature() as usize).copied().unwrap_or(false);
            if is_nominal && node.left as usize != at && !node.is_about_categories() {
                let test = Test::In(self.sets.len() as u32);
                self.sets.push(vec![node.threshold as u32]);
                *node = FlatNode::question(node.feature(), test, node.is_missing_right(), node.left);
            }
        }
        self.is_plain = self.is_plain && self.sets.is_empty();
        self
    }

    /// The forest with the rows that come to each node, for trees that do not say what they were grown on. A leaf that
    /// none comes to counts as a millionth of a row. Linear terms get the mean of their feature.
    #[must_use]
    pub fn counting(mut self, matrix: &Matrix) -> Self {
        const UNITS: u64 = 1_000_000;
        let mut rows = vec![0; self.nodes.len()];
        for row in 0..matrix.len() {
            self.roots.iter().for_each(|root| rows[self.leaf(*root, matrix.row(row))] += UNITS);
        }
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let left = node.left as usize;
            rows[at] = if left == at { rows[at].max(1) } else { rows[left] + rows[left + 1] };
        }
        self.rows = rows;
        self.linear.iter_mut().for_each(|term| *term = term.counting(matrix));
        self
    }

    /// The trees, one by one.
    pub(crate) fn each_tree(&self) -> impl Iterator<Item = Tree<'_>> {
        let ends = self.roots.iter().skip(1).map(|root| *root as usize).chain([self.nodes.len()]);
        self.roots.iter().zip(ends).map(|(root, end)| Tree { forest: self, root: *root as usize, end })
    }

    /// The terms of a linear model; none if there are trees.
    #[must_use]
    pub fn terms(&self) -> &[LinearTerm] {
        &self.linear
    }

    /// The categories of each set that a question asks for.
    pub(crate) fn sets(&self) -> &[Vec<u32>] {
        &self.sets
    }

    /// Numbers in a row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of trees.
    #[must_use]
    pub fn trees(&self) -> usize {
        self.roots.len()
    }

    /// Steps to the deepest leaf.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depths.iter().copied().max().unwrap_or(0) as usize
    }

    /// The most features that are asked on the way to one leaf.
    pub(crate) fn most_asked(&self) -> usize {
        self.most_asked as usize
    }

    /// The way from the leaves of a row to its raw score.
    pub(crate) fn combine(&self) -> Combine {
        self.combine
    }

    /// The scale of the raw score: a share, or the margin in log-odds.
    #[must_use]
    pub fn link(&self) -> Link {
        self.combine.link()
    }
}
