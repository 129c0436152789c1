//! Turns tensors into records.

use andon::{Column, Decider, Kind, Record};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::InferenceError;

/// The name of the tensor that holds all columns.
pub(crate) const MATRIX_INPUT: &str = "features";

/// The largest number of rows in a request.
pub(crate) const MAX_ROWS: usize = 1_000;

/// The protocol's names of data types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Datatype {
    Bool,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Fp32,
    Fp64,
    Bytes,
}

impl Datatype {
    /// The best data type for a column.
    pub(crate) fn for_kind(kind: &Kind) -> Self {
        match kind {
            Kind::Flag => Self::Bool,
            Kind::Number { whole: true, .. } => Self::Int64,
            Kind::Number { whole: false, .. } => Self::Fp64,
            Kind::Choice(_) | Kind::Text => Self::Bytes,
        }
    }

    /// Reports if a column accepts this data type. Columns of numbers accept every type of number.
    fn suits(self, kind: &Kind) -> bool {
        self == Self::for_kind(kind) || (self.is_number() && matches!(kind, Kind::Number { .. }))
    }

    fn is_number(self) -> bool {
        !matches!(self, Self::Bool | Self::Bytes)
    }
}

/// A tensor of a request.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct InputTensor {
    /// A column, or `features` for all of them.
    pub(crate) name: String,
    /// The number of rows; for `features` also the number of columns.
    pub(crate) shape: Vec<usize>,
    /// The type of its values.
    pub(crate) datatype: Datatype,
    /// The values row by row, flat or nested. Without it the tensor has `binary_data_size`.
    pub(crate) data: Option<Vec<Value>>,
    /// The form of the values.
    #[serde(default)]
    pub(crate) parameters: Option<TensorParameters>,
}

/// The parameters of a tensor in a request.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct TensorParameters {
    /// The length of the tensor's bytes behind the JSON (extension `binary_tensor_data`).
    pub(crate) binary_data_size: Option<usize>,
}

/// The records in tensors, as a client would send them one by one.
///
/// # Errors
/// Tensors that do not fit the columns or each other. The contract checks the values.
pub(crate) fn read_records<R: Record>(
    decider: &Decider<R>,
    inputs: Vec<InputTensor>,
) -> Result<Vec<Map<String, Value>>, InferenceError> {
    let columns: Vec<&Column> = decider.input_columns().collect();
    let mut records = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for InputTensor { name, shape, datatype, data, .. } in inputs {
        let of = if name == MATRIX_INPUT { columns.clone() } else { find_column(&columns, &name)? };
        check_datatype(&name, datatype, &of)?;
        let data = flatten(data.unwrap_or_default());
        let rows = data.len() / of.len().max(1);
        check_shape(&name, &shape, rows, of.len(), data.len())?;
        if seen.is_empty() {
            records = vec![Map::new(); rows];
        }
        if seen.contains(&name) {
            return Err(InferenceError::bad_request(format!("input `{name}` was sent twice")));
        }
        if rows != records.len() || (name == MATRIX_INPUT && !seen.is_empty()) {
            return Err(InferenceError::bad_request(format!(
                "input `{name}`: {rows} rows do not fit the tensors before it"
            )));
        }
        for (place, value) in data.into_iter().enumerate() {
            let column = of[place % of.len()];
            records[place / of.len()].insert(column.name.clone(), to_record_value(value, &column.kind, datatype));
        }
        seen.push(name);
    }
    if seen.len() > 1 && seen.iter().any(|name| name == MATRIX_INPUT) {
        return Err(InferenceError::bad_request(format!("input `{MATRIX_INPUT}` holds every column: send it alone")));
    }
    Ok(records)
}

/// The column with this name.
fn find_column<'a>(columns: &[&'a Column], name: &str) -> Result<Vec<&'a Column>, InferenceError> {
    let found = columns.iter().find(|column| column.name == name).copied();
    found.map(|column| vec![column]).ok_or_else(|| {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let name: String = name.chars().take(60).collect();
        InferenceError::bad_request(format!(
            "there is no input `{name}`; there are {} or {MATRIX_INPUT} for all",
            names.join(", ")
        ))
    })
}

fn check_datatype(name: &str, datatype: Datatype, of: &[&Column]) -> Result<(), InferenceError> {
    let (suits, best) = match of {
        [column] if name != MATRIX_INPUT => (datatype.suits(&column.kind), Datatype::for_kind(&column.kind)),
        _ => (datatype.is_number(), Datatype::Fp64),
    };
    if suits { Ok(()) } else { Err(InferenceError::bad_request(format!("input `{name}` must be {}", json!(best)))) }
}

fn check_shape(name: &str, shape: &[usize], rows: usize, columns: usize, values: usize) -> Result<(), InferenceError> {
    let is_flat = name != MATRIX_INPUT && shape == [rows];
    if !(is_flat || shape == [rows, columns]) || rows * columns != values {
        let columns = if name == MATRIX_INPUT { format!(", {columns}") } else { String::new() };
        return Err(InferenceError::bad_request(format!(
            "input `{name}`: the shape must be [rows{columns}] and match the number of values"
        )));
    }
    if rows == 0 || rows > MAX_ROWS {
        return Err(InferenceError::bad_request(format!("input `{name}`: {rows} rows; allowed are 1 to {MAX_ROWS}")));
    }
    Ok(())
}

/// The values of nested arrays in their order.
fn flatten(data: Vec<Value>) -> Vec<Value> {
    let values = data.into_iter().flat_map(|value| match value {
        Value::Array(nested) => flatten(nested),
        value => vec![value],
    });
    values.collect()
}

/// Turns a value into the form that a record has. An impossible value stays as it is, and the contract refuses it.
fn to_record_value(value: Value, kind: &Kind, datatype: Datatype) -> Value {
    let Some(number) = value.as_f64().filter(|number| number.fract().abs() < f64::MIN_POSITIVE) else { return value };
    match kind {
        // Only the matrix has numbers here: a tensor of one such column has names, or true and false.
        Kind::Choice(names) if datatype.is_number() && number >= 0.0 => {
            names.get(number as usize).map_or(value, |name| json!(name))
        }
        Kind::Flag if datatype.is_number() && (0.0..=1.0).contains(&number) => json!(number > 0.5),
        _ => value,
    }
}
