//! The raw scores of rows: one by one, and many together.

use crate::data::matrix::{MISSING, Matrix, is_missing};
use crate::model::forest::arrays::Forest;
use crate::model::forest::combine::Combine;
use crate::model::forest::node::FlatNode;

/// Rows scored together: enough independent walks to hide the latency of each step.
const LANES: usize = 8;

/// Rows whose features stay in the nearest cache while one tree after the other reads them.
const ROWS_PER_BLOCK: usize = 128;

impl Forest {
    /// The raw score of one row: the mean of the trees' leaf shares, 0 to 1, or the sum of base and leaves, on the
    /// scale of the [link](Forest::link).
    ///
    /// `row` holds the features in the model's order; a missing one goes to the side that each node has for it.
    #[must_use]
    pub fn score(&self, row: &[f64]) -> f64 {
        let leaves = self.roots.iter().map(|root| self.values[self.leaf(*root, row)]);
        self.combined(leaves.chain(self.linear.iter().map(|term| term.adds(row))))
    }

    /// The leaves of all trees, or the terms, together.
    pub(super) fn combined(&self, added: impl Iterator<Item = f64>) -> f64 {
        let sum = added.fold(self.combine.base(), |sum, leaf| self.combine.add(sum, leaf));
        sum / self.combine.divisor(self.roots.len())
    }

    /// The raw scores of all rows, bit for bit those of [`Forest::score`].
    #[must_use]
    pub fn score_all(&self, matrix: &Matrix) -> Vec<f64> {
        let mut scores = vec![self.combine.base(); matrix.len()];
        if matrix.columns() != self.columns {
            scores.iter_mut().enumerate().for_each(|(row, score)| *score = self.score(matrix.row(row)));
            return scores;
        }
        for (rows, scores) in matrix.blocks(ROWS_PER_BLOCK).zip(scores.chunks_mut(ROWS_PER_BLOCK)) {
            let rows = rows.as_ref();
            // The quickest walk that these trees and rows allow: without a blank, none needs its side.
            if self.sets.is_empty() && (self.is_plain || !rows.iter().any(|value| is_missing(*value))) {
                self.score_block(rows, scores, |node, value| value >= node.threshold);
            } else if self.sets.is_empty() {
                self.score_block(rows, scores, FlatNode::number_goes_right);
            } else {
                self.score_block(rows, scores, |node, value| node.goes_right(value, &self.sets));
            }
        }
        scores
    }

    fn score_block(&self, rows: &[f64], scores: &mut [f64], goes_right: impl Fn(FlatNode, f64) -> bool) {
        let width = LANES * self.columns;
        for (root, depth) in self.roots.iter().zip(&self.depths) {
            let lanes = rows.chunks_exact(width).zip(scores.chunks_exact_mut(LANES));
            for (rows, scores) in lanes {
                let mut at = [*root; LANES];
                for _ in 0..*depth {
                    for (lane, at) in at.iter_mut().enumerate() {
                        let node = self.nodes[*at as usize];
                        let value = rows[lane * self.columns + node.feature() as usize];
                        *at = node.left + u32::from(goes_right(node, value));
                    }
                }
                for (score, at) in scores.iter_mut().zip(at) {
                    *score = self.combine.add(*score, self.values[at as usize]);
                }
            }
        }
        let whole = scores.len() / LANES * LANES;
        self.add_terms(rows, &mut scores[..whole]);
        if self.combine == Combine::Mean {
            let trees = self.roots.len() as f64;
            scores[..whole].iter_mut().for_each(|score| *score /= trees);
        }
        for (row, score) in rows.chunks_exact(self.columns).zip(scores).skip(whole) {
            *score = self.score(row);
        }
    }

    /// Adds the terms of a linear model to the scores of the first rows.
    fn add_terms(&self, rows: &[f64], scores: &mut [f64]) {
        if !self.linear.is_empty() {
            for (row, score) in rows.chunks_exact(self.columns).zip(scores) {
                *score = self.linear.iter().fold(*score, |sum, term| self.combine.add(sum, term.adds(row)));
            }
        }
    }

    /// The leaf that a row comes to.
    pub(super) fn leaf(&self, root: u32, row: &[f64]) -> usize {
        let mut at = root;
        loop {
            let node = self.nodes[at as usize];
            if node.left == at {
                return at as usize;
            }
            let value = row.get(node.feature() as usize).copied().unwrap_or(MISSING);
            at = node.left + u32::from(node.goes_right(value, &self.sets));
        }
    }
}
