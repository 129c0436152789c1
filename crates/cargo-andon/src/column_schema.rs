//! A column of the data contract, as its JSON Schema states it.

use serde_json::Value;

/// The values of an enumeration, also of one whose values have descriptions of their own (`oneOf`, `const`), or that is
/// optional (`anyOf`).
pub(crate) fn allowed_values(schema: &Value) -> Vec<&Value> {
    let listed = schema["enum"].as_array().into_iter().flatten();
    let nested = ["anyOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    let values = listed.chain(schema.get("const")).chain(nested.flat_map(allowed_values));
    values.filter(|value| !value.is_null()).collect()
}

/// The type of a column, without the `null` of an optional one.
pub(crate) fn logical_type(schema: &Value) -> &str {
    let named = |value: &'_ Value| value.as_str().is_some_and(|name| name != "null");
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| named(kind)),
        kind => Some(kind),
    };
    kind.and_then(Value::as_str).unwrap_or("string")
}

/// The type of a column with its values or its range, as in `integer, 1 to 9`.
pub(crate) fn allowed_in_words(schema: &Value) -> String {
    let values = allowed_values(schema);
    if !values.is_empty() {
        let words = values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        return words.collect::<Vec<_>>().join(", ");
    }
    let end = |keys: [&str; 2]| keys.into_iter().find_map(|key| schema.get(key)).map(Value::to_string);
    let kind = logical_type(schema);
    match (end(["minimum", "exclusiveMinimum"]), end(["maximum", "exclusiveMaximum"])) {
        (Some(low), Some(high)) => format!("{kind}, {low} to {high}"),
        (Some(low), None) => format!("{kind}, from {low}"),
        (None, Some(high)) => format!("{kind}, up to {high}"),
        (None, None) => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_values_of_every_form_of_enumeration_are_stated() {
        let plain = json!({ "enum": ["gas", "none", null] });
        let described = json!({ "oneOf": [
            { "const": "gas", "description": "A burner." },
            { "enum": ["pump", "none"] },
        ] });
        let optional = json!({ "anyOf": [described, { "type": "null" }] });
        let values = |schema: &Value| allowed_values(schema).into_iter().cloned().collect::<Vec<_>>();
        assert_eq!(values(&plain), [json!("gas"), json!("none")]);
        assert_eq!(values(&described), [json!("gas"), json!("pump"), json!("none")]);
        assert_eq!(values(&optional), values(&described));
        assert_eq!(values(&json!({ "type": "number" })), [] as [Value; 0]);
    }

    #[test]
    fn a_column_is_told_by_its_type_and_its_ends() {
        let cases = [
            (json!({ "type": ["integer", "null"], "minimum": 1, "maximum": 9 }), "integer, 1 to 9"),
            (json!({ "type": "number", "exclusiveMinimum": 0 }), "number, from 0"),
            (json!({ "type": "number", "maximum": 5 }), "number, up to 5"),
            (json!({ "enum": ["a", "b", null] }), "a, b"),
            (json!({ "type": "boolean" }), "boolean"),
        ];
        for (schema, words) in cases {
            assert_eq!(allowed_in_words(&schema), words);
        }
    }
}
