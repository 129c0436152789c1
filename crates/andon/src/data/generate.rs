//! Rows made from the contract, for properties with proptest: valid ones, and ones broken in a known column.

use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::data::contract::{Column, Contract, Kind, Record};

/// A row as JSON, by column.
pub type JsonRow = Map<String, Value>;

/// Values for a number without a declared end stay within this.
const MAX_UNBOUNDED: f64 = 1e9;

fn valid_value(column: &Column) -> BoxedStrategy<Value> {
    let value = match &column.kind {
        Kind::Number { whole: true, min, max } => {
            let min = min.unwrap_or(-MAX_UNBOUNDED) as i64;
            let max = max.unwrap_or(MAX_UNBOUNDED) as i64;
            prop_oneof![Just(min), Just(max), min..=max].prop_map(Value::from).boxed()
        }
        Kind::Number { whole: false, min, max } => {
            let min = min.unwrap_or(-MAX_UNBOUNDED);
            let max = max.unwrap_or(MAX_UNBOUNDED);
            prop_oneof![Just(min), Just(max), min..=max].prop_map(Value::from).boxed()
        }
        Kind::Flag => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Choice(names) => proptest::sample::select(names.clone()).prop_map(Value::from).boxed(),
        Kind::Text => "[a-zA-Z0-9 ,\"]{1,20}".prop_map(Value::from).boxed(),
    };
    if column.required { value } else { prop_oneof![4 => value, 1 => Just(Value::Null)].boxed() }
}

/// Rows that keep the contract, the ends of every range among them.
pub fn valid_row<R: Record>(contract: &Contract<R>) -> impl Strategy<Value = JsonRow> + use<R> {
    let names: Vec<String> = contract.columns().iter().map(|column| column.name.clone()).collect();
    let values: Vec<_> = contract.columns().iter().map(valid_value).collect();
    values.prop_map(move |values| names.iter().cloned().zip(values).collect())
}

/// Values that break a column: beyond its ends, of another type, or absent where one is needed.
fn broken_values(column: &Column) -> Vec<Value> {
    let mut broken = vec![Value::from("no such thing"), Value::from(vec![1])];
    match &column.kind {
        Kind::Number { whole, min, max } => {
            broken.extend(min.map(|min| if *whole { Value::from(min as i64 - 1) } else { Value::from(min - 0.01) }));
            broken.extend(max.map(|max| if *whole { Value::from(max as i64 + 1) } else { Value::from(max + 0.01) }));
            broken.extend(whole.then(|| Value::from(min.unwrap_or(0.0) + 0.5)));
        }
        Kind::Flag | Kind::Choice(_) => broken.push(Value::from(7)),
        Kind::Text => drop(broken.remove(0)),
    }
    if column.required {
        broken.push(Value::Null);
    }
    broken
}

/// Rows broken in one column, with that column's name.
pub fn broken_row<R: Record>(contract: &Contract<R>) -> impl Strategy<Value = (JsonRow, String)> + use<R> {
    let breaks = contract.columns().iter().flat_map(|column| {
        let name = column.name.clone();
        broken_values(column).into_iter().map(move |value| (name.clone(), value))
    });
    let one_break = proptest::sample::select(breaks.collect::<Vec<_>>());
    (valid_row(contract), one_break).prop_map(|(mut row, (name, value))| {
        row.insert(name.clone(), value);
        (row, name)
    })
}

/// The row as a CSV file of one line, or `None` when a value has no CSV form.
#[must_use]
pub fn as_csv(row: &JsonRow) -> Option<Vec<u8>> {
    let text = |value: &Value| match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    };
    let values = row.values().map(text).collect::<Option<Vec<_>>>()?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(row.keys()).ok()?;
    writer.write_record(values).ok()?;
    writer.into_inner().ok()
}

/// Runs a property over `cases` generated values from a fixed seed; returns how many cases ran, or the first failure
/// shrunk to its simplest form.
///
/// # Errors
/// The failing value and why it fails.
pub fn check<S: Strategy>(
    cases: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> Result<(), String>,
) -> Result<u64, String> {
    use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let result = runner.run(strategy, |value| property(value).map_err(TestCaseError::fail));
    result.map(|()| u64::from(cases)).map_err(|error| error.to_string())
}
