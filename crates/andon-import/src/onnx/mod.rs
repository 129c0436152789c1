//! ONNX files with one tree ensemble or one linear classifier: of scikit-learn by skl2onnx, of CatBoost, and of others.

mod attributes;
mod ensemble;
mod linear;
mod parallel;
mod rooted;
mod tensor;
#[cfg(test)]
mod tests;

use andon::data::frame::Feature;
use andon::model::forest::{Forest, Precision, Sum};
use andon::onnx::proto::{GraphProto, ModelProto, NodeProto, element};
use prost::Message;

use self::ensemble::Comparison;
use self::linear::{CLASSIFIER, Chain};
use crate::Read;
use crate::columns::{Columns, FileColumns, MAX_COLUMNS};
use crate::error::{FileFault, INSTEAD};
use crate::trees::Trees;

/// Operators that hand on what the ensemble answers, and change nothing of it.
const HANDED_ON: [&str; 3] = ["Identity", "ZipMap", "Cast"];

pub(crate) fn read(bytes: &[u8], features: Option<&[Feature]>) -> Result<Read, FileFault> {
    let file = ModelProto::decode(bytes).map_err(|error| FileFault::new("messages", error.to_string()))?;
    let graph =
        file.graph.as_ref().ok_or_else(|| FileFault::new("graph", "it has none: it is cut short, or no ONNX"))?;
    let (count, comparison) = input(graph)?;
    let columns = Columns::new(FileColumns { count, ..FileColumns::default() }, features)?;
    let (forest, has_weights) = if graph.node.iter().any(|operation| operation.op_type == CLASSIFIER) {
        (Chain::of(graph, &HANDED_ON)?.read(&columns, count)?, false)
    } else {
        trees(only_ensemble(graph)?, &columns, comparison)?
    };
    let library = if file.producer_name == "CatBoost" { "CatBoost" } else { "ONNX" };
    let version = format!("{} {}", file.producer_name, file.producer_version).trim().to_owned();
    Ok(Read { library, version, forest, has_weights, columns })
}

/// The trees of an ensemble, and true if they say on what they were grown.
fn trees(operation: &NodeProto, columns: &Columns, comparison: Comparison) -> Result<(Forest, bool), FileFault> {
    let ensemble = match operation.op_type.as_str() {
        "TreeEnsemble" => rooted::read(operation, columns, comparison)?,
        _ => parallel::read(operation, columns, comparison)?,
    };
    let mut trees = Trees::default();
    for (nodes, root) in &ensemble.trees {
        trees.push(nodes, *root)?;
    }
    let sum = Sum { base: ensemble.base, link: ensemble.link, precision: Precision::Double };
    Ok((trees.forest(columns.features.len(), sum)?, ensemble.has_weights))
}

/// The one operator that decides. Any other that is not known to hand on what it is given would change the answer.
fn only_ensemble(graph: &GraphProto) -> Result<&NodeProto, FileFault> {
    let is_ensemble = |operation: &&NodeProto| operation.op_type.starts_with("TreeEnsemble");
    let mut ensembles = graph.node.iter().filter(is_ensemble);
    let (Some(ensemble), None) = (ensembles.next(), ensembles.next()) else {
        let names: Vec<&str> = graph.node.iter().map(|operation| operation.op_type.as_str()).collect();
        // skl2onnx takes a logistic regression on doubles apart into products and sums.
        let is_apart = names.contains(&"MatMul") && names.contains(&"Sigmoid");
        let next = if is_apart { "export it with FloatTensorType, which keeps LinearClassifier" } else { INSTEAD };
        let problem = format!("one tree ensemble or {CLASSIFIER} is due, not: {}", names.join(", "));
        return Err(FileFault::new("graph", format!("{problem}\nnext: {next}")));
    };
    let others = graph.node.iter().filter(|operation| !is_ensemble(operation));
    let mut unknown = others.filter(|operation| !HANDED_ON.contains(&operation.op_type.as_str()));
    match unknown.next() {
        None if graph.input.first().is_some_and(|input| ensemble.input == [input.name.clone()]) => Ok(ensemble),
        None => Err(FileFault::new("graph", "the ensemble does not read the input as it is")),
        Some(operation) => {
            let problem = format!("its operator {} cannot be read\nnext: {INSTEAD}", operation.op_type);
            Err(FileFault::new("graph", problem))
        }
    }
}

/// The number of columns of the input, and the numbers in which an ensemble compares.
fn input(graph: &GraphProto) -> Result<(usize, Comparison), FileFault> {
    let [input] = graph.input.as_slice() else {
        return Err(FileFault::new("graph", format!("one input of all columns is due, not {}", graph.input.len())));
    };
    let tensor = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let columns = tensor.and_then(|tensor| tensor.shape.as_ref()?.dim.last()).and_then(|dim| dim.dim_value);
    let columns = columns.and_then(|columns| usize::try_from(columns).ok());
    let columns = columns.filter(|columns| (1..=MAX_COLUMNS).contains(columns));
    let columns = columns.ok_or_else(|| FileFault::new("input", "it does not say how many columns it has"))?;
    match tensor.map(|tensor| tensor.elem_type) {
        Some(element::FLOAT) => Ok((columns, Comparison::Single)),
        Some(element::DOUBLE) => Ok((columns, Comparison::Double)),
        _ => Err(FileFault::new("input", "its numbers are neither float nor double")),
    }
}
