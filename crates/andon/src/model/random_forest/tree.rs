//! One tree, grown node by node.

use andon_evidence::policy::{Better, Recipe};
use ndarray::{Array1, Array2, ShapeBuilder};

use crate::data::matrix::is_missing;
use crate::model::forest::GrownNode;
use crate::model::random_forest::directions;
use crate::model::random_forest::error::TrainError;
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
    /// For each column, true if its values are names without an order; empty if there is none.
    pub(super) nominal: &'a [bool],
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
}

/// A column of a node as linfa sees it.
struct AskedColumn {
    feature: usize,
    /// The place of the one name that the column tells from all others, if it does.
    name: Option<u32>,
    codes: Vec<u32>,
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
                Some(Question { feature, threshold, sides }) => {
                    nodes.push(GrownNode::Split { feature: feature as u32, threshold, left: queue.len() as u32 });
                    let depth = node.depth + 1;
                    queue.extend(sides.map(|rows| Seedling { rows, depth }));
                }
                None => nodes.push(self.leaf(&node.rows)),
            }
        }
        Ok(directions::keep(nodes, self.better, self.nominal))
    }

    /// The best question about a node's rows that no direction of a feature forbids; `None` for a leaf.
    fn split(&self, node: &Seedling, weight: f32) -> Result<Option<Question>, TrainError> {
        let [common, rare] = self.counts(&node.rows);
        let min_leaf = self.recipe.min_leaf_weight;
        let is_leaf = node.depth >= self.recipe.depth || common == 0 || rare == 0;
        if is_leaf || common as f32 + weight * (rare as f32) < 2.0 * min_leaf {
            return Ok(None);
        }
        let asked: Vec<AskedColumn> =
            (0..self.places.columns()).flat_map(|column| self.asked(&node.rows, column)).collect();
        if asked.is_empty() {
            return Ok(None);
        }
        let Some((at, border)) = stump::best_split(self.gather(&node.rows, weight, &asked)?, min_leaf)? else {
            return Ok(None);
        };
        Ok(self.question(&node.rows, &asked[at], border))
    }

    /// The columns by which linfa may part a node: one for each name of a column without an order, and else one.
    fn asked(&self, rows: &Bag, feature: usize) -> Vec<AskedColumn> {
        if !self.nominal.get(feature).copied().unwrap_or(false) {
            return vec![AskedColumn { feature, name: None, codes: self.codes(rows, feature) }];
        }
        let places: Vec<u32> = rows.iter().map(|(row, _)| self.places.place(feature, *row)).collect();
        let mut names = places.clone();
        names.sort_unstable();
        names.dedup();
        let is_alone = names.len() < 2;
        names.retain(|place| !is_alone && !is_missing(self.places.value(feature, *place)));
        // Of two names alone, one tells both apart.
        let surplus = usize::from(names.len() == 2 && places.iter().all(|place| names.contains(place)));
        let column = |name: u32| {
            let codes = places.iter().map(|place| u32::from(*place == name)).collect();
            AskedColumn { feature, name: Some(name), codes }
        };
        names.into_iter().skip(surplus).map(column).collect()
    }

    /// The question that parts rows so that those go left whose code is below the border.
    fn question(&self, rows: &Bag, asked: &AskedColumn, border: f64) -> Option<Question> {
        let AskedColumn { feature, name, codes } = asked;
        let feature = *feature;
        let goes_left = |at: usize| f64::from(codes[at]) < border;
        let place = |row: &(usize, u32)| self.places.place(feature, row.0);
        let (left, right): (Vec<_>, Vec<_>) = rows.iter().enumerate().partition(|(at, _)| goes_left(*at));
        let sides = [left, right].map(|side| side.into_iter().map(|(_, row)| *row).collect::<Bag>());
        let (low, high) = sides[0].iter().map(place).max().zip(sides[1].iter().map(place).min())?;
        let threshold = match name {
            Some(name) => self.places.value(feature, *name),
            None => self.places.between(feature, low, high),
        };
        Some(Question { feature, threshold, sides })
    }

    /// A column of a node as linfa sees it: in the order of the values, and equal for neighbours between which the
    /// column's direction allows no split. So linfa finds the best split of those that are allowed.
    fn codes(&self, rows: &Bag, column: usize) -> Vec<u32> {
        let places = rows.iter().map(|(row, _)| self.places.place(column, *row));
        match self.better.get(column).copied().flatten() {
            None => places.collect(),
            Some(better) => {
                let starts = self.allowed_starts(rows, column, better);
                places.map(|place| starts.partition_point(|start| *start <= place) as u32).collect()
            }
        }
    }

    /// The places at which the right side of an allowed split may start, in their order.
    fn allowed_starts(&self, rows: &Bag, column: usize, better: Better) -> Vec<u32> {
        let all = self.counts(rows);
        let key =
            |(at, (row, _)): (usize, &(usize, u32))| (u64::from(self.places.place(column, *row)) << 32) | at as u64;
        // Place and position in one number, which sorts faster than a pair.
        let mut keys: Vec<u64> = rows.iter().enumerate().map(key).collect();
        keys.sort_unstable();
        let mut left = [0; 2];
        let mut starts = Vec::new();
        for tied in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
            let right = [all[0] - left[0], all[1] - left[1]];
            if left != [0; 2] && directions::allows(better, [left, right].map(|side| self.share(side))) {
                starts.push((tied[0] >> 32) as u32);
            }
            for key in tied {
                let (row, times) = rows[(key & u64::from(u32::MAX)) as usize];
                left[usize::from(self.labels[row] == self.rarer)] += u64::from(times);
            }
        }
        starts
    }

    /// The rows of a node as linfa takes them.
    fn gather(&self, rows: &Bag, weight: f32, asked: &[AskedColumn]) -> Result<Rows, TrainError> {
        let places: Vec<f64> = asked.iter().flat_map(|column| &column.codes).map(|code| f64::from(*code)).collect();
        let shape = (rows.len(), asked.len()).f();
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

    /// The share of positive rows, from the rows of either label, mixed with the recipe's rows of the base rate.
    fn share(&self, [common, rare]: [u64; 2]) -> f64 {
        let positives = if self.rarer { rare } else { common };
        let mixed = self.recipe.smoothing_rows;
        (positives as f64 + mixed * self.base) / ((common + rare) as f64 + mixed)
    }

    /// A leaf with the share of its rows.
    fn leaf(&self, rows: &Bag) -> GrownNode {
        let counts = self.counts(rows);
        GrownNode::Leaf { value: self.share(counts), rows: counts[0] + counts[1] }
    }
}
