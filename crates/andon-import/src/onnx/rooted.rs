//! `TreeEnsemble` of ai.onnx.ml 5: splits and leaves in arrays of their own.

use andon::model::forest::Link;
use andon::onnx::proto::NodeProto;

use super::attributes::Attributes;
use super::ensemble::{Comparison, Ensemble, FileQuestion};
use crate::columns::Columns;
use crate::error::FileFault;
use crate::trees::FileNode;

const KNOWN: [&str; 16] = [
    "aggregate_function",
    "leaf_targetids",
    "leaf_weights",
    "membership_values",
    "n_targets",
    "nodes_falseleafs",
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_hitrates",
    "nodes_missing_value_tracks_true",
    "nodes_modes",
    "nodes_splits",
    "nodes_trueleafs",
    "nodes_truenodeids",
    "post_transform",
    "tree_roots",
];

/// The modes by their number.
const MODES: [&str; 7] = ["LEQ", "LT", "GTE", "GT", "EQ", "NEQ", "MEMBER"];

pub(super) fn read(operation: &NodeProto, columns: &Columns, comparison: Comparison) -> Result<Ensemble, FileFault> {
    let attributes = Attributes::new(operation, &KNOWN)?;
    let roots = attributes.ints("tree_roots");
    let number = |name: &str, default: i64| attributes.get(name).map_or(default, |attribute| attribute.i);
    if number("n_targets", 1) != 1 || attributes.ints("leaf_targetids").iter().any(|target| *target != 0) {
        return Err(attributes.fault("n_targets", "it has more than one answer; a yes-or-no answer has one"));
    }
    let divisor = match number("aggregate_function", 1) {
        0 => roots.len() as f64,
        1 => 1.0,
        other => return Err(attributes.fault("aggregate_function", format!("{other} cannot be read"))),
    };
    let link = match number("post_transform", 0) {
        0 => Link::Identity,
        2 => Link::Logistic,
        other => return Err(attributes.fault("post_transform", format!("{other} cannot be read"))),
    };
    let mut nodes = splits(&attributes, columns, comparison)?;
    let leaves = attributes.numbers("leaf_weights")?;
    nodes.extend(leaves.iter().map(|weight| FileNode::Leaf { value: weight / divisor, weight: 1 }));
    // Every split stands in one tree; a leaf can stand in many.
    let mut left = 2 * (nodes.len() - leaves.len()) + roots.len();
    let tree = |root: &i64| of_root(&nodes, usize::try_from(*root).ok()?, &mut left);
    let trees: Option<Vec<_>> = roots.iter().map(tree).collect();
    let trees =
        trees.ok_or_else(|| attributes.fault("tree_roots", "a root or a child is not in the file, or twice"))?;
    Ok(Ensemble { trees, base: 0.0, link, has_weights: false })
}

/// The nodes below a root, numbered anew, so that each tree has its own; no more than are left.
fn of_root(nodes: &[FileNode], root: usize, nodes_left: &mut usize) -> Option<(Vec<FileNode>, usize)> {
    let mut of_tree = Vec::new();
    let mut open = std::collections::VecDeque::from([root]);
    while let Some(at) = open.pop_front() {
        // More nodes than the file has splits for run in a circle.
        *nodes_left = nodes_left.checked_sub(1)?;
        let next = of_tree.len() + open.len() + 1;
        of_tree.push(match nodes.get(at)?.clone() {
            FileNode::Split { feature, goes_left, missing_right, left, right } => {
                open.extend([left, right]);
                FileNode::Split { feature, goes_left, missing_right, left: next, right: next + 1 }
            }
            leaf @ FileNode::Leaf { .. } => leaf,
        });
    }
    Some((of_tree, 0))
}

/// The splits; leaves stand behind them.
fn splits(attributes: &Attributes<'_>, columns: &Columns, comparison: Comparison) -> Result<Vec<FileNode>, FileFault> {
    let features = attributes.ints("nodes_featureids");
    let size = features.len();
    let thresholds = sized(attributes, "nodes_splits", size)?;
    let modes = sized(attributes, "nodes_modes", size)?;
    let if_true = attributes.ints("nodes_truenodeids");
    let if_false = attributes.ints("nodes_falsenodeids");
    let true_leaf = attributes.ints("nodes_trueleafs");
    let false_leaf = attributes.ints("nodes_falseleafs");
    let missing = attributes.ints("nodes_missing_value_tracks_true");
    let lengths = [if_true.len(), if_false.len(), true_leaf.len(), false_leaf.len()];
    if lengths != [size; 4] || (!missing.is_empty() && missing.len() != size) {
        return Err(attributes.fault("nodes_truenodeids", "the arrays of the nodes differ in length"));
    }
    let mut members = Members { all: attributes.numbers("membership_values")?, at: 0 };
    let child = |child: i64, is_leaf: i64| {
        let place = usize::try_from(child).unwrap_or(usize::MAX);
        if is_leaf == 0 { place } else { size.saturating_add(place) }
    };
    let mut nodes = Vec::with_capacity(size);
    for at in 0..size {
        let fault = |problem: String| FileFault::new(format!("node {at}"), problem);
        let mode = MODES.get(modes[at] as usize).ok_or_else(|| fault(format!("its mode {} is unknown", modes[at])))?;
        let is_member = *mode == "MEMBER";
        let question = FileQuestion {
            mode,
            column: features[at],
            threshold: if is_member { 0.0 } else { thresholds[at] },
            members: &if is_member { members.next() } else { Vec::new() },
            missing_is_true: missing.get(at).is_some_and(|side| *side != 0),
            if_true: child(if_true[at], true_leaf[at]),
            if_false: child(if_false[at], false_leaf[at]),
        };
        nodes.push(question.split(columns, comparison).map_err(fault)?);
    }
    Ok(nodes)
}

fn sized(attributes: &Attributes<'_>, name: &str, size: usize) -> Result<Vec<f64>, FileFault> {
    let numbers = attributes.numbers(name)?;
    let length = numbers.len();
    let fault = || attributes.fault(name, format!("it has {length} entries for {size} nodes"));
    (length == size).then_some(numbers).ok_or_else(fault)
}

/// The categories of all questions of mode MEMBER, in the order of the nodes, each list ended by NaN.
struct Members {
    all: Vec<f64>,
    at: usize,
}

impl Members {
    fn next(&mut self) -> Vec<f64> {
        let rest = self.all.get(self.at..).unwrap_or_default();
        let values: Vec<f64> = rest.iter().copied().take_while(|value| !value.is_nan()).collect();
        self.at += values.len() + 1;
        values
    }
}
