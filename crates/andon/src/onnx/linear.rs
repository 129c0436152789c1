//! A linear model as a matrix product, where a missing value is first replaced.

use super::parts::node;
use super::proto::{AttributeProto, NodeProto, TensorProto, element, kind};
use crate::model::Model;

/// The names of the constants.
const MISSING_VALUES: &str = "missing_values";
const WEIGHTS: &str = "weights";

/// The operators, in order: from the features to the sum of the terms with the other sign, and with its own.
pub(super) fn nodes() -> Vec<NodeProto> {
    let to_float = AttributeProto {
        name: "to".to_owned(),
        i: i64::from(element::FLOAT),
        r#type: kind::INT,
        ..AttributeProto::default()
    };
    vec![
        node("IsNaN", &["features"], "is_missing", vec![]),
        node("Where", &["is_missing", MISSING_VALUES, "features"], "values", vec![]),
        node("MatMul", &["values", WEIGHTS], "sums", vec![]),
        node("Cast", &["sums"], "raw", vec![to_float]),
    ]
}

/// The constants of a model: by feature the value of a missing one, NaN if there is none, and both weights.
pub(super) fn constants(model: &Model) -> Vec<TensorProto> {
    let columns = model.features().len();
    let mut missing = vec![0.0; columns];
    let mut weights = vec![0.0; 2 * columns];
    for term in model.forest().terms() {
        let at = term.feature as usize;
        missing[at] = term.missing.unwrap_or(f64::NAN);
        weights[2 * at] = -term.weight;
        weights[2 * at + 1] = term.weight;
    }
    let columns = columns as i64;
    vec![tensor(MISSING_VALUES, vec![columns], missing), tensor(WEIGHTS, vec![columns, 2], weights)]
}

fn tensor(name: &str, dims: Vec<i64>, double_data: Vec<f64>) -> TensorProto {
    let data_type = element::DOUBLE;
    TensorProto { dims, data_type, double_data, name: name.to_owned(), ..TensorProto::default() }
}

/// The product evaluated.
#[derive(Debug, Clone)]
pub(super) struct MatrixProduct {
    missing: Vec<f64>,
    weights: Vec<f64>,
}

impl MatrixProduct {
    /// The product, and the operators and constants behind it, if the graph begins with one for so many features.
    pub(super) fn first_of<'a>(
        nodes: &'a [NodeProto],
        constants: &'a [TensorProto],
        columns: i64,
    ) -> Option<(Self, &'a [NodeProto], &'a [TensorProto])> {
        let own = self::nodes();
        let rest = nodes.strip_prefix(own.as_slice())?;
        let ([missing, weights], constants) = constants.split_first_chunk()?;
        let numbers = |found: &TensorProto, name: &str, dims: Vec<i64>| {
            let count = usize::try_from(dims.iter().product::<i64>()).ok()?;
            let is_whole = tensor(name, dims, Vec::new()) == TensorProto { double_data: Vec::new(), ..found.clone() };
            (is_whole && found.double_data.len() == count).then(|| found.double_data.clone())
        };
        let missing = numbers(missing, MISSING_VALUES, vec![columns])?;
        let weights = numbers(weights, WEIGHTS, vec![columns, 2])?;
        Some((Self { missing, weights }, rest, constants))
    }

    /// The two sums of a row.
    pub(super) fn sums(&self, row: &[f64]) -> [f64; 2] {
        let mut sums = [0.0; 2];
        let (pairs, _) = self.weights.as_chunks::<2>();
        for ((value, missing), weights) in row.iter().zip(&self.missing).zip(pairs) {
            let value = if value.is_nan() { *missing } else { *value };
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
        }
        sums
    }
}
