//! A forest, its form on disk, and the checks without which no arrays become one.

use serde::{Deserialize, Serialize};

use crate::model::forest::combine::{Combine, Sum};
use crate::model::forest::linear::{self, LinearTerm};
use crate::model::forest::node::{FlatNode, GrownNode, Test};

/// Most splits from a root to a leaf. Trees that are grown without a bound on millions of rows come to about 60.
const MAX_DEPTH: u32 = 256;

/// Most features that are asked on the way to one leaf: what the attributions are exact for.
const MAX_ASKED: u32 = 64;

/// Arrays that are not a forest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a forest: {0}")]
pub struct NotAForest(pub(super) String);

/// Trees that together make the raw score of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Arrays", into = "Arrays")]
pub struct Forest {
    pub(super) columns: usize,
    pub(super) roots: Vec<u32>,
    /// Steps from each root to its deepest leaf.
    pub(super) depths: Vec<u32>,
    /// The most features that are asked on the way to one leaf.
    pub(super) most_asked: u32,
    pub(super) nodes: Vec<FlatNode>,
    /// The number of a leaf; 0 at a split.
    pub(super) values: Vec<f64>,
    /// Rows that each node was grown on; a split's are its children's.
    pub(super) rows: Vec<u64>,
    /// The categories that go right, for each question about categories.
    pub(super) sets: Vec<Vec<u32>>,
    pub(super) combine: Combine,
    /// The terms of a linear model; empty if there are trees.
    pub(super) linear: Vec<LinearTerm>,
    /// True if no question is about categories and none sends a missing value right.
    pub(super) is_plain: bool,
}

/// The form on disk: parallel arrays; a leaf has left child 0.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arrays {
    columns: usize,
    roots: Vec<u32>,
    feature: Vec<u32>,
    threshold: Vec<f64>,
    left: Vec<u32>,
    value: Vec<f64>,
    rows: Vec<u64>,
    /// The splits that send a missing value right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missing_right: Vec<u32>,
    /// The splits that ask for categories; their threshold is 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    categories: Vec<CategorySplit>,
    /// Absent for a mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sum: Option<Sum>,
    /// The terms of a model without trees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    linear: Vec<LinearTerm>,
}

/// A split about categories, and those that go right.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CategorySplit {
    node: u32,
    go_right: Vec<u32>,
}

/// Most rows of a node: sums of all of them are exact.
const MAX_ROWS: u64 = 1 << 53;

impl Arrays {
    pub(super) fn new(
        columns: usize,
        trees: &[Vec<GrownNode>],
        sets: &[Vec<u32>],
        combine: Combine,
    ) -> Result<Self, NotAForest> {
        let sum = if let Combine::Sum(sum) = combine { Some(sum) } else { None };
        let mut arrays = Self { columns, sum, ..Self::default() };
        for tree in trees {
            let root = u32::try_from(arrays.value.len()).map_err(|_| NotAForest("too many nodes".to_owned()))?;
            arrays.roots.push(root);
            for (node, rows) in tree.iter().zip(rows_of_nodes(tree)) {
                arrays.push(root, *node, sets)?;
                arrays.rows.push(rows);
            }
        }
        Ok(arrays)
    }

    pub(super) fn linear(columns: usize, linear: Vec<LinearTerm>, sum: Sum) -> Self {
        Self { columns, linear, sum: Some(sum), ..Self::default() }
    }

    fn push(&mut self, root: u32, node: GrownNode, sets: &[Vec<u32>]) -> Result<(), NotAForest> {
        let at = self.value.len() as u32;
        let (feature, threshold, left, value) = match node {
            GrownNode::Split { feature, threshold, left } => (feature, threshold, root.saturating_add(left), 0.0),
            GrownNode::Question { feature, test, missing_right, left } => {
                if missing_right {
                    self.missing_right.push(at);
                }
                let threshold = match test {
                    Test::Below(threshold) => threshold,
                    Test::In(set) => {
                        let no_set = || NotAForest("a split asks for a set that there is not".to_owned());
                        let go_right = sets.get(set as usize).ok_or_else(no_set)?.clone();
                        self.categories.push(CategorySplit { node: at, go_right });
                        0.0
                    }
                };
                (feature, threshold, root.saturating_add(left), 0.0)
            }
            GrownNode::Leaf { value, .. } => (0, 0.0, 0, value),
        };
        self.feature.push(feature);
        self.threshold.push(threshold);
        self.left.push(left);
        self.value.push(value);
        Ok(())
    }

    /// The arrays as nodes, which are as many; `None` where a split leads out of its tree or back, or asks no feature.
    fn nodes(&self) -> Option<Vec<FlatNode>> {
        let node = |(at, left): (usize, &u32)| {
            if *left == 0 {
                return Some(FlatNode::leaf(at as u32));
            }
            let next = self.roots.partition_point(|root| *root as usize <= at);
            let end = self.roots.get(next).map_or(self.feature.len(), |root| *root as usize);
            let is_inside =
                *left as usize > at && (*left as usize + 1) < end && (self.feature[at] as usize) < self.columns;
            let missing_right = self.missing_right.binary_search(&(at as u32)).is_ok();
            let set = self.categories.binary_search_by_key(&(at as u32), |set| set.node).ok();
            let test = set.map_or(Test::Below(self.threshold[at]), |set| Test::In(set as u32));
            is_inside.then(|| FlatNode::question(self.feature[at], test, missing_right, *left))
        };
        self.left.iter().enumerate().map(node).collect()
    }

    /// True if what is said of single splits is in order, each of one that there is.
    fn names_splits(&self) -> bool {
        let is_split = |node: &u32| self.left.get(*node as usize).is_some_and(|left| *left != 0);
        let nodes: Vec<u32> = self.categories.iter().map(|set| set.node).collect();
        let sets = self.categories.iter().all(|set| set.go_right.is_sorted_by(|a, b| a < b));
        let ascend = [&self.missing_right, &nodes].iter().all(|nodes| nodes.is_sorted_by(|a, b| a < b));
        ascend && sets && self.missing_right.iter().chain(&nodes).all(is_split)
    }
}

/// The number of rows that each node was grown on. A child stands behind its parent; the check of the arrays verifies
/// it.
fn rows_of_nodes(tree: &[GrownNode]) -> Vec<u64> {
    let mut rows = vec![0_u64; tree.len()];
    for (at, node) in tree.iter().enumerate().rev() {
        rows[at] = match *node {
            GrownNode::Leaf { rows, .. } => rows,
            GrownNode::Split { left, .. } | GrownNode::Question { left, .. } => {
                rows.iter().skip(left as usize).take(2).fold(0, |sum, rows| sum.saturating_add(*rows))
            }
        };
    }
    rows
}

impl TryFrom<Arrays> for Forest {
    type Error = NotAForest;

    fn try_from(arrays: Arrays) -> Result<Self, NotAForest> {
        let size = arrays.value.len();
        let refuse = |why: &str| Err(NotAForest(why.to_owned()));
        let lengths = [arrays.feature.len(), arrays.threshold.len(), arrays.left.len(), arrays.rows.len()];
        if arrays.columns == 0 || arrays.roots.is_empty() == arrays.linear.is_empty() || lengths != [size; 4] {
            return refuse("it has no column, neither trees nor linear terms, both, or arrays that differ in length");
        }
        let roots = &arrays.roots;
        if !mark_out_trees(roots, size) {
            return refuse("its roots do not mark out its trees");
        }
        if arrays.columns > FlatNode::MAX_COLUMNS || size > u32::MAX as usize || !arrays.names_splits() {
            return refuse("it has too many columns or nodes, or says of a leaf what is said of splits");
        }
        let combine = arrays.sum.map_or(Combine::Mean, Combine::Sum);
        if arrays.threshold.iter().any(|threshold| !threshold.is_finite()) {
            return refuse("a threshold is not finite");
        }
        let fault = combine.fault(&arrays.value);
        if let Some(fault) = fault.or_else(|| linear::fault(&arrays.linear, arrays.columns, combine)) {
            return refuse(fault);
        }
        let Some(nodes) = arrays.nodes() else {
            return refuse("a split has no feature, or a child that is not behind it in the same tree");
        };
        if !are_grown_on_rows(&nodes, &arrays.rows) {
            return refuse("a leaf was grown on no row, or a split on others than its children");
        }
        if !each_has_one_parent(roots, &nodes) {
            return refuse("a node is reached from no split, or from two");
        }
        let depths = depths(roots, &nodes);
        let most_asked = most_asked(&nodes);
        if let Some(fault) = too_deep(&depths, most_asked) {
            return refuse(fault);
        }
        let is_plain = arrays.missing_right.is_empty() && arrays.categories.is_empty();
        let sets = arrays.categories.into_iter().map(|set| set.go_right).collect();
        let Arrays { columns, roots, value: values, rows, linear, .. } = arrays;
        Ok(Self { columns, roots, depths, most_asked, nodes, values, rows, sets, combine, linear, is_plain })
    }
}

/// The fault of trees beyond the bounds, if they are.
fn too_deep(depths: &[u32], most_asked: u32) -> Option<&'static str> {
    if depths.iter().any(|depth| *depth > MAX_DEPTH) {
        Some("a tree is deeper than 256 splits")
    } else if most_asked > MAX_ASKED {
        Some("more than 64 features are asked on the way to one leaf, beyond which no Shapley value is exact")
    } else {
        None
    }
}

/// True if the first tree stands at the start, and each other behind it; a linear model has none.
fn mark_out_trees(roots: &[u32], size: usize) -> bool {
    let starts = roots.first().is_none_or(|root| *root == 0);
    starts && roots.is_sorted_by(|a, b| a < b) && roots.iter().all(|root| (*root as usize) < size)
}

fn are_grown_on_rows(nodes: &[FlatNode], rows: &[u64]) -> bool {
    let grown_on = |(at, node): (usize, &FlatNode)| match node.left as usize {
        left if left == at => (1..=MAX_ROWS).contains(&rows[at]),
        left => rows[at] <= MAX_ROWS && rows[left].checked_add(rows[left + 1]) == Some(rows[at]),
    };
    nodes.iter().enumerate().all(grown_on)
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

/// The most features that are asked on the way from a root to a node. Children stand behind their parents.
fn most_asked(nodes: &[FlatNode]) -> u32 {
    let mut parents: Vec<usize> = (0..nodes.len()).collect();
    let mut asked = vec![0_u32; nodes.len()];
    for (at, node) in nodes.iter().enumerate().filter(|(at, node)| node.left as usize != *at) {
        let mut above = at;
        let mut is_new = true;
        while is_new && parents[above] != above {
            above = parents[above];
            is_new = nodes[above].feature() != node.feature();
        }
        for child in [node.left as usize, node.left as usize + 1] {
            parents[child] = at;
            asked[child] = asked[at] + u32::from(is_new);
        }
    }
    asked.into_iter().max().unwrap_or(0)
}

impl From<Forest> for Arrays {
    fn from(forest: Forest) -> Self {
        let mut arrays = Self {
            columns: forest.columns,
            sum: if let Combine::Sum(sum) = forest.combine { Some(sum) } else { None },
            ..Self::default()
        };
        for (at, node) in forest.nodes.iter().enumerate() {
            let is_split = node.left as usize != at;
            arrays.feature.push(node.feature());
            arrays.left.push(if is_split { node.left } else { 0 });
            arrays.threshold.push(if is_split && !node.is_about_categories() { node.threshold } else { 0.0 });
            if node.is_missing_right() {
                arrays.missing_right.push(at as u32);
            }
            if let Test::In(set) = node.test() {
                arrays.categories.push(CategorySplit { node: at as u32, go_right: forest.sets[set as usize].clone() });
            }
        }
        Self { value: forest.values, rows: forest.rows, roots: forest.roots, linear: forest.linear, ..arrays }
    }
}
