//! The data contract in the Open Data Contract Standard 3.1.

use andon_evidence::policy::Policy;
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::source::FormSource;
use super::text::to_yaml;
use crate::column_schema::{allowed_values, logical_type};

/// The data contract as ODCS YAML.
pub(super) fn odcs(source: &FormSource<'_>) -> Result<String> {
    let policy = &source.policy;
    let manifest = source.manifest;
    let file = policy.data.file.display().to_string();
    let columns = source.contract["properties"].as_object().context("the contract has no columns")?;
    let required: Vec<&str> =
        source.contract["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let column = |(name, schema): (&String, &Value)| property(name, schema, required.contains(&name.as_str()), policy);
    let contract = json!({
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": format!("{}-data", manifest.name),
        "name": manifest.name,
        "version": manifest.version,
        "status": "active",
        "description": { "purpose": policy.about.purpose, "limitations": policy.about.limitations.join(" ") },
        "servers": [{ "server": "file", "type": "local", "path": file, "format": "csv" }],
        "schema": [{
            "name": table_name(policy),
            "physicalName": file,
            "logicalType": "object",
            "physicalType": "csv",
            "description": format!("SHA-256 {}", source.figures.data_sha256),
            "properties": columns.iter().map(column).collect::<Vec<_>>(),
            "quality": [{ "metric": "rowCount", "mustBeGreaterThan": 0 }],
        }],
    });
    to_yaml(contract)
}

/// The name of the data file without folder and extension.
fn table_name(policy: &Policy) -> String {
    policy.data.file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn property(name: &str, schema: &Value, required: bool, policy: &Policy) -> Value {
    let mut property = Map::new();
    let mut put = |key: &str, value: Value| property.insert(key.to_owned(), value);
    put("name", json!(name));
    put("logicalType", json!(logical_type(schema)));
    put("required", json!(required));
    put("tags", json!([role(name, policy)]));
    if let Some(description) = schema["description"].as_str() {
        put("description", json!(description));
    }
    if policy.data.is_id(name) {
        put("primaryKey", json!(true));
        put("unique", json!(true));
    }
    let bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    let options: Map<String, Value> =
        bounds.iter().filter_map(|bound| Some(((*bound).to_owned(), schema.get(bound)?.clone()))).collect();
    if !options.is_empty() {
        put("logicalTypeOptions", Value::Object(options));
    }
    let values = allowed_values(schema);
    if !values.is_empty() {
        let rule = json!({ "metric": "invalidValues", "arguments": { "validValues": values }, "mustBe": 0 });
        put("quality", json!([rule]));
    }
    Value::Object(property)
}

/// The role of a column for the model.
fn role(name: &str, policy: &Policy) -> &'static str {
    let data = &policy.data;
    if data.features.iter().any(|feature| feature == name) {
        "feature"
    } else if data.protected.contains_key(name) {
        "protected"
    } else if name == data.label {
        "label"
    } else if data.is_id(name) {
        "identifier"
    } else {
        "left out"
    }
}
