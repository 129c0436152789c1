//! Parts that several operations of the description share.

use andon::Record;
use serde_json::{Map, Value, json};

use super::schemas;
use crate::service::Service;

/// A record and its real answer, so that the example is never wrong.
pub(super) fn decided_example<R: Record>(service: &Service<R>) -> (Value, Value) {
    let record = schemas::example(&service.decider);
    let read = service.decider.read_request(record.to_string().as_bytes()).ok();
    let answer = read.and_then(|record| service.preview(&record).ok());
    (record, json!(answer))
}

/// The schema of an object with exactly these texts.
pub(super) fn constant_object(example: &Value) -> Value {
    let fields = example.as_object().into_iter().flatten();
    let properties: Map<String, Value> = fields.map(|(name, value)| (name.clone(), constant(value))).collect();
    let required: Vec<&String> = properties.keys().collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// The schema of one value. Generators of clients do not read a constant that is an array or an object.
fn constant(value: &Value) -> Value {
    match value {
        Value::Array(_) => json!({ "type": "array", "items": {} }),
        Value::Object(_) => json!({ "type": "object" }),
        text => json!({ "const": text }),
    }
}

/// The content of a JSON body.
pub(super) fn json_content(schema: Value, example: Option<Value>) -> Value {
    let mut content = json!({ "schema": schema });
    if let Some(example) = example {
        content["example"] = example;
    }
    json!({ "application/json": content })
}

/// The header that names a request.
pub(super) fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Names the request. A repeated request with the same key and records gets the same answer.",
        "schema": { "type": "string", "pattern": "^[!-~]{1,128}$" },
    })
}
