//! Accepts 14.0 as a whole number: JSON Schema allows it, and some clients write every number with a decimal point.

use andon::data::numbers::exact_whole;
use andon::{Column, Kind};
use serde_json::{Value, json};

use crate::read::entries::Entries;

/// Rewrites an object: columns of whole numbers lose their decimal point. `None` if nothing changes.
pub(crate) fn write_without_points(body: &[u8], columns: &[Column]) -> Option<String> {
    let Entries(entries) = serde_json::from_slice::<Entries<Value>>(body).ok()?;
    let is_whole = |name: &str| {
        let column = columns.iter().find(|column| column.name == name);
        column.is_some_and(|column| matches!(column.kind, Kind::Number { whole: true, .. }))
    };
    let mut changed = false;
    let written = entries.into_iter().map(|(name, value)| {
        let whole = value.as_f64().filter(|_| value.is_f64()).and_then(exact_whole);
        let value = match whole.filter(|_| is_whole(&name)) {
            Some(number) => {
                changed = true;
                json!(number)
            }
            None => value,
        };
        format!("{}:{value}", json!(name))
    });
    let text = format!("{{{}}}", written.collect::<Vec<_>>().join(","));
    changed.then_some(text)
}
