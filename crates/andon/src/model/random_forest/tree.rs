//! One tree, grown node by node.

use andon_evidence::policy::{Better, Recipe};
use ndarray::{Array1, Array2, ShapeBuilder};

use crate::model::forest::GrownNode;
use crate::model::random_forest::TrainError;
use crate::model::random_forest::bounds::Bounds;
use crate::model::random_forest::places::Places;
use crate::model::random_forest::stump::{self, Rows};

/// Drawn rows in the order of the data, each with how often it was drawn.
pub(super) type Bag = Vec<(usize, u32)>;

/// Recipe, rows and labels, the same for all trees of a forest.
#[derive(Debug)]
pub(super) struct Growth<'a> {
    pub(super) recipe: &'a Recipe,
    /// The direction of better values, by column; a column without one is free.
    pub(super) better: &'a [Option<Better>],
    pub(super) places: &'a Places,
    pub(super) labels: &'a [bool],
    /// The label that fewer rows have.
    pub(super) rarer: bool,
    /// Share of positive rows.
    pub(super) base: f64,
}

/// A node that is to be grown.
#[derive(Debug, Default)]
struct Seedling {
    rows: Bag,
    depth: usize,
    bounds: Bounds,
}

/// A question that parts the rows of a node.
struct Question {
    feature: usize,
    threshold: f64,
    sides: [Bag; 2],
}

impl Growth<'_> {
    /// Grows a tree breadth first, so that children stand side by side and behind their parent.
    pub(super) fn tree(&self, bag: Bag) -> Result<Vec<GrownNode>, TrainError> {
        let [common, rare] = self.counts(&bag);
        let weight = stump::exact_weight(self.recipe.rare_class_weight, common as usize, rare as usize);
        let mut queue = vec![Seedling { rows: bag, ..Seedling::default() }];
        let mut nodes = Vec::new();
        while let Some(node) = queue.get_mut(nodes.len()).map(std::mem::take) {
            match self.split(&node, weight)? {
                Some((Question { feature, threshold, sides }, bounds)) => {
                    nodes.push(GrownNode::Split { feature: feature as u32, threshold, left: queue.len() as u32 });
                    let depth = node.depth + 1;
                    queue.extend(sides.into_iter().zip(bounds).map(|(rows, bounds)| Seedling { rows, depth, bounds }));
                }
                None => nodes.push(self.leaf(&node)),
            }
        }
        Ok(nodes)
    }

    /// The best question about a node's rows that no direction of a feature forbids, and the bounds of both sides;
    /// `None` for a leaf. A feature whose best question puts the worse share on its better side is not asked here.
    fn split(&self, node: &Seedling, weight: f32) -> Result<Option<(Question, [Bounds; 2])>, TrainError> {
        let [common, rare] = self.counts(&node.rows);
        let is_leaf = node.depth >= self.recipe.depth || common == 0 || rare == 0;
        if is_leaf || common as f32 + weight * (rare as f32) < 2.0 * self.recipe.min_leaf_weight {
            return Ok(None);
        }
        let mut columns: Vec<usize> = (0..self.places.columns()).collect();
        while let Some(question) = self.best_question(&node.rows, weight, &columns)? {
            let shares = question.sides.each_ref().map(|side| self.share(side));
            let better = self.better.get(question.feature).copied().flatten();
            if let Some(bounds) = node.bounds.parted(better, shares) {
                return Ok(Some((question, bounds)));
            }
            columns.retain(|column| *column != question.feature);
        }
        Ok(None)
    }

    /// The question about one of these columns that parts the rows best.
    fn best_question(&self, rows: &Bag, weight: f32, columns: &[usize]) -> Result<Option<Question>, TrainError> {
        if columns.is_empty() {
            return Ok(None);
        }
        let gathered = self.gather(rows, weight, columns)?;
        let Some((at, border)) = stump::best_split(gathered, self.recipe.min_leaf_weight)? else {
            return Ok(None);
        };
        let feature = columns[at];
        let place = |row: &(usize, u32)| self.places.place(feature, row.0);
        let (left, right): (Bag, Bag) = rows.iter().partition(|row| f64::from(place(row)) < border);
        let Some((low, high)) = left.iter().map(place).max().zip(right.iter().map(place).min()) else {
            return Ok(None);
        };
        let threshold = self.places.between(feature, low, high);
        Ok(Some(Question { feature, threshold, sides: [left, right] }))
    }

    /// The rows of a node as linfa takes them.
    fn gather(&self, rows: &Bag, weight: f32, columns: &[usize]) -> Result<Rows, TrainError> {
        let column = |column: &usize| {
            let column = *column;
            rows.iter().map(move |(row, _)| f64::from(self.places.place(column, *row)))
        };
        let places: Vec<f64> = columns.iter().flat_map(column).collect();
        let shape = (rows.len(), columns.len()).f();
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

    /// The share of positive rows among these, mixed with the recipe's rows of the base rate.
    fn share(&self, rows: &Bag) -> f64 {
        let [common, rare] = self.counts(rows);
        let positives = if self.rarer { rare } else { common };
        let mixed = self.recipe.smoothing_rows;
        (positives as f64 + mixed * self.base) / ((common + rare) as f64 + mixed)
    }

    /// A leaf with the share of its rows, within its bounds.
    fn leaf(&self, node: &Seedling) -> GrownNode {
        let rows: u64 = self.counts(&node.rows).iter().sum();
        GrownNode::Leaf {
            value: node.bounds.nearest(self.share(&node.rows)),
            rows: u32::try_from(rows).unwrap_or(u32::MAX),
        }
    }
}
