//! `TreeEnsembleClassifier` and `TreeEnsembleRegressor`: nodes of all trees in parallel arrays.

use std::collections::BTreeMap;

use andon::model::forest::Link;
use andon::onnx::proto::NodeProto;

use super::attributes::Attributes;
use super::ensemble::{Comparison, Ensemble, FileQuestion};
use crate::columns::Columns;
use crate::error::FileFault;
use crate::trees::{FileNode, weight_in_units};

const KNOWN: [&str; 28] = [
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_values",
    "nodes_values_as_tensor",
    "nodes_hitrates",
    "nodes_hitrates_as_tensor",
    "nodes_modes",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
    "class_treeids",
    "class_nodeids",
    "class_ids",
    "class_weights",
    "class_weights_as_tensor",
    "classlabels_int64s",
    "classlabels_strings",
    "target_treeids",
    "target_nodeids",
    "target_ids",
    "target_weights",
    "target_weights_as_tensor",
    "n_targets",
    "aggregate_function",
    "base_values",
    "base_values_as_tensor",
    "post_transform",
];

/// The place of a node: its tree and its number there.
type NodePlace = (i64, i64);

/// What leaves add, by class or target.
struct Weights {
    by_leaf: BTreeMap<NodePlace, BTreeMap<i64, f64>>,
    /// The classes or targets that some leaf adds to.
    classes: Vec<i64>,
    base: Vec<f64>,
    trees: usize,
}

/// The scale of a sum, and the way to it from the weights of a leaf.
struct Scale {
    link: Link,
    base: f64,
    positive: i64,
    /// The class whose weight is taken off.
    less: Option<i64>,
    divisor: f64,
}

pub(super) fn read(operation: &NodeProto, columns: &Columns, comparison: Comparison) -> Result<Ensemble, FileFault> {
    let attributes = Attributes::new(operation, &KNOWN)?;
    let is_classifier = operation.op_type == "TreeEnsembleClassifier";
    let treeids = attributes.ints("nodes_treeids");
    let nodeids = attributes.ints("nodes_nodeids");
    if treeids.len() != nodeids.len() || treeids.is_empty() {
        return Err(attributes.fault("nodes_nodeids", "there are none, or not one for each tree id"));
    }
    // The first node of a tree is its root. Trees keep the order in which they first occur.
    let mut order: Vec<i64> = Vec::new();
    let mut places: BTreeMap<i64, BTreeMap<i64, usize>> = BTreeMap::new();
    for (tree, node) in treeids.iter().zip(&nodeids) {
        let of_tree = places.entry(*tree).or_default();
        if of_tree.is_empty() {
            order.push(*tree);
        }
        let place = of_tree.len();
        if of_tree.insert(*node, place).is_some() {
            return Err(attributes.fault("nodes_nodeids", format!("node {node} of tree {tree} is there twice")));
        }
    }
    let weights = Weights::read(&attributes, is_classifier, order.len())?;
    let scale = weights.scale(&attributes, is_classifier)?;
    let arrays = NodeColumns::read(&attributes, treeids.len())?;
    let mut trees: BTreeMap<i64, Vec<FileNode>> = BTreeMap::new();
    for (at, (tree, id)) in treeids.iter().zip(&nodeids).enumerate() {
        let node = arrays.node(at, &places[tree], columns, comparison);
        let node = node.map_err(|problem| FileFault::new(format!("tree {tree}, node {id}"), problem))?;
        trees.entry(*tree).or_default().push(node.unwrap_or_else(|| FileNode::Leaf {
            value: weights.by_leaf.get(&(*tree, *id)).map_or(0.0, |weights| scale.value(weights)),
            weight: weight_in_units(arrays.hits.get(at).copied().unwrap_or(0.0)).unwrap_or(1),
        }));
    }
    let trees = order.iter().filter_map(|tree| trees.remove(tree)).map(|nodes| (nodes, 0)).collect();
    // Converters write 1 for every node if they do not know.
    let has_weights = arrays.hits.iter().any(|hits| *hits > 1.0);
    Ok(Ensemble { trees, base: scale.base, link: scale.link, has_weights })
}

impl Weights {
    fn read(attributes: &Attributes<'_>, is_classifier: bool, trees: usize) -> Result<Self, FileFault> {
        let prefix = if is_classifier { "class" } else { "target" };
        let treeids = attributes.ints(&format!("{prefix}_treeids"));
        let nodeids = attributes.ints(&format!("{prefix}_nodeids"));
        let ids = attributes.ints(&format!("{prefix}_ids"));
        let name = format!("{prefix}_weights");
        let weights = attributes.numbers(&name)?;
        if [nodeids.len(), ids.len(), weights.len()] != [treeids.len(); 3] || treeids.is_empty() {
            return Err(attributes.fault(&name, "the arrays of the leaves are empty or differ in length"));
        }
        let mut by_leaf: BTreeMap<NodePlace, BTreeMap<i64, f64>> = BTreeMap::new();
        for (at, weight) in weights.iter().enumerate() {
            let leaf = by_leaf.entry((treeids[at], nodeids[at])).or_default();
            *leaf.entry(ids[at]).or_default() += weight;
        }
        let mut classes = ids;
        classes.sort_unstable();
        classes.dedup();
        Ok(Self { by_leaf, classes, base: attributes.numbers("base_values")?, trees })
    }

    /// The scale of the sum.
    fn scale(&self, attributes: &Attributes<'_>, is_classifier: bool) -> Result<Scale, FileFault> {
        let labels = attributes.ints("classlabels_int64s").len()
            + attributes.get("classlabels_strings").map_or(0, |labels| labels.strings.len());
        let targets = attributes.get("n_targets").map_or(1, |targets| targets.i);
        if is_classifier && labels != 2 {
            return Err(attributes.fault("classlabels_int64s", format!("{labels} classes; a yes-or-no answer has 2")));
        } else if targets != 1 || self.classes.iter().any(|class| !(0..2).contains(class)) {
            return Err(attributes.fault("n_targets", "it has more than one answer; a yes-or-no answer has one"));
        }
        let divisor = match attributes.text("aggregate_function").as_str() {
            "" | "SUM" => 1.0,
            "AVERAGE" => self.trees as f64,
            other => return Err(attributes.fault("aggregate_function", format!("`{other}` cannot be read"))),
        };
        // One number for both classes is the positive one's.
        let (negative, positive) = if self.classes.len() == 1 { (None, self.classes[0]) } else { (Some(0), 1) };
        let base = match self.base.as_slice() {
            [] => [0.0; 2],
            [base] => [0.0, *base],
            [negative, positive] => [*negative, *positive],
            _ => return Err(attributes.fault("base_values", "more numbers than answers")),
        };
        let post_transform = attributes.text("post_transform");
        let (link, less) = match post_transform.as_str() {
            "" | "NONE" => (Link::Identity, None),
            "LOGISTIC" => (Link::Logistic, None),
            "SOFTMAX" if negative.is_some() => (Link::Logistic, negative),
            other => return Err(attributes.fault("post_transform", format!("`{other}` cannot be read"))),
        };
        let base = base[1] - less.map_or(0.0, |_| base[0]);
        Ok(Scale { link, base, positive, less, divisor })
    }
}

impl Scale {
    /// The number of a leaf from its weights.
    fn value(&self, weights: &BTreeMap<i64, f64>) -> f64 {
        let of = |class: i64| weights.get(&class).copied().unwrap_or(0.0);
        (of(self.positive) - self.less.map_or(0.0, of)) / self.divisor
    }
}

/// The arrays of the nodes, of one length.
struct NodeColumns {
    features: Vec<i64>,
    thresholds: Vec<f64>,
    modes: Vec<Vec<u8>>,
    if_true: Vec<i64>,
    if_false: Vec<i64>,
    missing_is_true: Vec<i64>,
    hits: Vec<f64>,
}

impl NodeColumns {
    fn read(attributes: &Attributes<'_>, size: usize) -> Result<Self, FileFault> {
        let modes = attributes.get("nodes_modes").map(|modes| modes.strings.clone()).unwrap_or_default();
        let arrays = Self {
            features: attributes.ints("nodes_featureids"),
            thresholds: attributes.numbers("nodes_values")?,
            modes,
            if_true: attributes.ints("nodes_truenodeids"),
            if_false: attributes.ints("nodes_falsenodeids"),
            missing_is_true: attributes.ints("nodes_missing_value_tracks_true"),
            hits: attributes.numbers("nodes_hitrates")?,
        };
        let lengths = [
            ("nodes_featureids", arrays.features.len()),
            ("nodes_values", arrays.thresholds.len()),
            ("nodes_modes", arrays.modes.len()),
            ("nodes_truenodeids", arrays.if_true.len()),
            ("nodes_falsenodeids", arrays.if_false.len()),
        ];
        let optional =
            [("nodes_missing_value_tracks_true", arrays.missing_is_true.len()), ("nodes_hitrates", arrays.hits.len())];
        let short = lengths.iter().find(|(_, length)| *length != size);
        let short = short.or_else(|| optional.iter().find(|(_, length)| *length != 0 && *length != size));
        match short {
            None => Ok(arrays),
            Some((name, length)) => Err(attributes.fault(name, format!("it has {length} entries for {size} nodes"))),
        }
    }

    /// The split at a place of the arrays; `None` for a leaf.
    fn node(
        &self,
        at: usize,
        places: &BTreeMap<i64, usize>,
        columns: &Columns,
        comparison: Comparison,
    ) -> Result<Option<FileNode>, String> {
        let mode = str::from_utf8(&self.modes[at]).unwrap_or_default();
        if mode == "LEAF" {
            return Ok(None);
        }
        let place =
            |node: i64| places.get(&node).copied().ok_or_else(|| format!("its child {node} is not in the tree"));
        let question = FileQuestion {
            mode: mode.strip_prefix("BRANCH_").unwrap_or(mode),
            column: self.features[at],
            threshold: self.thresholds[at],
            members: &[],
            missing_is_true: self.missing_is_true.get(at).is_some_and(|side| *side != 0),
            if_true: place(self.if_true[at])?,
            if_false: place(self.if_false[at])?,
        };
        question.split(columns, comparison).map(Some)
    }
}
