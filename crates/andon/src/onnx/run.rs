//! The graph evaluated: each operator that is written here, in each mode that is, and no other.

use std::collections::BTreeMap;

use super::linear::MatrixProduct;
use super::parts::{opsets, value};
use super::proto::{AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfo, element};

/// One row's numbers; a truth is 1 or 0.
type Numbers = Vec<f32>;

/// The graph of a model, its operators in order.
#[derive(Debug, Clone)]
pub(super) struct Evaluator {
    /// The number of features of a row.
    columns: usize,
    forest: FirstOperators,
    /// Constants by name.
    constants: BTreeMap<String, Numbers>,
    /// The operators behind the first ones: kind, inputs, output.
    steps: Vec<(Operator, Vec<String>, String)>,
}

/// The operators that make the sum of a row.
#[derive(Debug, Clone)]
enum FirstOperators {
    Trees(TreeEnsemble),
    Linear(MatrixProduct),
}

impl FirstOperators {
    fn sums(&self, row: &[f64]) -> Option<[f64; 2]> {
        match self {
            Self::Trees(trees) => trees.shares(row),
            Self::Linear(product) => Some(product.sums(row)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Gather,
    Clip,
    Sub,
    Div,
    Log,
    Mul,
    Add,
    Sigmoid,
    Concat,
    GreaterOrEqual,
    /// A truth as a whole number is what it is here.
    Cast,
    /// A column as a list.
    Reshape,
}

impl Operator {
    fn from_node(node: &NodeProto) -> Option<Self> {
        let only = match node.attribute.as_slice() {
            [] => None,
            [one] => Some((one.name.as_str(), one.i)),
            _ => return None,
        };
        Some(match (node.op_type.as_str(), only) {
            ("Gather", Some(("axis", 1))) => Self::Gather,
            ("Concat", Some(("axis", 1))) => Self::Concat,
            ("Cast", Some(("to", to))) if to == i64::from(element::INT64) => Self::Cast,
            ("Clip", None) => Self::Clip,
            ("Sub", None) => Self::Sub,
            ("Div", None) => Self::Div,
            ("Log", None) => Self::Log,
            ("Mul", None) => Self::Mul,
            ("Add", None) => Self::Add,
            ("Sigmoid", None) => Self::Sigmoid,
            ("GreaterOrEqual", None) => Self::GreaterOrEqual,
            ("Reshape", None) => Self::Reshape,
            _ => return None,
        })
    }

    fn apply(self, inputs: &[&Numbers]) -> Option<Numbers> {
        let first = *inputs.first()?;
        let one = |at: usize| inputs.get(at)?.first().copied();
        let pairs = |combine: fn(f32, f32) -> f32| {
            let [a, b] = [inputs.first()?, inputs.get(1)?];
            (a.len() == b.len()).then(|| a.iter().zip(b.iter()).map(|(a, b)| combine(*a, *b)).collect())
        };
        match self {
            // The place came from a list of whole numbers.
            Self::Gather => Some(vec![*first.get(one(1)? as usize)?]),
            Self::Clip => {
                let low = one(1)?;
                let high = one(2)?;
                (low <= high).then(|| first.iter().map(|value| value.clamp(low, high)).collect())
            }
            Self::Sub => pairs(|a, b| a - b),
            Self::Div => pairs(|a, b| a / b),
            Self::Mul => pairs(|a, b| a * b),
            Self::Add => pairs(|a, b| a + b),
            Self::GreaterOrEqual => pairs(|a, b| f32::from(u8::from(a >= b))),
            Self::Log => Some(first.iter().map(|value| libm::logf(*value)).collect()),
            Self::Sigmoid => Some(first.iter().map(|value| 1.0 / (1.0 + libm::expf(-value))).collect()),
            Self::Concat => Some(inputs.iter().flat_map(|one| one.iter().copied()).collect()),
            Self::Cast => Some(first.clone()),
            Self::Reshape => (**inputs.get(1)? == [-1.0]).then(|| first.clone()),
        }
    }
}

impl Evaluator {
    /// The graph of a model, where every part of it is known here.
    pub(super) fn from_model(model: &ModelProto) -> Option<Self> {
        let graph = model.graph.as_ref()?;
        let columns = columns(graph.input.first()?)?;
        let takes = graph.input == [value("features", element::DOUBLE, &[None, Some(columns)])];
        let gives = graph.output
            == [value("label", element::INT64, &[None]), value("probabilities", element::FLOAT, &[None, Some(2)])];
        if !takes || !gives || model.opset_import != opsets() {
            return None;
        }
        let step = |node: &NodeProto| {
            let [output] = node.output.as_slice() else { return None };
            node.domain.is_empty().then_some((Operator::from_node(node)?, node.input.clone(), output.clone()))
        };
        let (forest, rest, constants) = match MatrixProduct::first_of(&graph.node, &graph.initializer, columns) {
            Some((product, rest, constants)) => (FirstOperators::Linear(product), rest, constants),
            None => {
                let (first, rest) = graph.node.split_first()?;
                (FirstOperators::Trees(TreeEnsemble::from_node(first)?), rest, graph.initializer.as_slice())
            }
        };
        Some(Self {
            forest,
            constants: constants.iter().map(constant).collect::<Option<_>>()?,
            columns: usize::try_from(columns).ok()?,
            steps: rest.iter().map(step).collect::<Option<_>>()?,
        })
    }

    /// Label and probabilities of one row.
    pub(super) fn run(&self, row: &[f64]) -> Option<(Numbers, Numbers)> {
        if row.len() != self.columns {
            return None;
        }
        let mut values = self.constants.clone();
        values.insert(RAW[1].to_owned(), self.forest.sums(row)?.map(|share| share as f32).to_vec());
        for (kind, inputs, output) in &self.steps {
            let inputs: Vec<&Numbers> = inputs.iter().map(|name| values.get(name)).collect::<Option<_>>()?;
            let value = kind.apply(&inputs)?;
            values.insert(output.clone(), value);
        }
        Some((values.remove("label")?, values.remove("probabilities")?))
    }
}

/// The number of features in a row of an input.
fn columns(input: &ValueInfo) -> Option<i64> {
    input.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?.dim.last()?.dim_value
}

/// A number, or a list of one whole number.
fn constant(tensor: &TensorProto) -> Option<(String, Numbers)> {
    let number =
        match (tensor.data_type, tensor.dims.as_slice(), tensor.float_data.as_slice(), tensor.int64_data.as_slice()) {
            (element::FLOAT, [], [number], []) => *number,
            (element::INT64, [1], [], [number]) => *number as f32,
            _ => return None,
        };
    tensor.double_data.is_empty().then(|| (tensor.name.clone(), vec![number]))
}

/// The outputs of the trees: the class that weighs most, which is left aside, and the shares.
const RAW: [&str; 2] = ["raw_label", "raw"];

/// The operator's attributes, all of which are read here; further ones would change what it answers.
const ATTRIBUTES: [&str; 14] = [
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_values_as_tensor",
    "nodes_modes",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
    "class_treeids",
    "class_nodeids",
    "class_ids",
    "class_weights_as_tensor",
    "classlabels_int64s",
    "post_transform",
];

/// The trees, by tree and node.
#[derive(Debug, Clone)]
struct TreeEnsemble {
    nodes: BTreeMap<(i64, i64), Place>,
    trees: Vec<i64>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Split {
        feature: usize,
        threshold: f64,
        /// True if the threshold is the only value that is asked for, and not a bound.
        is_category: bool,
        missing_is_true: bool,
        if_true: i64,
        if_false: i64,
    },
    /// The shares of the negative and the positive class.
    Leaf([f64; 2]),
}

impl TreeEnsemble {
    fn from_node(node: &NodeProto) -> Option<Self> {
        let attribute = |name: &str| node.attribute.iter().find(|attribute| attribute.name == name);
        let is_plain = attribute("post_transform")?.s == b"NONE" && attribute("classlabels_int64s")?.ints == [0, 1];
        let is_trees = node.op_type == "TreeEnsembleClassifier" && node.domain == "ai.onnx.ml";
        let is_known = node.attribute.iter().map(|attribute| attribute.name.as_str()).eq(ATTRIBUTES);
        if !is_trees || !is_known || node.input != ["features"] || node.output != RAW || !is_plain {
            return None;
        }
        let mut nodes = places(&attribute)?;
        add_leaves(&attribute, &mut nodes)?;
        let mut trees: Vec<i64> = nodes.keys().map(|(tree, _)| *tree).collect();
        trees.dedup();
        Some(Self { nodes, trees })
    }

    fn shares(&self, row: &[f64]) -> Option<[f64; 2]> {
        self.trees.iter().try_fold([0.0; 2], |sum, tree| {
            let leaf = self.leaf(*tree, row)?;
            Some([sum[0] + leaf[0], sum[1] + leaf[1]])
        })
    }

    fn leaf(&self, tree: i64, row: &[f64]) -> Option<[f64; 2]> {
        let mut at = 0;
        // No walk is longer than there are nodes.
        for _ in 0..=self.nodes.len() {
            match self.nodes.get(&(tree, at))? {
                Place::Leaf(shares) => return Some(*shares),
                Place::Split { feature, threshold, is_category, missing_is_true, if_true, if_false } => {
                    let value = row.get(*feature)?;
                    let passes = if *is_category { value.to_bits() == threshold.to_bits() } else { value < threshold };
                    at = if passes || (value.is_nan() && *missing_is_true) { *if_true } else { *if_false };
                }
            }
        }
        None
    }
}

/// Every node, its leaves still empty; none but splits that ask what is below the threshold, or equal to it.
fn places<'a>(attribute: &impl Fn(&str) -> Option<&'a AttributeProto>) -> Option<BTreeMap<(i64, i64), Place>> {
    let ints = |name: &str| attribute(name).map(|attribute| attribute.ints.as_slice());
    let trees = ints("nodes_treeids")?;
    let nodes = ints("nodes_nodeids")?;
    let features = ints("nodes_featureids")?;
    let lefts = ints("nodes_truenodeids")?;
    let rights = ints("nodes_falsenodeids")?;
    let modes = &attribute("nodes_modes")?.strings;
    let missing = ints("nodes_missing_value_tracks_true")?;
    let thresholds = &attribute("nodes_values_as_tensor")?.t.as_ref()?.double_data;
    let place = |(at, tree): (usize, &i64)| {
        let place = match modes.get(at)?.as_slice() {
            b"LEAF" => Place::Leaf([0.0; 2]),
            mode @ (b"BRANCH_LT" | b"BRANCH_EQ") => Place::Split {
                feature: usize::try_from(*features.get(at)?).ok()?,
                threshold: *thresholds.get(at)?,
                is_category: mode == b"BRANCH_EQ",
                missing_is_true: *missing.get(at)? == 1,
                if_true: *lefts.get(at)?,
                if_false: *rights.get(at)?,
            },
            _ => return None,
        };
        Some(((*tree, *nodes.get(at)?), place))
    };
    trees.iter().enumerate().map(place).collect()
}

fn add_leaves<'a>(
    attribute: &impl Fn(&str) -> Option<&'a AttributeProto>,
    places: &mut BTreeMap<(i64, i64), Place>,
) -> Option<()> {
    let ints = |name: &str| attribute(name).map(|attribute| attribute.ints.as_slice());
    let trees = ints("class_treeids")?;
    let nodes = ints("class_nodeids")?;
    let classes = ints("class_ids")?;
    let weights = &attribute("class_weights_as_tensor")?.t.as_ref()?.double_data;
    for (at, class) in classes.iter().enumerate() {
        let Place::Leaf(shares) = places.get_mut(&(*trees.get(at)?, *nodes.get(at)?))? else { return None };
        *shares.get_mut(usize::try_from(*class).ok()?)? += *weights.get(at)?;
    }
    Some(())
}
