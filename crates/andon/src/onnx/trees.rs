//! The trees as the parallel arrays of a `TreeEnsembleClassifier`.

use super::parts::{doubles, ints, text};
use super::proto::{AttributeProto, NodeProto, kind};
use crate::model::Model;
use crate::model::forest::{Combine, Forest, Test, Tree, TreeNode};

pub(super) fn trees(model: &Model) -> NodeProto {
    let mut arrays = NodeArrays::default();
    for (tree, nodes) in model.forest().each_tree().enumerate() {
        arrays.push_tree(tree as i64, model.forest(), &nodes);
    }
    NodeProto {
        input: vec!["features".to_owned()],
        output: vec!["raw_label".to_owned(), "raw".to_owned()],
        name: "forest".to_owned(),
        op_type: "TreeEnsembleClassifier".to_owned(),
        attribute: arrays.attributes(),
        domain: "ai.onnx.ml".to_owned(),
    }
}

/// The operator's parallel arrays.
#[derive(Default)]
struct NodeArrays {
    trees: Vec<i64>,
    nodes: Vec<i64>,
    features: Vec<i64>,
    thresholds: Vec<f64>,
    modes: Vec<Vec<u8>>,
    if_true: Vec<i64>,
    if_false: Vec<i64>,
    missing_is_true: Vec<i64>,
    leaf_trees: Vec<i64>,
    leaf_nodes: Vec<i64>,
    leaf_classes: Vec<i64>,
    leaf_weights: Vec<f64>,
}

/// One entry of the arrays.
struct NodeEntry {
    at: i64,
    feature: i64,
    threshold: f64,
    mode: &'static [u8],
    if_true: i64,
    if_false: i64,
    missing_is_true: bool,
}

/// A question of the tree, apart from its test.
struct SplitEntry {
    feature: i64,
    left: i64,
    missing_left: bool,
}

impl NodeArrays {
    fn push_tree(&mut self, tree: i64, forest: &Forest, nodes: &Tree<'_>) {
        // Behind the nodes of the tree stand the further categories of its questions.
        let mut next = nodes.size() as i64;
        for at in 0..nodes.size() {
            match nodes.node(at) {
                TreeNode::Leaf(value) => self.push_leaf(tree, at as i64, forest, value),
                TreeNode::Split { feature, left } => {
                    let places = (at as i64, next);
                    let (test, missing_right) = nodes.test(at);
                    let split = SplitEntry { feature: feature.into(), left: left.into(), missing_left: !missing_right };
                    next = match test {
                        Test::Below(threshold) => self.push_below(tree, places, threshold, &split),
                        Test::In(set) => self.push_categories(tree, places, &forest.sets()[set as usize], &split),
                    };
                }
            }
        }
    }

    /// A question about a threshold. Returns the next free place.
    fn push_below(&mut self, tree: i64, (at, next): (i64, i64), threshold: f64, split: &SplitEntry) -> i64 {
        let SplitEntry { feature, left, missing_left } = *split;
        let mode = b"BRANCH_LT";
        let [if_true, if_false] = [left, left + 1];
        self.push(tree, &NodeEntry { at, feature, threshold, mode, if_true, if_false, missing_is_true: missing_left });
        next
    }

    /// A question about categories: one for each, all with the same right child. Returns the next free place.
    fn push_categories(
        &mut self,
        tree: i64,
        (mut at, mut next): (i64, i64),
        categories: &[u32],
        split: &SplitEntry,
    ) -> i64 {
        let SplitEntry { feature, left, missing_left } = *split;
        // No code is below 0: a question about no category sends all to the left.
        let codes = if categories.is_empty() { vec![-1.0] } else { categories.iter().map(|c| f64::from(*c)).collect() };
        for (place, threshold) in codes.iter().copied().enumerate() {
            let is_last = place + 1 == codes.len();
            let others = if is_last { left } else { next };
            let mode = b"BRANCH_EQ";
            self.push(
                tree,
                &NodeEntry {
                    at,
                    feature,
                    threshold,
                    mode,
                    if_true: left + 1,
                    if_false: others,
                    missing_is_true: !missing_left,
                },
            );
            if !is_last {
                at = next;
                next += 1;
            }
        }
        next
    }

    fn push_leaf(&mut self, tree: i64, at: i64, forest: &Forest, value: f64) {
        let rest = if forest.combine() == Combine::Mean { 1.0 - value } else { 0.0 };
        for (class, share) in [(0, rest), (1, value)] {
            self.leaf_trees.push(tree);
            self.leaf_nodes.push(at);
            self.leaf_classes.push(class);
            self.leaf_weights.push(share / forest.combine().divisor(forest.trees()));
        }
        let entry =
            NodeEntry { at, feature: 0, threshold: 0.0, mode: b"LEAF", if_true: 0, if_false: 0, missing_is_true: true };
        self.push(tree, &entry);
    }

    fn push(&mut self, tree: i64, entry: &NodeEntry) {
        self.trees.push(tree);
        self.nodes.push(entry.at);
        self.features.push(entry.feature);
        self.thresholds.push(entry.threshold);
        self.modes.push(entry.mode.to_vec());
        self.if_true.push(entry.if_true);
        self.if_false.push(entry.if_false);
        self.missing_is_true.push(i64::from(entry.missing_is_true));
    }

    fn attributes(self) -> Vec<AttributeProto> {
        vec![
            ints("nodes_treeids", self.trees),
            ints("nodes_nodeids", self.nodes),
            ints("nodes_featureids", self.features),
            doubles("nodes_values_as_tensor", self.thresholds),
            AttributeProto {
                name: "nodes_modes".to_owned(),
                strings: self.modes,
                r#type: kind::STRINGS,
                ..AttributeProto::default()
            },
            ints("nodes_truenodeids", self.if_true),
            ints("nodes_falsenodeids", self.if_false),
            ints("nodes_missing_value_tracks_true", self.missing_is_true),
            ints("class_treeids", self.leaf_trees),
            ints("class_nodeids", self.leaf_nodes),
            ints("class_ids", self.leaf_classes),
            doubles("class_weights_as_tensor", self.leaf_weights),
            ints("classlabels_int64s", vec![0, 1]),
            text("post_transform", "NONE"),
        ]
    }
}
