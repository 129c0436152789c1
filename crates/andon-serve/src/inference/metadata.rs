//! The metadata of the protocol's server and model.

use andon::{Column, Decider, Kind, Record};
use serde_json::{Value, json};

use super::infer::{DECISION_OUTPUT, PROBABILITY_OUTPUT};
use super::tensor::{Datatype, MATRIX_INPUT};
use crate::identity::Identity;
use crate::service::Service;

/// The server's metadata.
pub(crate) fn describe_server(identity: &Identity) -> Value {
    json!({ "name": "andon", "version": identity.model_version, "extensions": ["binary_tensor_data"] })
}

/// The model's metadata. Its properties hold the facts that tensors cannot express.
pub(crate) fn describe_model<R: Record>(service: &Service<R>) -> Value {
    let input = |column: &Column| describe_tensor(&column.name, Datatype::for_kind(&column.kind));
    json!({
        "name": service.identity.name,
        "versions": [service.identity.model_version],
        "platform": "andon_forest",
        "inputs": service.decider.input_columns().map(input).collect::<Vec<_>>(),
        "outputs": [describe_tensor(PROBABILITY_OUTPUT, Datatype::Fp64), describe_tensor(DECISION_OUTPUT, Datatype::Bytes)],
        "properties": {
            "fingerprint": service.identity.fingerprint,
            "missing": "null, or no tensor, for an optional column",
            "matrix": describe_matrix(&service.decider),
            "referral": "if a person decides, decision is REFER and probability is null",
        },
    })
}

fn describe_tensor(name: &str, datatype: Datatype) -> Value {
    json!({ "name": name, "datatype": datatype, "shape": [-1] })
}

/// Describes one tensor for all columns.
fn describe_matrix<R: Record>(decider: &Decider<R>) -> String {
    let column = |column: &Column| match &column.kind {
        Kind::Choice(names) => {
            let places: Vec<String> = names.iter().enumerate().map(|(place, name)| format!("{place} {name}")).collect();
            format!("{} ({})", column.name, places.join(", "))
        }
        Kind::Flag => format!("{} (0 false, 1 true)", column.name),
        Kind::Number { .. } | Kind::Text => column.name.clone(),
    };
    let columns: Vec<String> = decider.input_columns().map(column).collect();
    format!("instead, one FP64 tensor `{MATRIX_INPUT}` of shape [-1, {}]: {}", columns.len(), columns.join(", "))
}
