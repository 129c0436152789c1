//! One tree, grown node by node.

use andon_evidence::policy::{Better, Recipe};

use crate::data::matrix::Matrix;
use crate::data::places::Places;
use crate::model::forest::GrownNode;
use crate::model::random_forest::directions;
use crate::model::random_forest::error::TrainError;
use crate::model::random_forest::steps::{self, Drawn, Histogram, Step, Steps};
use crate::model::random_forest::stump;

/// Drawn rows in the order of the data.
pub(super) type Bag = Vec<Drawn>;

/// Recipe, rows and labels, the same for all trees of a forest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth<'a> {
    pub(super) recipe: &'a Recipe,
    /// The direction of better values, by column; a column without one is free.
    pub(super) better: &'a [Option<Better>],
    pub(super) columns: usize,
    /// The rows, which are there as places too.
    pub(super) rows: &'a Matrix,
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
    /// By column; none of a node at the greatest depth, whose rows nobody counts.
    histograms: Vec<Option<Histogram>>,
}

/// A question that parts the rows of a node.
struct Question {
    feature: usize,
    threshold: f64,
    sides: [Bag; 2],
}

impl Growth<'_> {
    /// Grows a tree breadth first, so that children stand side by side and behind their parent.
    pub(super) fn tree(&self, mut bag: Bag) -> Result<Vec<GrownNode>, TrainError> {
        let rows: Vec<u32> = bag.iter().map(|drawn| drawn.row).collect();
        let places = self.rows.places_of(&rows);
        let places = places.ok_or_else(|| TrainError::Tree("no column is sorted".to_owned()))?;
        // From here on a row is its place in the bag: what a tree reads then fits into the cache.
        bag.iter_mut().zip(0..).for_each(|(drawn, at)| drawn.row = at);
        TreeGrowth { growth: *self, places }.grow(bag)
    }

    /// The share of positive rows, from the rows of either label, mixed with the recipe's rows of the base rate.
    fn share(&self, [common, rare]: [u32; 2]) -> f64 {
        let positives = if self.rarer { rare } else { common };
        let mixed = self.recipe.smoothing_rows;
        (f64::from(positives) + mixed * self.base) / (f64::from(common + rare) + mixed)
    }
}

/// One tree: the forest that it belongs to, and its rows as places.
struct TreeGrowth<'a> {
    growth: Growth<'a>,
    places: Places,
}

impl TreeGrowth<'_> {
    fn grow(&self, bag: Bag) -> Result<Vec<GrownNode>, TrainError> {
        let [common, rare] = steps::count_labels(&bag);
        let weight = stump::exact_weight(self.growth.recipe.rare_class_weight, common as usize, rare as usize);
        let histograms = Histogram::of_columns(&self.places, self.growth.columns, &bag);
        let mut queue = vec![Seedling { rows: bag, depth: 0, histograms }];
        let mut nodes = Vec::new();
        while let Some(node) = queue.get_mut(nodes.len()).map(std::mem::take) {
            match self.split(&node, weight)? {
                Some(Question { feature, threshold, sides }) => {
                    nodes.push(GrownNode::Split { feature: feature as u32, threshold, left: queue.len() as u32 });
                    queue.extend(self.children(node, sides));
                }
                None => nodes.push(self.leaf(&node.rows)),
            }
        }
        Ok(directions::keep(nodes, self.growth.better, self.growth.nominal))
    }

    /// The two nodes below one. The smaller one is counted, and the larger one is what is left of their parent.
    fn children(&self, parent: Seedling, sides: [Bag; 2]) -> [Seedling; 2] {
        let depth = parent.depth + 1;
        if depth == self.growth.recipe.depth {
            return sides.map(|rows| Seedling { rows, depth, histograms: Vec::new() });
        }
        let [left, right] = sides;
        let is_left_smaller = left.len() < right.len();
        let (smaller, larger) = if is_left_smaller { (left, right) } else { (right, left) };
        let parts = parent.histograms.into_iter().enumerate().map(|(column, whole)| {
            let whole = whole.filter(|_| self.places.distinct(column) <= larger.len());
            let part = whole.is_some().then(|| Histogram::of(&self.places, column, &smaller));
            let rest = whole.zip(part.as_ref()).map(|(whole, part)| whole.without(part));
            (part, rest)
        });
        let (of_smaller, of_larger) = parts.unzip();
        let smaller = Seedling { rows: smaller, depth, histograms: of_smaller };
        let larger = Seedling { rows: larger, depth, histograms: of_larger };
        if is_left_smaller { [smaller, larger] } else { [larger, smaller] }
    }

    /// The best question about a node's rows that no direction of a feature forbids; `None` for a leaf.
    fn split(&self, node: &Seedling, weight: f32) -> Result<Option<Question>, TrainError> {
        let [common, rare] = steps::count_labels(&node.rows);
        let min_leaf = self.growth.recipe.min_leaf_weight;
        let is_leaf = node.depth >= self.growth.recipe.depth || common == 0 || rare == 0;
        if is_leaf || common as f32 + weight * (rare as f32) < 2.0 * min_leaf {
            return Ok(None);
        }
        let asked: Vec<Steps> = (0..self.growth.columns).flat_map(|column| self.asked(node, column)).collect();
        let border = stump::best_border(&asked, weight, min_leaf)?;
        Ok(border.map(|(at, border)| self.question(&node.rows, &asked[at], border)))
    }

    /// The columns by which linfa may part a node: one for each name of a column without an order, and else one, whose
    /// steps are those between which the column's direction allows a split. So linfa finds the best split of those that
    /// are allowed.
    fn asked(&self, node: &Seedling, feature: usize) -> Vec<Steps> {
        let steps = match &node.histograms[feature] {
            Some(histogram) => histogram.steps(),
            None => steps::count(&self.places, feature, &node.rows),
        };
        if self.growth.nominal.get(feature).copied().unwrap_or(false) {
            return steps::by_name(&self.places, feature, &steps);
        }
        let steps = match self.growth.better.get(feature).copied().flatten() {
            None => steps,
            Some(better) => steps::join_forbidden(steps, better, |counts| self.growth.share(counts)),
        };
        vec![Steps { feature, name: None, steps }]
    }

    /// The question that parts rows so that those of the first `border` steps go left.
    fn question(&self, rows: &[Drawn], asked: &Steps, border: usize) -> Question {
        let [Step { last: low, .. }, Step { first: high, .. }] = [asked.steps[border - 1], asked.steps[border]];
        let column = self.places.column(asked.feature);
        let place = |drawn: Drawn| column[drawn.row as usize];
        let (threshold, sides) = match asked.name {
            Some(name) => {
                let sides = steps::part(rows, |drawn| place(drawn) != name);
                (self.places.value(asked.feature, name), sides)
            }
            None => {
                let sides = steps::part(rows, |drawn| place(drawn) <= low);
                (self.places.between(asked.feature, low, high), sides)
            }
        };
        Question { feature: asked.feature, threshold, sides }
    }

    /// A leaf with the share of its rows.
    fn leaf(&self, rows: &[Drawn]) -> GrownNode {
        let counts = steps::count_labels(rows);
        GrownNode::Leaf { value: self.growth.share(counts), rows: u64::from(counts[0] + counts[1]) }
    }
}
