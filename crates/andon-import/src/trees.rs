//! Trees as a file has them, laid out as a forest: children side by side and behind their parent.

use std::collections::VecDeque;

use andon::model::forest::{Combine, Forest, GrownNode, Sum, Test};

use crate::error::FileFault;

/// A node as a file has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FileNode {
    /// A question about a feature of the model.
    Split { feature: usize, goes_left: GoesLeft, missing_right: bool, left: usize, right: usize },
    /// What the tree adds, and the weight of the rows that it was grown on.
    Leaf { value: f64, weight: u64 },
}

/// The values that go left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum GoesLeft {
    Below(f64),
    In(Vec<u32>),
}

/// Trees on their way to a forest.
#[derive(Debug, Default)]
pub(crate) struct Trees {
    trees: Vec<Vec<GrownNode>>,
    sets: Vec<Vec<u32>>,
}

impl Trees {
    /// Lays out the tree whose root stands at a place.
    pub(crate) fn push(&mut self, nodes: &[FileNode], root: usize) -> Result<(), FileFault> {
        let tree = self.trees.len();
        let mut open = VecDeque::from([root]);
        let mut is_placed = vec![false; nodes.len()];
        let mut placed = Vec::new();
        while let Some(at) = open.pop_front() {
            let fault = |problem: &str| FileFault::at_node(tree, at, problem);
            let node = nodes.get(at).ok_or_else(|| fault("a split leads to it, and it is not in the file"))?;
            if std::mem::replace(&mut is_placed[at], true) {
                return Err(fault("two ways lead to it"));
            }
            // Children stand behind all nodes that are placed or wait.
            let left = (placed.len() + 1 + open.len()) as u32;
            placed.push(self.node(node, left).map_err(|problem| fault(&problem))?);
            if let FileNode::Split { goes_left, left, right, .. } = node {
                // The categories of a set go right in the forest.
                let is_set = matches!(goes_left, GoesLeft::In(_));
                open.extend(if is_set { [*right, *left] } else { [*left, *right] });
            }
        }
        self.trees.push(placed);
        Ok(())
    }

    fn node(&mut self, node: &FileNode, left: u32) -> Result<GrownNode, String> {
        match node {
            FileNode::Leaf { value, weight } if value.is_finite() => {
                Ok(GrownNode::Leaf { value: *value, rows: (*weight).max(1) })
            }
            FileNode::Leaf { value, .. } => Err(format!("its value {value} is not a number")),
            FileNode::Split { feature, goes_left, missing_right, .. } => {
                let (test, missing_right) = match goes_left {
                    GoesLeft::Below(threshold) if threshold.is_finite() => (Test::Below(*threshold), *missing_right),
                    GoesLeft::Below(threshold) => return Err(format!("its threshold {threshold} is not a number")),
                    GoesLeft::In(set) => {
                        self.sets.push(set.clone());
                        (Test::In(self.sets.len() as u32 - 1), !missing_right)
                    }
                };
                let feature = u32::try_from(*feature).map_err(|_| "its column is out of range".to_owned())?;
                Ok(GrownNode::Question { feature, test, missing_right, left })
            }
        }
    }

    /// The number of trees so far.
    pub(crate) fn len(&self) -> usize {
        self.trees.len()
    }

    /// The forest of all trees.
    pub(crate) fn forest(&self, columns: usize, sum: Sum) -> Result<Forest, FileFault> {
        let forest = Forest::combining(columns, &self.trees, &self.sets, Combine::Sum(sum));
        forest.map_err(|error| FileFault::new("trees", error.to_string()))
    }
}

/// A weight that need not be whole, in small units.
pub(crate) fn weight_in_units(weight: f64) -> Option<u64> {
    const UNITS: f64 = 1_048_576.0;
    let units = weight * UNITS;
    (0.0..=9e15).contains(&units).then(|| units.round() as u64)
}
