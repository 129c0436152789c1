//! The model as ONNX: a `TreeEnsembleClassifier` with the calibrator behind it, for runtimes that know nothing of Andon.
//!
//! Input `features` is a matrix of float64, a row an application, in the model's order (the model's metadata names it); a
//! missing value is NaN. Output `label` is 1 for the positive answer, `probabilities` holds those of 0 and 1. The trees are
//! walked exactly as here, since their thresholds are float64 too; sums and the curve are float32, hence about 1e-6 off.
//! Records outside the validated ranges, which [`Model::answer`] refers to a person, are scored like any other.

mod proto;

use std::collections::BTreeMap;

use prost::Message;

use self::proto::{Attribute, Dimension, Graph, ModelProto, Node, OperatorSetId, Shape, StringStringEntry, Tensor};
use self::proto::{TensorType, Type, ValueInfo, element, kind};
use crate::forest::GrownNode;
use crate::frame::is_missing;
use crate::model::Model;
use crate::score::Score;

/// Bytes that are no forest of this module's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an ONNX forest: {0}")]
pub struct NotOnnx(String);

/// The bytes of the model as ONNX.
#[must_use]
pub fn to_onnx(model: &Model) -> Vec<u8> {
    let (columns, curve) = (model.features().len() as i64, model.calibrator());
    // A probability is rounded to a score before it meets the threshold.
    let threshold = model.threshold().share() - 0.5 / Score::STEPS as f64;
    let margin = crate::platt::MARGIN;
    let numbers = [
        ("margin", margin),
        ("one_less_margin", 1.0 - margin),
        ("one", 1.0),
        ("slope", curve.slope()),
        ("intercept", curve.intercept()),
        ("threshold", threshold),
    ];
    let numbers = numbers.map(|(name, value)| float(name, value as f32));
    let graph = Graph {
        node: [vec![trees(model)], calibration()].concat(),
        name: "andon".to_owned(),
        initializer: numbers.into_iter().chain([list("negative", 0), list("positive", 1), list("flat", -1)]).collect(),
        input: vec![value("features", element::DOUBLE, &[None, Some(columns)])],
        output: vec![value("label", element::INT64, &[None]), value("probabilities", element::FLOAT, &[None, Some(2)])],
    };
    let opset = |domain: &str, version| OperatorSetId { domain: domain.to_owned(), version };
    let model = ModelProto {
        ir_version: 8,
        opset_import: vec![opset("", 17), opset("ai.onnx.ml", 3)],
        producer_name: "andon".to_owned(),
        graph: Some(graph),
        metadata_props: metadata(model),
    };
    model.encode_to_vec()
}

/// The order of the features, and of the names of categories, which are encoded as their places.
fn metadata(model: &Model) -> Vec<StringStringEntry> {
    let entry = |key: String, value: String| StringStringEntry { key, value };
    let names: Vec<&str> = model.features().iter().map(|feature| feature.name.as_str()).collect();
    let levels = model.features().iter().filter(|feature| !feature.levels.is_empty());
    let levels = levels.map(|feature| entry(format!("levels.{}", feature.name), feature.levels.join(",")));
    std::iter::once(entry("features".to_owned(), names.join(","))).chain(levels).collect()
}

fn trees(model: &Model) -> Node {
    let mut arrays = Arrays::default();
    let count = model.forest().trees() as f64;
    for (tree, nodes) in model.forest().each_tree().enumerate() {
        for at in 0..nodes.size() {
            arrays.push(tree as i64, at as i64, nodes.node(at).0, count);
        }
    }
    Node {
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
struct Arrays {
    trees: Vec<i64>,
    nodes: Vec<i64>,
    features: Vec<i64>,
    thresholds: Vec<f64>,
    modes: Vec<Vec<u8>>,
    lefts: Vec<i64>,
    rights: Vec<i64>,
    missing_left: Vec<i64>,
    leaf_trees: Vec<i64>,
    leaf_nodes: Vec<i64>,
    leaf_classes: Vec<i64>,
    leaf_weights: Vec<f64>,
}

impl Arrays {
    fn push(&mut self, tree: i64, at: i64, node: GrownNode, trees: f64) {
        let (feature, threshold, mode, left, right) = match node {
            GrownNode::Split { feature, threshold, left } => {
                (i64::from(feature), threshold, &b"BRANCH_LT"[..], i64::from(left), i64::from(left) + 1)
            }
            GrownNode::Leaf { value, .. } => {
                for (class, share) in [(0, 1.0 - value), (1, value)] {
                    self.leaf_trees.push(tree);
                    self.leaf_nodes.push(at);
                    self.leaf_classes.push(class);
                    self.leaf_weights.push(share / trees);
                }
                (0, 0.0, &b"LEAF"[..], 0, 0)
            }
        };
        self.trees.push(tree);
        self.nodes.push(at);
        self.features.push(feature);
        self.thresholds.push(threshold);
        self.modes.push(mode.to_vec());
        self.lefts.push(left);
        self.rights.push(right);
        self.missing_left.push(1);
    }

    fn attributes(self) -> Vec<Attribute> {
        vec![
            ints("nodes_treeids", self.trees),
            ints("nodes_nodeids", self.nodes),
            ints("nodes_featureids", self.features),
            doubles("nodes_values_as_tensor", self.thresholds),
            Attribute {
                name: "nodes_modes".to_owned(),
                strings: self.modes,
                r#type: kind::STRINGS,
                ..Attribute::default()
            },
            ints("nodes_truenodeids", self.lefts),
            ints("nodes_falsenodeids", self.rights),
            ints("nodes_missing_value_tracks_true", self.missing_left),
            ints("class_treeids", self.leaf_trees),
            ints("class_nodeids", self.leaf_nodes),
            ints("class_ids", self.leaf_classes),
            doubles("class_weights_as_tensor", self.leaf_weights),
            ints("classlabels_int64s", vec![0, 1]),
            text("post_transform", "NONE"),
        ]
    }
}

/// From the trees' shares to label and probabilities: Platt's curve on the log-odds.
fn calibration() -> Vec<Node> {
    let to_int64 =
        Attribute { name: "to".to_owned(), i: i64::from(element::INT64), r#type: kind::INT, ..Attribute::default() };
    let axis = |axis: i64| Attribute { name: "axis".to_owned(), i: axis, r#type: kind::INT, ..Attribute::default() };
    vec![
        node("Gather", &["raw", "positive"], "raw_share", vec![axis(1)]),
        node("Clip", &["raw_share", "margin", "one_less_margin"], "share", vec![]),
        // Summed by the trees as well: one less the share would lose what is left of it in float32.
        node("Gather", &["raw", "negative"], "raw_rest", vec![axis(1)]),
        node("Clip", &["raw_rest", "margin", "one_less_margin"], "rest", vec![]),
        node("Div", &["share", "rest"], "odds", vec![]),
        node("Log", &["odds"], "log_odds", vec![]),
        node("Mul", &["log_odds", "slope"], "sloped", vec![]),
        node("Add", &["sloped", "intercept"], "line", vec![]),
        node("Sigmoid", &["line"], "probability", vec![]),
        node("Sub", &["one", "probability"], "rest_probability", vec![]),
        node("Concat", &["rest_probability", "probability"], "probabilities", vec![axis(1)]),
        node("GreaterOrEqual", &["probability", "threshold"], "positive_answer", vec![]),
        node("Cast", &["positive_answer"], "label_column", vec![to_int64]),
        node("Reshape", &["label_column", "flat"], "label", vec![]),
    ]
}

fn node(op: &str, input: &[&str], output: &str, attribute: Vec<Attribute>) -> Node {
    Node {
        input: input.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        name: output.to_owned(),
        op_type: op.to_owned(),
        attribute,
        domain: String::new(),
    }
}

fn ints(name: &str, ints: Vec<i64>) -> Attribute {
    Attribute { name: name.to_owned(), ints, r#type: kind::INTS, ..Attribute::default() }
}

fn doubles(name: &str, double_data: Vec<f64>) -> Attribute {
    let (dims, data_type) = (vec![double_data.len() as i64], element::DOUBLE);
    let tensor = Tensor { dims, data_type, double_data, name: name.to_owned(), ..Tensor::default() };
    Attribute { name: name.to_owned(), t: Some(tensor), r#type: kind::TENSOR, ..Attribute::default() }
}

fn text(name: &str, text: &str) -> Attribute {
    Attribute { name: name.to_owned(), s: text.as_bytes().to_vec(), r#type: kind::STRING, ..Attribute::default() }
}

fn float(name: &str, value: f32) -> Tensor {
    Tensor { data_type: element::FLOAT, float_data: vec![value], name: name.to_owned(), ..Tensor::default() }
}

/// A list of one number: a column of the trees' answer, so that it stays a column, or the shape of a list.
fn list(name: &str, number: i64) -> Tensor {
    Tensor {
        dims: vec![1],
        data_type: element::INT64,
        int64_data: vec![number],
        name: name.to_owned(),
        ..Tensor::default()
    }
}

fn value(name: &str, elem_type: i32, dims: &[Option<i64>]) -> ValueInfo {
    let dimension =
        |dim: &Option<i64>| Dimension { dim_value: *dim, dim_param: dim.is_none().then(|| "rows".to_owned()) };
    let shape = Some(Shape { dim: dims.iter().map(dimension).collect() });
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type: Some(TensorType { elem_type, shape }) }) }
}

/// A forest read back from its ONNX bytes, walked as the operator's specification says: what a gate holds against the
/// model that ships.
#[derive(Debug, Clone)]
pub struct Onnx {
    /// By tree and node.
    nodes: BTreeMap<(i64, i64), Step>,
    trees: i64,
    slope: f32,
    intercept: f32,
    margin: (f32, f32),
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Split {
        feature: usize,
        threshold: f64,
        left: i64,
        right: i64,
    },
    /// The shares of the negative and the positive class.
    Leaf([f64; 2]),
}

impl Onnx {
    /// Reads the bytes of [`to_onnx`].
    ///
    /// # Errors
    /// [`NotOnnx`] when they are cut, or an array is missing or too short.
    pub fn read(bytes: &[u8]) -> Result<Self, NotOnnx> {
        let missing = |what: &str| NotOnnx(format!("it has no {what}"));
        let model = ModelProto::decode(bytes).map_err(|error| NotOnnx(error.to_string()))?;
        let graph = model.graph.ok_or_else(|| missing("graph"))?;
        let forest = graph.node.iter().find(|node| node.op_type == "TreeEnsembleClassifier");
        let forest = forest.ok_or_else(|| missing("trees"))?;
        let number = |name: &str| {
            let tensor = graph.initializer.iter().find(|tensor| tensor.name == name);
            tensor.and_then(|tensor| tensor.float_data.first().copied()).ok_or_else(|| missing(name))
        };
        let nodes = steps(forest).ok_or_else(|| missing("whole arrays of nodes"))?;
        let trees = nodes.keys().map(|(tree, _)| tree + 1).max().unwrap_or(0);
        let margin = (number("margin")?, number("one_less_margin")?);
        Ok(Self { nodes, trees, slope: number("slope")?, intercept: number("intercept")?, margin })
    }

    /// The probability of the positive answer to one encoded row, with the curve in float32; `None` where the trees lead nowhere.
    #[must_use]
    pub fn probability(&self, row: &[f64]) -> Option<f32> {
        let row: Vec<f64> = row.iter().map(|value| if is_missing(*value) { f64::NAN } else { *value }).collect();
        let mut shares = [0.0_f64; 2];
        for tree in 0..self.trees {
            let leaf = self.leaf(tree, &row)?;
            shares = [shares[0] + leaf[0], shares[1] + leaf[1]];
        }
        let [rest, share] = shares.map(|share| (share as f32).clamp(self.margin.0, self.margin.1));
        let line = (share / rest).ln() * self.slope + self.intercept;
        Some(1.0 / (1.0 + (-line).exp()))
    }

    fn leaf(&self, tree: i64, row: &[f64]) -> Option<[f64; 2]> {
        let mut at = 0;
        // No walk is longer than there are nodes.
        for _ in 0..=self.nodes.len() {
            match self.nodes.get(&(tree, at))? {
                Step::Leaf(shares) => return Some(*shares),
                Step::Split { feature, threshold, left, right } => {
                    let value = row.get(*feature)?;
                    at = if value.is_nan() || value < threshold { *left } else { *right };
                }
            }
        }
        None
    }
}

fn steps(forest: &Node) -> Option<BTreeMap<(i64, i64), Step>> {
    let attribute = |name: &str| forest.attribute.iter().find(|attribute| attribute.name == name);
    let ints = |name: &str| attribute(name).map(|attribute| attribute.ints.as_slice());
    let (trees, nodes, features) = (ints("nodes_treeids")?, ints("nodes_nodeids")?, ints("nodes_featureids")?);
    let (lefts, rights) = (ints("nodes_truenodeids")?, ints("nodes_falsenodeids")?);
    let doubles = |name: &str| attribute(name)?.t.as_ref().map(|tensor| tensor.double_data.as_slice());
    let (thresholds, modes) = (doubles("nodes_values_as_tensor")?, &attribute("nodes_modes")?.strings);
    let mut steps = BTreeMap::new();
    for (place, tree) in trees.iter().enumerate() {
        let feature = usize::try_from(*features.get(place)?).ok()?;
        let step = if modes.get(place)? == b"LEAF" {
            Step::Leaf([0.0; 2])
        } else {
            let (threshold, left, right) = (*thresholds.get(place)?, *lefts.get(place)?, *rights.get(place)?);
            Step::Split { feature, threshold, left, right }
        };
        steps.insert((*tree, *nodes.get(place)?), step);
    }
    let (leaf_trees, leaf_nodes) = (ints("class_treeids")?, ints("class_nodeids")?);
    let (classes, weights) = (ints("class_ids")?, doubles("class_weights_as_tensor")?);
    for (place, class) in classes.iter().enumerate() {
        let leaf = steps.get_mut(&(*leaf_trees.get(place)?, *leaf_nodes.get(place)?))?;
        let Step::Leaf(shares) = leaf else { return None };
        *shares.get_mut(usize::try_from(*class).ok()?)? = *weights.get(place)?;
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_that_are_no_forest_are_refused_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(onnx) = Onnx::read(&bytes) {
                let _ = onnx.probability(&[0.0]);
            }
        }
    }

    #[test]
    fn nothing_is_no_model() {
        assert!(Onnx::read(&[]).is_err());
    }
}
