//! A forest as flat arrays: scoring, path attributions, and a checked form on disk.
//!
//! A node's children stand side by side; a row goes left where its value is below the threshold. A leaf is its own
//! left child with an infinite threshold, so that a walk needs no test for the end, only a number of steps.

use serde::{Deserialize, Serialize};

use crate::frame::Matrix;

/// Rows scored together: enough independent walks to hide the latency of each step.
const LANES: usize = 8;

/// Rows whose features stay in the nearest cache while one tree after the other reads them.
const BLOCK: usize = 128;

/// One step of a walk, a quarter of a cache line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    threshold: f64,
    left: u32,
    feature: u32,
}

/// One node of a tree as it is grown, children after parents.
#[derive(Debug, Clone, PartialEq)]
pub struct GrownNode {
    /// Feature, threshold and the place of the left child, with the right one behind it; `None` for a leaf.
    pub split: Option<(u32, f64, u32)>,
    /// Share of positive rows here, 0 to 1.
    pub value: f64,
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
    nodes: Vec<Node>,
    values: Vec<f64>,
}

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
        };
        for tree in trees {
            let root = u32::try_from(arrays.value.len()).map_err(|_| NotAForest("too many nodes".to_owned()))?;
            arrays.roots.push(root);
            for node in tree {
                let (feature, threshold, left) = node.split.unwrap_or((0, 0.0, 0));
                arrays.feature.push(feature);
                arrays.threshold.push(threshold);
                arrays.left.push(if node.split.is_some() { root.saturating_add(left) } else { 0 });
                arrays.value.push(node.value);
            }
        }
        Self::try_from(arrays)
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

    /// The raw score of one row: the mean of the trees' leaf shares, 0 to 1.
    ///
    /// `row` holds the features in the model's order; a missing one reads as the lowest possible.
    #[must_use]
    pub fn score(&self, row: &[f64]) -> f64 {
        let sum: f64 = self.roots.iter().map(|root| self.values[self.walk(*root, row, |_, _| {}) as usize]).sum();
        sum / self.roots.len() as f64
    }

    /// The raw scores of all rows, bit for bit those of [`Forest::score`].
    #[must_use]
    pub fn score_all(&self, matrix: &Matrix) -> Vec<f64> {
        let mut scores = vec![0.0; matrix.len()];
        if matrix.columns() != self.columns {
            scores.iter_mut().enumerate().for_each(|(row, score)| *score = self.score(matrix.row(row)));
            return scores;
        }
        for (rows, scores) in matrix.values().chunks(BLOCK * self.columns).zip(scores.chunks_mut(BLOCK)) {
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

    /// What each feature moved the raw score by, in the model's order, after the score before any feature spoke.
    ///
    /// On the way down a tree the share of positives changes from node to node; each change belongs to the feature
    /// that was asked (Saabas 2014, "Interpreting random forests"). The base plus all that was moved is the raw
    /// score, up to rounding.
    #[must_use]
    pub fn explain(&self, row: &[f64]) -> (f64, Vec<f64>) {
        let mut moved = vec![0.0; self.columns];
        let trees = self.roots.len() as f64;
        for root in &self.roots {
            self.walk(*root, row, |parent, child| {
                let by = self.values[child as usize] - self.values[parent as usize];
                moved[self.nodes[parent as usize].feature as usize] += by / trees;
            });
        }
        let base = self.roots.iter().map(|root| self.values[*root as usize]).sum::<f64>() / trees;
        (base, moved)
    }

    /// Walks one tree to its leaf, telling each step from parent to child.
    fn walk(&self, root: u32, row: &[f64], mut step: impl FnMut(u32, u32)) -> u32 {
        let mut at = root;
        loop {
            let node = self.nodes[at as usize];
            if node.left == at {
                return at;
            }
            let value = row.get(node.feature as usize).copied().unwrap_or(crate::frame::MISSING);
            let child = node.left + u32::from(value >= node.threshold);
            step(at, child);
            at = child;
        }
    }
}

impl TryFrom<Arrays> for Forest {
    type Error = NotAForest;

    fn try_from(arrays: Arrays) -> Result<Self, NotAForest> {
        let Arrays { columns, roots, feature, threshold, left, value } = arrays;
        let size = value.len();
        let refuse = |why: &str| Err(NotAForest(why.to_owned()));
        if columns == 0 || roots.is_empty() || [feature.len(), threshold.len(), left.len()] != [size; 3] {
            return refuse("it has no column or no tree, or its arrays differ in length");
        }
        if !roots.is_sorted_by(|a, b| a < b) || roots[0] != 0 || roots.iter().any(|root| *root as usize >= size) {
            return refuse("its roots do not mark out its trees");
        }
        if threshold.iter().any(|t| !t.is_finite()) || !value.iter().all(|value| (0.0..=1.0).contains(value)) {
            return refuse("a threshold is not finite or a share is not within 0 to 1");
        }
        let mut nodes = Vec::with_capacity(size);
        for (at, left) in left.iter().enumerate() {
            let is_leaf = *left == 0;
            let end = roots.partition_point(|root| *root as usize <= at);
            let end = roots.get(end).map_or(size, |root| *root as usize);
            if !is_leaf && (*left as usize <= at || *left as usize + 1 >= end || feature[at] as usize >= columns) {
                return refuse("a split has no feature, or a child that is not behind it in the same tree");
            }
            nodes.push(if is_leaf {
                Node { threshold: f64::INFINITY, left: at as u32, feature: 0 }
            } else {
                Node { threshold: threshold[at], left: *left, feature: feature[at] }
            });
        }
        let depths = depths(&roots, &nodes);
        Ok(Self { columns, roots, depths, nodes, values: value })
    }
}

/// Children stand behind their parents, so one pass from the back knows the height of every node.
fn depths(roots: &[u32], nodes: &[Node]) -> Vec<u32> {
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
        let per_node = |pick: fn(&Node) -> u32| {
            forest.nodes.iter().enumerate().map(|(at, node)| if splits(at) { pick(node) } else { 0 }).collect()
        };
        let thresholds = forest.nodes.iter().enumerate();
        Self {
            columns: forest.columns,
            feature: per_node(|node| node.feature),
            threshold: thresholds.map(|(at, node)| if splits(at) { node.threshold } else { 0.0 }).collect(),
            left: per_node(|node| node.left),
            value: forest.values,
            roots: forest.roots,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaf(value: f64) -> GrownNode {
        GrownNode { split: None, value }
    }

    /// Below 2 in column 0: 0.1; else below 5 in column 1: 0.4, else 0.9.
    fn by_hand() -> Forest {
        let tree = vec![
            GrownNode { split: Some((0, 2.0, 1)), value: 0.5 },
            leaf(0.1),
            GrownNode { split: Some((1, 5.0, 3)), value: 0.7 },
            leaf(0.4),
            leaf(0.9),
        ];
        Forest::new(2, &[tree, vec![leaf(0.3)]]).unwrap()
    }

    #[test]
    fn a_value_at_the_threshold_goes_right() {
        let forest = by_hand();
        for (row, leaf) in [([1.9, 9.0], 0.1), ([2.0, 4.9], 0.4), ([2.0, 5.0], 0.9)] {
            assert_eq!(forest.score(&row).to_bits(), ((leaf + 0.3) / 2.0_f64).to_bits());
        }
        assert_eq!(forest.depth(), 2);
    }

    #[test]
    fn what_features_moved_adds_up_by_hand() {
        let (base, moved) = by_hand().explain(&[2.0, 5.0]);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(base, 0.4) && close(moved[0], 0.1) && close(moved[1], 0.1), "{base} {moved:?}");
    }

    #[test]
    fn it_reads_back_to_the_bit_and_every_broken_array_is_refused() {
        let json = serde_json::to_string(&by_hand()).unwrap();
        assert_eq!(serde_json::from_str::<Forest>(&json).unwrap(), by_hand());
        let breaks = [
            ("\"roots\":[0,5]", "\"roots\":[]"),
            ("\"roots\":[0,5]", "\"roots\":[5,0]"),
            ("\"roots\":[0,5]", "\"roots\":[0,6]"),
            ("\"roots\":[0,5]", "\"roots\":[0,4]"),
            ("\"left\":[1,", "\"left\":[9,"),
            ("\"left\":[1,0,3", "\"left\":[1,0,2"),
            ("\"feature\":[0,0,1", "\"feature\":[0,0,2"),
            ("0.9", "1.1"),
            ("0.9", "null"),
            ("\"columns\":2", "\"columns\":0"),
            ("0.9,", ""),
        ];
        for (good, bad) in breaks {
            assert!(json.contains(good), "{good} is not in {json}");
            assert!(serde_json::from_str::<Forest>(&json.replacen(good, bad, 1)).is_err(), "{bad} was accepted");
        }
    }

    /// A random tree over 3 columns, grown breadth first.
    fn any_tree() -> impl Strategy<Value = Vec<GrownNode>> {
        proptest::collection::vec((any::<bool>(), 0_u32..3, -3.0..3.0_f64, 0.0..=1.0_f64), 31).prop_map(|draws| {
            let mut nodes: Vec<GrownNode> = vec![leaf(draws[0].3)];
            for at in 0..15 {
                if at >= nodes.len() || !draws[at].0 {
                    continue;
                }
                nodes[at].split = Some((draws[at].1, draws[at].2, nodes.len() as u32));
                let next = nodes.len();
                nodes.extend([leaf(draws[next % 31].3), leaf(draws[(next + 1) % 31].3)]);
            }
            nodes
        })
    }

    proptest! {
        #[test]
        fn scores_are_shares_the_same_in_batches_and_the_sum_of_what_moved_them(
            trees in proptest::collection::vec(any_tree(), 1..4),
            rows in proptest::collection::vec([-4.0..4.0_f64, -4.0..4.0, -4.0..4.0], 0..300),
        ) {
            let forest = Forest::new(3, &trees).unwrap();
            let mut matrix = Matrix::new(3);
            rows.iter().for_each(|row| matrix.push(row));
            let scores = forest.score_all(&matrix);
            prop_assert_eq!(scores.len(), rows.len());
            for (row, score) in rows.iter().zip(scores) {
                prop_assert!((0.0..=1.0).contains(&score));
                prop_assert_eq!(score.to_bits(), forest.score(row).to_bits());
                let (base, moved) = forest.explain(row);
                prop_assert!((base + moved.iter().sum::<f64>() - score).abs() < 1e-12);
            }
        }
    }
}
