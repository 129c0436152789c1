//! Rows as a command reads them: a JSON object of the features on each line, as in a request for a decision.

use std::io::Write as _;

use serde_json::Value;

use crate::data::contract::{Contract, Kind, Record};
use crate::data::frame::Feature;
use crate::data::matrix::is_missing;

/// A feature with the form of its values.
#[derive(Debug, Clone)]
pub(super) struct RowColumn {
    /// The name as a JSON text.
    name: String,
    form: ValueForm,
}

/// The form of a feature's values in a record.
#[derive(Debug, Clone)]
enum ValueForm {
    Flag,
    Number,
    /// The names of a category as JSON texts, in the order of their numbers.
    Names(Vec<String>),
}

/// The columns of some features.
pub(super) fn columns<R: Record>(contract: &Contract<R>, features: &[Feature]) -> Vec<RowColumn> {
    let text = |name: &String| Value::from(name.as_str()).to_string();
    let column = |feature: &Feature| {
        let is_flag = contract.column(&feature.name).is_some_and(|column| matches!(column.kind, Kind::Flag));
        let form = match feature.levels.as_slice() {
            [] if is_flag => ValueForm::Flag,
            [] => ValueForm::Number,
            levels => ValueForm::Names(levels.iter().map(text).collect()),
        };
        RowColumn { name: text(&feature.name), form }
    };
    features.iter().map(column).collect()
}

/// One row with the line feed behind it.
pub(super) fn line(columns: &[RowColumn], row: &[f64]) -> Vec<u8> {
    let mut line = b"{".to_vec();
    for (at, (column, value)) in columns.iter().zip(row).enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Nothing fails to be written into memory.
        let _ = write!(line, "{comma}{}:{}", column.name, text(&column.form, *value));
    }
    line.extend(b"}\n");
    line
}

/// The largest whole number that is written without a decimal point.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

fn text(form: &ValueForm, value: f64) -> String {
    if is_missing(value) || !value.is_finite() {
        return "null".to_owned();
    }
    match form {
        ValueForm::Flag => (value >= 0.5).to_string(),
        ValueForm::Number if value.fract() == 0.0 && value.abs() <= MAX_WHOLE => (value as i64).to_string(),
        ValueForm::Number => Value::from(value).to_string(),
        ValueForm::Names(names) => names.get(value as usize).cloned().unwrap_or_else(|| "null".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::matrix::MISSING;

    #[test]
    fn a_row_is_one_json_object_with_blanks_as_null() {
        let column = |name: &str, form: ValueForm| RowColumn { name: Value::from(name).to_string(), form };
        let names = ValueForm::Names(vec!["\"a \\\"b\\\"\"".to_owned(), "\"c\"".to_owned()]);
        let columns = [
            column("income", ValueForm::Number),
            column("a \"flag\"", ValueForm::Flag),
            column("kind", names),
            column("left", ValueForm::Number),
        ];
        let written = |row: &[f64]| String::from_utf8(line(&columns, row)).unwrap();
        assert_eq!(
            written(&[2_500.0, 1.0, 0.0, MISSING]),
            "{\"income\":2500,\"a \\\"flag\\\"\":true,\"kind\":\"a \\\"b\\\"\",\"left\":null}\n"
        );
        let parsed: Value = serde_json::from_str(&written(&[0.1 + 0.2, 0.0, 1.0, 1e300])).unwrap();
        assert_eq!(parsed["income"], Value::from(0.1 + 0.2), "to the bit");
        assert_eq!((&parsed["kind"], &parsed["left"]), (&Value::from("c"), &Value::from(1e300)));
        assert!(
            written(&[-0.0, f64::NAN, 7.0, f64::INFINITY])
                .ends_with("\"a \\\"flag\\\"\":null,\"kind\":null,\"left\":null}\n")
        );
    }
}
