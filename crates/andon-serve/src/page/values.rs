//! The values of the form's inputs, and the JSON that the contract reads of them.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::field::{Field, InputControl, JsonForm};

/// The values of the inputs, by column.
pub(crate) type Values = BTreeMap<String, String>;

/// Reads a number as people and browsers write it.
pub(crate) fn parse_number(text: &str) -> Option<Number> {
    let whole = text.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| Number::from_f64(text.parse().ok()?))
}

/// The values as the JSON that the contract reads. A name without a field goes along, so that the contract refuses it.
pub(crate) fn to_json(fields: &[Field], values: &Values) -> Vec<u8> {
    let by_name: BTreeMap<&str, &Field> = fields.iter().map(|field| (field.name.as_str(), field)).collect();
    let filled = values.iter().filter(|(_, value)| !value.is_empty());
    let object: Map<String, Value> =
        filled.map(|(name, value)| (name.clone(), to_json_value(by_name.get(name.as_str()).copied(), value))).collect();
    Value::Object(object).to_string().into_bytes()
}

fn to_json_value(field: Option<&Field>, text: &str) -> Value {
    let read = match field.map(|field| &field.control) {
        Some(InputControl::Number { .. }) => parse_number(text).map(Value::Number),
        Some(InputControl::Choice { json_form: JsonForm::Literal, .. }) => serde_json::from_str(text).ok(),
        _ => None,
    };
    read.unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_finite() {
        assert!(parse_number("1e3").is_some() && parse_number("-4").is_some());
        assert!(parse_number("NaN").is_none() && parse_number("inf").is_none() && parse_number("1,000").is_none());
    }
}
