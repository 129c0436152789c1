//! The graph evaluated: each operator that is written here, in each mode that is, and no other.

use std::collections::BTreeMap;

use super::proto::{Attribute, ModelProto, Node, Tensor};

/// One row's numbers; a truth is 1 or 0.
type Numbers = Vec<f32>;

/// The graph of a model, its operators in order.
#[derive(Debug, Clone)]
pub(super) struct Graph {
    forest: Forest,
    /// Constants by name.
    constants: BTreeMap<String, Numbers>,
    /// The operators behind the forest: kind, inputs, output.
    steps: Vec<(Kind, Vec<String>, String)>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
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
    /// Whole numbers and lists are what they are here.
    Same,
}

impl Kind {
    fn of(node: &Node) -> Option<Self> {
        let axis = || node.attribute.iter().any(|one| one.name == "axis" && one.i == 1);
        Some(match node.op_type.as_str() {
            "Gather" if axis() => Self::Gather,
            "Concat" if axis() => Self::Concat,
            "Clip" => Self::Clip,
            "Sub" => Self::Sub,
            "Div" => Self::Div,
            "Log" => Self::Log,
            "Mul" => Self::Mul,
            "Add" => Self::Add,
            "Sigmoid" => Self::Sigmoid,
            "GreaterOrEqual" => Self::GreaterOrEqual,
            "Cast" | "Reshape" => Self::Same,
            _ => return None,
        })
    }

    fn apply(self, inputs: &[&Numbers]) -> Option<Numbers> {
        let first = *inputs.first()?;
        let one = |at: usize| inputs.get(at)?.first().copied();
        let pairs = |of: fn(f32, f32) -> f32| {
            let [a, b] = [inputs.first()?, inputs.get(1)?];
            (a.len() == b.len()).then(|| a.iter().zip(b.iter()).map(|(a, b)| of(*a, *b)).collect())
        };
        match self {
            // The place came from a list of whole numbers.
            Self::Gather => Some(vec![*first.get(one(1)? as usize)?]),
            Self::Clip => {
                let (low, high) = (one(1)?, one(2)?);
                (low <= high).then(|| first.iter().map(|value| value.clamp(low, high)).collect())
            }
            Self::Sub => pairs(|a, b| a - b),
            Self::Div => pairs(|a, b| a / b),
            Self::Mul => pairs(|a, b| a * b),
            Self::Add => pairs(|a, b| a + b),
            Self::GreaterOrEqual => pairs(|a, b| f32::from(u8::from(a >= b))),
            Self::Log => Some(first.iter().map(|value| value.ln()).collect()),
            Self::Sigmoid => Some(first.iter().map(|value| 1.0 / (1.0 + (-value).exp())).collect()),
            Self::Concat => Some(inputs.iter().flat_map(|one| one.iter().copied()).collect()),
            Self::Same => Some(first.clone()),
        }
    }
}

impl Graph {
    /// The graph of a model, where every part of it is known here.
    pub(super) fn of(model: &ModelProto) -> Option<Self> {
        let graph = model.graph.as_ref()?;
        let (first, rest) = graph.node.split_first()?;
        let step = |node: &Node| Some((Kind::of(node)?, node.input.clone(), node.output.first()?.clone()));
        Some(Self {
            forest: Forest::of(first)?,
            constants: graph.initializer.iter().map(|tensor| (tensor.name.clone(), numbers(tensor))).collect(),
            steps: rest.iter().map(step).collect::<Option<_>>()?,
        })
    }

    /// Label and probabilities of one row.
    pub(super) fn run(&self, row: &[f64]) -> Option<(Numbers, Numbers)> {
        let mut values = self.constants.clone();
        values.insert("raw".to_owned(), self.forest.shares(row)?.map(|share| share as f32).to_vec());
        for (kind, inputs, output) in &self.steps {
            let inputs: Vec<&Numbers> = inputs.iter().map(|name| values.get(name)).collect::<Option<_>>()?;
            let value = kind.apply(&inputs)?;
            values.insert(output.clone(), value);
        }
        Some((values.remove("label")?, values.remove("probabilities")?))
    }
}

fn numbers(tensor: &Tensor) -> Numbers {
    tensor.float_data.iter().copied().chain(tensor.int64_data.iter().map(|number| *number as f32)).collect()
}

/// The trees, by tree and node.
#[derive(Debug, Clone)]
struct Forest {
    nodes: BTreeMap<(i64, i64), Place>,
    trees: Vec<i64>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Split {
        feature: usize,
        threshold: f64,
        left: i64,
        right: i64,
    },
    /// The shares of the negative and the positive class.
    Leaf([f64; 2]),
}

impl Forest {
    fn of(node: &Node) -> Option<Self> {
        let attribute = |name: &str| node.attribute.iter().find(|attribute| attribute.name == name);
        let is_plain = attribute("post_transform")?.s == b"NONE" && attribute("classlabels_int64s")?.ints == [0, 1];
        if node.op_type != "TreeEnsembleClassifier" || node.input != ["features"] || !is_plain {
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
                Place::Split { feature, threshold, left, right } => {
                    let value = row.get(*feature)?;
                    at = if value.is_nan() || value < threshold { *left } else { *right };
                }
            }
        }
        None
    }
}

/// Every node, its leaves still empty; none but splits that send what is below to the left, and what is missing too.
fn places<'a>(attribute: &impl Fn(&str) -> Option<&'a Attribute>) -> Option<BTreeMap<(i64, i64), Place>> {
    let ints = |name: &str| attribute(name).map(|attribute| attribute.ints.as_slice());
    let (trees, nodes, features) = (ints("nodes_treeids")?, ints("nodes_nodeids")?, ints("nodes_featureids")?);
    let (lefts, rights) = (ints("nodes_truenodeids")?, ints("nodes_falsenodeids")?);
    let (modes, missing) = (&attribute("nodes_modes")?.strings, ints("nodes_missing_value_tracks_true")?);
    let thresholds = &attribute("nodes_values_as_tensor")?.t.as_ref()?.double_data;
    let place = |(at, tree): (usize, &i64)| {
        let place = match modes.get(at)?.as_slice() {
            b"LEAF" => Place::Leaf([0.0; 2]),
            b"BRANCH_LT" if missing.get(at) == Some(&1) => Place::Split {
                feature: usize::try_from(*features.get(at)?).ok()?,
                threshold: *thresholds.get(at)?,
                left: *lefts.get(at)?,
                right: *rights.get(at)?,
            },
            _ => return None,
        };
        Some(((*tree, *nodes.get(at)?), place))
    };
    trees.iter().enumerate().map(place).collect()
}

fn add_leaves<'a>(
    attribute: &impl Fn(&str) -> Option<&'a Attribute>,
    places: &mut BTreeMap<(i64, i64), Place>,
) -> Option<()> {
    let ints = |name: &str| attribute(name).map(|attribute| attribute.ints.as_slice());
    let (trees, nodes, classes) = (ints("class_treeids")?, ints("class_nodeids")?, ints("class_ids")?);
    let weights = &attribute("class_weights_as_tensor")?.t.as_ref()?.double_data;
    for (at, class) in classes.iter().enumerate() {
        let Place::Leaf(shares) = places.get_mut(&(*trees.get(at)?, *nodes.get(at)?))? else { return None };
        *shares.get_mut(usize::try_from(*class).ok()?)? += *weights.get(at)?;
    }
    Some(())
}
