//! The schemas of requests and answers.

use andon::{Column, Decider, Kind, Record};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::decide::answer::{DecisionAnswer, ExplainedAnswer};
use crate::decide::outcome::RecordOutcome;
use crate::inference::error::InferenceError;
use crate::inference::infer::{InferenceRequest, InferenceResponse};
use crate::read::attributes::{self, MEMBER};
use crate::service::cord::{CordAnswer, CordRequest};
use crate::service::overrides::{OverrideAnswer, OverrideRequest};

/// Every named schema.
pub(super) fn components<R: Record>(decider: &Decider<R>) -> Map<String, Value> {
    let named = |settings: &mut SchemaSettings| settings.definitions_path = "/components/schemas".into();
    let settings = || SchemaSettings::draft2020_12().with(named);
    let mut generator = settings().for_serialize().into_generator();
    generator.subschema_for::<DecisionAnswer>();
    generator.subschema_for::<ExplainedAnswer>();
    generator.subschema_for::<RecordOutcome>();
    generator.subschema_for::<CordAnswer>();
    generator.subschema_for::<OverrideAnswer>();
    generator.subschema_for::<InferenceResponse>();
    generator.subschema_for::<InferenceError>();
    let mut asked = settings().for_deserialize().into_generator();
    asked.subschema_for::<InferenceRequest>();
    asked.subschema_for::<CordRequest>();
    asked.subschema_for::<OverrideRequest>();
    let mut schemas = asked.take_definitions(true);
    schemas.append(&mut generator.take_definitions(true));
    schemas.insert("Record".to_owned(), record(decider));
    schemas.values_mut().for_each(open_items);
    schemas
}

/// Writes `items: {}` for `items: true`, which means the same and which generators of clients read.
fn open_items(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(items) = members.get_mut("items").filter(|items| **items == json!(true)) {
                *items = json!({});
            }
            members.values_mut().for_each(open_items);
        }
        Value::Array(members) => members.iter_mut().for_each(open_items),
        _ => {}
    }
}

/// The contract's schema without the columns that a request must not hold: id, label, protected attributes.
fn record<R: Record>(decider: &Decider<R>) -> Value {
    let whole = decider.contract().json_schema();
    let columns = || decider.input_columns();
    let property = |column: &Column| {
        let mut property = whole.get("properties")?.get(&column.name)?.clone();
        if let (Some(range), Some(property)) = (decider.model().validated(&column.name), property.as_object_mut()) {
            let described = format!("{} Outside {} to {}, a person decides.", column.description, range.min, range.max);
            property.insert("description".to_owned(), json!(described.trim()));
        }
        Some((column.name.clone(), property))
    };
    let mut properties: Map<_, _> = columns().filter_map(property).collect();
    properties.extend(monitoring(decider).map(|schema| (MEMBER.to_owned(), schema)));
    json!({
        "type": "object",
        "description": whole.get("description"),
        "properties": properties,
        "required": columns().filter(|column| column.required).map(|column| &column.name).collect::<Vec<_>>(),
        "additionalProperties": false,
        "examples": [example(decider)],
    })
}

/// The schema of the member beside a record; `None` if the release watches no attribute.
fn monitoring<R: Record>(decider: &Decider<R>) -> Option<Value> {
    let whole = decider.contract().json_schema();
    let property = |column: &Column| Some((column.name.clone(), whole.get("properties")?.get(&column.name)?.clone()));
    let attributes: Map<_, _> = attributes::watched_columns(decider).filter_map(property).collect();
    let described = "Protected attributes, by which the monitoring compares groups. The service takes them out before it \
        reads the record, so no decision uses them. The audit trail keeps them apart from the inputs; without a trail \
        they are dropped.";
    (!attributes.is_empty()).then(|| {
        json!({
            "type": ["object", "null"],
            "description": described,
            "properties": attributes,
            "additionalProperties": false,
        })
    })
}

/// A record from the middle of each validated range.
pub(super) fn example<R: Record>(decider: &Decider<R>) -> Value {
    let entry = |column: &Column| (column.name.clone(), value(decider, column));
    Value::Object(decider.input_columns().map(entry).collect())
}

fn value<R: Record>(decider: &Decider<R>, column: &Column) -> Value {
    match &column.kind {
        Kind::Flag => json!(true),
        Kind::Text => json!(""),
        Kind::Choice(names) => json!(names.first()),
        Kind::Number { whole, min, max } => {
            let validated = decider.model().validated(&column.name);
            let (low, high) = validated.map_or((*min, *max), |range| (Some(range.min), Some(range.max)));
            let middle = low.unwrap_or(0.0) / 2.0 + high.unwrap_or(0.0) / 2.0;
            let middle = if middle.abs() < 10.0 && !whole { middle } else { middle.round() };
            if *whole { json!(middle as i64) } else { json!(middle) }
        }
    }
}
