//! One tree, grown node by node.

use andon_evidence::policy::Recipe;
use ndarray::{Array1, Array2, ShapeBuilder};

use crate::model::forest::GrownNode;
use crate::model::random_forest::TrainError;
use crate::model::random_forest::places::Places;
use crate::model::random_forest::stump::{self, Rows};

/// Drawn rows in the order of the data, each with how often it was drawn.
pub(super) type Bag = Vec<(usize, u32)>;

/// Recipe, rows and labels, the same for all trees of a forest.
#[derive(Debug)]
pub(super) struct Growth<'a> {
    pub(super) recipe: &'a Recipe,
    pub(super) places: &'a Places,
    pub(super) labels: &'a [bool],
    /// The label that fewer rows have.
    pub(super) rarer: bool,
    /// Share of positive rows.
    pub(super) base: f64,
}

impl Growth<'_> {
    /// Grows a tree breadth first, so that children stand side by side and behind their parent.
    pub(super) fn tree(&self, bag: Bag) -> Result<Vec<GrownNode>, TrainError> {
        let [common, rare] = self.counts(&bag);
        let weight = stump::exact_weight(self.recipe.rare_class_weight, common as usize, rare as usize);
        let mut queue = vec![(bag, 0)];
        let mut nodes = Vec::new();
        while let Some((rows, depth)) = queue.get_mut(nodes.len()).map(std::mem::take) {
            match self.split(&rows, weight, depth)? {
                Some((feature, threshold, [left, right])) => {
                    nodes.push(GrownNode::Split { feature: feature as u32, threshold, left: queue.len() as u32 });
                    queue.extend([left, right].map(|side| (side, depth + 1)));
                }
                None => nodes.push(self.leaf(&rows)),
            }
        }
        Ok(nodes)
    }

    /// Feature, threshold and the rows on both sides of a node's best split; `None` for a leaf.
    fn split(&self, rows: &Bag, weight: f32, depth: usize) -> Result<Option<(usize, f64, [Bag; 2])>, TrainError> {
        let [common, rare] = self.counts(rows);
        let min_leaf = self.recipe.min_leaf_weight;
        let is_leaf = depth >= self.recipe.depth || common == 0 || rare == 0;
        if is_leaf || common as f32 + weight * (rare as f32) < 2.0 * min_leaf {
            return Ok(None);
        }
        let Some((feature, border)) = stump::best_split(self.gather(rows, weight)?, min_leaf)? else {
            return Ok(None);
        };
        let place = |row: &(usize, u32)| self.places.place(feature, row.0);
        let (left, right): (Bag, Bag) = rows.iter().partition(|row| f64::from(place(row)) < border);
        let Some((low, high)) = left.iter().map(place).max().zip(right.iter().map(place).min()) else {
            return Ok(None);
        };
        Ok(Some((feature, self.places.between(feature, low, high), [left, right])))
    }

    /// The rows of a node as linfa takes them.
    fn gather(&self, rows: &Bag, weight: f32) -> Result<Rows, TrainError> {
        let columns = 0..self.places.columns();
        let column = |column: usize| rows.iter().map(move |(row, _)| f64::from(self.places.place(column, *row)));
        let places: Vec<f64> = columns.flat_map(column).collect();
        let shape = (rows.len(), self.places.columns()).f();
        let labels: Array1<bool> = rows.iter().map(|(row, _)| self.labels[*row]).collect();
        let weight_of = |row: usize| if self.labels[row] == self.rarer { weight } else { 1.0 };
        let weights = rows.iter().map(|(row, times)| *times as f32 * weight_of(*row)).collect();
        let places = Array2::from_shape_vec(shape, places).map_err(|error| TrainError::Tree(error.to_string()))?;
        Ok(Rows { places, labels, weights })
    }

    /// The number of rows with the commoner label, and of rows with the rarer one.
    fn counts(&self, rows: &Bag) -> [u64; 2] {
        let mut counts = [0; 2];
        rows.iter().for_each(|(row, times)| counts[usize::from(self.labels[*row] == self.rarer)] += u64::from(*times));
        counts
    }

    /// A leaf with the share of positive rows among these, mixed with the recipe's rows of the base rate.
    fn leaf(&self, rows: &Bag) -> GrownNode {
        let [common, rare] = self.counts(rows);
        let positives = if self.rarer { rare } else { common };
        let all = common + rare;
        let mixed = self.recipe.smoothing_rows;
        GrownNode::Leaf {
            value: (positives as f64 + mixed * self.base) / (all as f64 + mixed),
            rows: u32::try_from(all).unwrap_or(u32::MAX),
        }
    }
}
