//! A forest as flat arrays: scoring, and a checked form on disk.
//!
//! A node's children stand side by side; a row goes left where its value is below the threshold. A leaf is its own
//! left child with an infinite threshold, so that a walk needs no test for the end, only a number of steps.
//!
//! A column can hold names without an order. Its question is about one name: a row with that name goes right, and any
//! other goes left.

#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};

use crate::data::matrix::Matrix;

/// Rows scored together: enough independent walks to hide the latency of each step.
const LANES: usize = 8;

/// Rows whose features stay in the nearest cache while one tree after the other reads them.
const ROWS_PER_BLOCK: usize = 128;

/// One step of a walk, a quarter of a cache line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct FlatNode {
    threshold: f64,
    left: u32,
    feature: u32,
}

/// One node of a tree as it is grown, children after parents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GrownNode {
    /// A question.
    Split {
        /// The feature that is compared, as a place in the row.
        feature: u32,
        /// Values below it go left.
        threshold: f64,
        /// Place of the left child in the tree; the right one stands behind it.
        left: u32,
    },
    /// An answer.
    Leaf {
        /// Share of positive rows here, 0 to 1.
        value: f64,
        /// The number of rows it was grown on, at least 1.
        rows: u32,
    },
}

/// Arrays that are not a forest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a forest: {0}")]
pub struct NotAForest(String);

/// Trees whose mean is the raw score of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Arrays", into = "Arrays")]
pub struct Forest {
    columns: usize,
    roots: Vec<u32>,
    /// Steps from each root to its deepest leaf.
    depths: Vec<u32>,
    nodes: Vec<FlatNode>,
    /// Share of positive rows in a leaf; 0 at a split.
    values: Vec<f64>,
    /// Rows that each node was grown on; a split's are its children's.
    rows: Vec<u64>,
    /// For each column, true if its questions are about one name; empty if there is no such column.
    nominal: Vec<bool>,
}

/// A tree in a forest, its nodes numbered from its root on.
#[derive(Debug, Clone, Copy)]
pub struct Tree<'a> {
    forest: &'a Forest,
    root: usize,
    end: usize,
}

impl Tree<'_> {
    /// The number of its nodes.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        self.end - self.root
    }

    /// True if the questions about a feature are about one name.
    #[must_use]
    pub(crate) fn is_nominal(&self, feature: u32) -> bool {
        self.forest.is_nominal(feature)
    }

    /// True if a row with this value of a split's feature goes right.
    #[must_use]
    pub(crate) fn goes_right(&self, feature: u32, threshold: f64, value: f64) -> bool {
        self.forest.goes_right(feature, threshold, value)
    }

    /// The node at a place below [`Tree::size`], and how many rows it was grown on.
    #[must_use]
    pub(crate) fn node(&self, at: usize) -> (GrownNode, u64) {
        let place = self.root + at;
        let (FlatNode { threshold, left, feature }, rows) = (self.forest.nodes[place], self.forest.rows[place]);
        let node = if left as usize == place {
            // A leaf's rows came from a u32.
            GrownNode::Leaf { value: self.forest.values[place], rows: rows as u32 }
        } else {
            GrownNode::Split { feature, threshold, left: left - self.root as u32 }
        };
        (node, rows)
    }
}

/// Most splits from a root to a leaf: what the attributions are exact for.
pub(crate) const MAX_DEPTH: usize = 32;

/// The form on disk: parallel arrays; a leaf has left child 0.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arrays {
    columns: usize,
    roots: Vec<u32>,
    feature: Vec<u32>,
    threshold: Vec<f64>,
    left: Vec<u32>,
    value: Vec<f64>,
    rows: Vec<u64>,
    /// The columns whose questions are about one name, in ascending order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    nominal: Vec<u32>,
}

impl Forest {
    /// Puts grown trees side by side.
    ///
    /// # Errors
    /// [`NotAForest`] when there is no tree, a child stands before its parent, or a number is out of range.
    pub fn new(columns: usize, trees: &[Vec<GrownNode>]) -> Result<Self, NotAForest> {
        let size = trees.iter().map(Vec::len).sum();
        let mut arrays = Arrays {
            columns,
            roots: Vec::with_capacity(trees.len()),
            feature: Vec::with_capacity(size),
            threshold: Vec::with_capacity(size),
            left: Vec::with_capacity(size),
            value: Vec::with_capacity(size),
            rows: Vec::with_capacity(size),
            nominal: Vec::new(),
        };
        for tree in trees {
            let root = u32::try_from(arrays.value.len()).map_err(|_| NotAForest("too many nodes".to_owned()))?;
            arrays.roots.push(root);
            let rows = rows_of_nodes(tree);
            for (node, rows) in tree.iter().zip(rows) {
                let (feature, threshold, left, value) = match *node {
                    GrownNode::Split { feature, threshold, left } => {
                        (feature, threshold, root.saturating_add(left), 0.0)
                    }
                    GrownNode::Leaf { value, .. } => (0, 0.0, 0, value),
                };
                arrays.feature.push(feature);
                arrays.threshold.push(threshold);
                arrays.left.push(left);
                arrays.value.push(value);
                arrays.rows.push(rows);
            }
        }
        Self::try_from(arrays)
    }

    /// The forest with columns whose questions are about one name: a row with the threshold's value goes right.
    #[must_use]
    pub fn with_nominal(self, nominal: &[bool]) -> Self {
        let column = |at| nominal.get(at).copied().unwrap_or(false);
        let nominal: Vec<bool> = (0..self.columns).map(column).collect();
        Self { nominal: if nominal.contains(&true) { nominal } else { Vec::new() }, ..self }
    }

    /// True if the questions about a column are about one name.
    #[must_use]
    pub(crate) fn is_nominal(&self, column: u32) -> bool {
        self.nominal.get(column as usize).copied().unwrap_or(false)
    }

    fn goes_right(&self, feature: u32, threshold: f64, value: f64) -> bool {
        if self.is_nominal(feature) { value.to_bits() == threshold.to_bits() } else { value >= threshold }
    }

    /// The trees, one by one.
    pub(crate) fn each_tree(&self) -> impl Iterator<Item = Tree<'_>> {
        let ends = self.roots.iter().skip(1).map(|root| *root as usize).chain([self.nodes.len()]);
        self.roots.iter().zip(ends).map(|(root, end)| Tree { forest: self, root: *root as usize, end })
    }

    /// Numbers in a row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of trees.
    #[must_use]
    pub(crate) fn trees(&self) -> usize {
        self.roots.len()
    }

    /// Steps to the deepest leaf.
    #[must_use]
    pub(crate) fn depth(&self) -> usize {
        self.depths.iter().copied().max().unwrap_or(0) as usize
    }

    /// The raw score of one row: the mean of the trees' leaf shares, 0 to 1.
    ///
    /// `row` holds the features in the model's order; a missing one reads as the lowest possible.
    #[must_use]
    pub fn score(&self, row: &[f64]) -> f64 {
        let sum: f64 = self.roots.iter().map(|root| self.values[self.leaf(*root, row)]).sum();
        sum / self.roots.len() as f64
    }

    /// The raw scores of all rows, bit for bit those of [`Forest::score`].
    #[must_use]
    pub fn score_all(&self, matrix: &Matrix) -> Vec<f64> {
        let mut scores = vec![0.0; matrix.len()];
        if matrix.columns() != self.columns || !self.nominal.is_empty() {
            scores.iter_mut().enumerate().for_each(|(row, score)| *score = self.score(matrix.row(row)));
            return scores;
        }
        for (rows, scores) in
            matrix.values().chunks(ROWS_PER_BLOCK * self.columns).zip(scores.chunks_mut(ROWS_PER_BLOCK))
        {
            self.score_block(rows, scores);
        }
        scores
    }

    fn score_block(&self, rows: &[f64], scores: &mut [f64]) {
        let width = LANES * self.columns;
        for (root, depth) in self.roots.iter().zip(&self.depths) {
            let lanes = rows.chunks_exact(width).zip(scores.chunks_exact_mut(LANES));
            for (rows, scores) in lanes {
                let mut at = [*root; LANES];
                for _ in 0..*depth {
                    for (lane, at) in at.iter_mut().enumerate() {
                        let node = self.nodes[*at as usize];
                        let value = rows[lane * self.columns + node.feature as usize];
                        *at = node.left + u32::from(value >= node.threshold);
                    }
                }
                for (score, at) in scores.iter_mut().zip(at) {
                    *score += self.values[at as usize];
                }
            }
        }
        let trees = self.roots.len() as f64;
        let whole = scores.len() / LANES * LANES;
        scores[..whole].iter_mut().for_each(|score| *score /= trees);
        for (row, score) in rows.chunks_exact(self.columns).zip(scores).skip(whole) {
            *score = self.score(row);
        }
    }

    /// A raw score that no row exceeds whose features lie between `low` and `high`, both among them: the mean of the
    /// highest leaves that each tree lets such rows reach. With `low` and `high` the same it is the row's score.
    #[must_use]
    pub(crate) fn highest_between(&self, low: &[f64], high: &[f64]) -> f64 {
        let mut open = Vec::new();
        let mut sum = 0.0;
        for root in &self.roots {
            let mut highest = 0.0_f64;
            open.push(*root);
            while let Some(at) = open.pop() {
                let node = self.nodes[at as usize];
                if node.left == at {
                    highest = highest.max(self.values[at as usize]);
                    continue;
                }
                let [low, high] = [low, high]
                    .map(|row| row.get(node.feature as usize).copied().unwrap_or(crate::data::matrix::MISSING));
                let is_between = low <= node.threshold && node.threshold <= high;
                let (may_go_left, may_go_right) = if self.is_nominal(node.feature) {
                    (low < high || !is_between, is_between)
                } else {
                    (low < node.threshold, high >= node.threshold)
                };
                if may_go_left {
                    open.push(node.left);
                }
                if may_go_right {
                    open.push(node.left + 1);
                }
            }
            sum += highest;
        }
        sum / self.roots.len() as f64
    }

    /// The leaf that a row comes to.
    fn leaf(&self, root: u32, row: &[f64]) -> usize {
        let mut at = root;
        loop {
            let node = self.nodes[at as usize];
            if node.left == at {
                return at as usize;
            }
            let value = row.get(node.feature as usize).copied().unwrap_or(crate::data::matrix::MISSING);
            at = node.left + u32::from(self.goes_right(node.feature, node.threshold, value));
        }
    }
}

/// The number of rows that each node was grown on. A child stands behind its parent; the check of the arrays verifies
/// it.
fn rows_of_nodes(tree: &[GrownNode]) -> Vec<u64> {
    let mut rows = vec![0_u64; tree.len()];
    for (at, node) in tree.iter().enumerate().rev() {
        rows[at] = match *node {
            GrownNode::Leaf { rows, .. } => u64::from(rows),
            GrownNode::Split { left, .. } => rows.iter().skip(left as usize).take(2).sum(),
        };
    }
    rows
}

impl TryFrom<Arrays> for Forest {
    type Error = NotAForest;

    fn try_from(arrays: Arrays) -> Result<Self, NotAForest> {
        let Arrays { columns, roots, feature, threshold, left, value, rows, nominal } = arrays;
        let size = value.len();
        let refuse = |why: &str| Err(NotAForest(why.to_owned()));
        if columns == 0 || roots.is_empty() || [feature.len(), threshold.len(), left.len(), rows.len()] != [size; 4] {
            return refuse("it has no column or no tree, or its arrays differ in length");
        }
        if !roots.is_sorted_by(|a, b| a < b) || roots[0] != 0 || roots.iter().any(|root| *root as usize >= size) {
            return refuse("its roots do not mark out its trees");
        }
        if threshold.iter().any(|t| !t.is_finite()) || !value.iter().all(|value| (0.0..=1.0).contains(value)) {
            return refuse("a threshold is not finite or a share is not within 0 to 1");
        }
        let Some(nodes) = nodes_of(columns, &roots, &feature, &threshold, &left) else {
            return refuse("a split has no feature, or a child that is not behind it in the same tree");
        };
        let grown_on = |(at, node): (usize, &FlatNode)| match node.left as usize {
            left if left == at => (1..=u64::from(u32::MAX)).contains(&rows[at]),
            left => rows[left].checked_add(rows[left + 1]) == Some(rows[at]),
        };
        if !nodes.iter().enumerate().all(grown_on) {
            return refuse("a leaf was grown on no row, or a split on others than its children");
        }
        if !each_has_one_parent(&roots, &nodes) {
            return refuse("a node is reached from no split, or from two");
        }
        if !nominal.is_sorted_by(|a, b| a < b) || nominal.iter().any(|column| *column as usize >= columns) {
            return refuse("a column of names is none of its columns, or is listed twice");
        }
        let depths = depths(&roots, &nodes);
        if depths.iter().any(|depth| *depth as usize > MAX_DEPTH) {
            return refuse("a tree is deeper than 32 splits");
        }
        let marks: Vec<bool> = (0..columns).map(|column| nominal.contains(&(column as u32))).collect();
        let forest = Self { columns, roots, depths, nodes, values: value, rows, nominal: Vec::new() };
        Ok(forest.with_nominal(&marks))
    }
}

/// The arrays as nodes, which are as many; `None` where a split leads out of its tree or back, or asks no feature.
fn nodes_of(columns: usize, roots: &[u32], feature: &[u32], threshold: &[f64], left: &[u32]) -> Option<Vec<FlatNode>> {
    let node = |(at, left): (usize, &u32)| {
        if *left == 0 {
            return Some(FlatNode { threshold: f64::INFINITY, left: at as u32, feature: 0 });
        }
        let next = roots.partition_point(|root| *root as usize <= at);
        let end = roots.get(next).map_or(feature.len(), |root| *root as usize);
        let is_inside = *left as usize > at && (*left as usize + 1) < end && (feature[at] as usize) < columns;
        is_inside.then(|| FlatNode { threshold: threshold[at], left: *left, feature: feature[at] })
    };
    left.iter().enumerate().map(node).collect()
}

fn each_has_one_parent(roots: &[u32], nodes: &[FlatNode]) -> bool {
    let mut parents = vec![0_u32; nodes.len()];
    roots.iter().for_each(|root| parents[*root as usize] += 1);
    for (_, node) in nodes.iter().enumerate().filter(|(at, node)| node.left as usize != *at) {
        (0..2).for_each(|side| parents[node.left as usize + side] += 1);
    }
    parents.iter().all(|parents| *parents == 1)
}

/// Children stand behind their parents, so one pass from the back knows the height of every node.
fn depths(roots: &[u32], nodes: &[FlatNode]) -> Vec<u32> {
    let mut heights = vec![0_u32; nodes.len()];
    for (at, node) in nodes.iter().enumerate().rev() {
        let left = node.left as usize;
        if left != at {
            heights[at] = 1 + heights[left].max(heights[left + 1]);
        }
    }
    roots.iter().map(|root| heights[*root as usize]).collect()
}

impl From<Forest> for Arrays {
    fn from(forest: Forest) -> Self {
        let splits = |at: usize| forest.nodes[at].left as usize != at;
        let per_node = |pick: fn(&FlatNode) -> u32| {
            forest.nodes.iter().enumerate().map(|(at, node)| if splits(at) { pick(node) } else { 0 }).collect()
        };
        let thresholds = forest.nodes.iter().enumerate();
        let nominal = forest.nominal.iter().enumerate().filter(|(_, is_nominal)| **is_nominal);
        Self {
            columns: forest.columns,
            feature: per_node(|node| node.feature),
            threshold: thresholds.map(|(at, node)| if splits(at) { node.threshold } else { 0.0 }).collect(),
            left: per_node(|node| node.left),
            value: forest.values,
            rows: forest.rows,
            roots: forest.roots,
            nominal: nominal.map(|(column, _)| column as u32).collect(),
        }
    }
}
