//! The part of a forest that the rows between two others reach, and a bound on their raw scores.

use crate::data::matrix::{MISSING, is_missing};
use crate::model::forest::arrays::Forest;
use crate::model::forest::node::FlatNode;

/// The nodes that rows between two others reach. A question that all of them answer alike is left out, so a search
/// among these rows asks few questions, and no bound differs from that of the whole forest.
#[derive(Debug)]
pub(crate) struct ForestPart<'a> {
    forest: &'a Forest,
    roots: Vec<u32>,
    nodes: Vec<FlatNode>,
    /// The highest leaf at or below each node.
    highest: Vec<f64>,
}

impl Forest {
    /// The part for the rows whose features lie between `low` and `high`, both among them.
    pub(crate) fn part_between(&self, low: &[f64], high: &[f64]) -> ForestPart<'_> {
        let mut part = ForestPart { forest: self, roots: Vec::new(), nodes: Vec::new(), highest: Vec::new() };
        let mut reached = Vec::new();
        for root in &self.roots {
            reached.clear();
            reached.push(*root);
            part.add_tree(&mut reached, low, high);
        }
        part
    }

    /// The bound of [`ForestPart::highest_between`], for one question alone.
    #[cfg(test)]
    pub(crate) fn highest_between(&self, low: &[f64], high: &[f64]) -> f64 {
        self.part_between(low, high).highest_between(low, high)
    }

    /// The first node at or below `at` at which rows between two others part; a leaf if they never do.
    fn parting(&self, mut at: u32, low: &[f64], high: &[f64]) -> u32 {
        loop {
            let node = self.nodes[at as usize];
            let sides = self.sides(node, low, high);
            if node.left == at || sides.len() > 1 {
                return at;
            }
            at = node.left + sides.start;
        }
    }

    /// The sides of a node, 0 and 1, to which rows between two others may go.
    fn sides(&self, node: FlatNode, low: &[f64], high: &[f64]) -> std::ops::Range<u32> {
        let [low, high] = [low, high].map(|row| row.get(node.feature() as usize).copied().unwrap_or(MISSING));
        let low_side = u32::from(node.goes_right(low, &self.sets));
        let is_one = low.to_bits() == high.to_bits()
            || (low_side == u32::from(node.goes_right(high, &self.sets)) && !skips(node, low));
        if is_one { low_side..low_side + 1 } else { 0..2 }
    }
}

/// True if values between two others can go elsewhere than both: categories have no order, and a missing value may go
/// right.
fn skips(node: FlatNode, low: f64) -> bool {
    node.is_about_categories() || (is_missing(low) && node.is_missing_right())
}

impl ForestPart<'_> {
    /// Adds what is reached of a tree, level by level, so that a child stands behind its parent. `reached` holds the
    /// root's place in the forest, and then those of the nodes that were added.
    fn add_tree(&mut self, reached: &mut Vec<u32>, low: &[f64], high: &[f64]) {
        let first = self.nodes.len();
        self.roots.push(first as u32);
        while let Some(at) = reached.get(self.nodes.len() - first) {
            let at = self.forest.parting(*at, low, high);
            let node = self.forest.nodes[at as usize];
            if node.left == at {
                self.nodes.push(FlatNode::leaf(self.nodes.len() as u32));
                self.highest.push(self.forest.values[at as usize]);
            } else {
                self.nodes.push(node.with_left((first + reached.len()) as u32));
                self.highest.push(f64::NEG_INFINITY);
                reached.extend([node.left, node.left + 1]);
            }
        }
        for at in (first..self.nodes.len()).rev() {
            let left = self.nodes[at].left as usize;
            if left != at {
                self.highest[at] = self.highest[left].max(self.highest[left + 1]);
            }
        }
    }

    /// Leaves out the values of a feature that the part cannot tell from one before them. All are numbers.
    pub(crate) fn retain_distinct<T>(&self, feature: usize, values: &mut Vec<T>, number: impl Fn(&T) -> f64) {
        let is_asked =
            |(at, node): &(usize, &FlatNode)| node.left as usize != *at && node.feature() as usize == feature;
        let questions: Vec<FlatNode> = self.nodes.iter().enumerate().filter(is_asked).map(|(_, node)| *node).collect();
        let is_term = self.forest.linear.iter().any(|term| term.feature as usize == feature);
        if is_term || questions.iter().any(|question| question.is_about_categories()) {
            return;
        }
        // The higher the value, the more questions send it right: as many are the same ones.
        let mut told = Vec::with_capacity(values.len());
        values.retain(|value| {
            let rights = questions.iter().filter(|question| question.number_goes_right(number(value))).count();
            let is_new = !told.contains(&rights);
            told.push(rights);
            is_new
        });
    }

    /// A raw score that no row exceeds whose features lie between `low` and `high`, both among them: the highest
    /// leaves that each tree lets such rows reach, together. With `low` and `high` the same it is the row's score. The
    /// rows must be among those of the part.
    ///
    /// It stays a bound in single precision, because each rounded sum rises with what is added.
    #[must_use]
    pub(crate) fn highest_between(&self, low: &[f64], high: &[f64]) -> f64 {
        let highest = self.roots.iter().map(|root| self.highest_below(*root, low, high, f64::NEG_INFINITY));
        let terms = self.forest.linear.iter().map(|term| term.most_between(low, high));
        self.forest.combined(highest.chain(terms))
    }

    /// The highest leaf below a node that rows between two others reach, or `known` if that is as high.
    fn highest_below(&self, at: u32, low: &[f64], high: &[f64], mut known: f64) -> f64 {
        let node = self.nodes[at as usize];
        let highest = self.highest[at as usize];
        if highest <= known {
            return known;
        }
        if node.left == at {
            return highest;
        }
        for side in self.forest.sides(node, low, high) {
            known = self.highest_below(node.left + side, low, high, known);
        }
        known
    }
}
