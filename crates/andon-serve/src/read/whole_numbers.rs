//! Accepts 14.0 as a whole number: JSON Schema allows it, and some clients write every number with a decimal point.

use andon::{Column, Kind};
use serde_json::{Value, json};

use crate::read::entries::Entries;

/// The largest whole number that is exact with a decimal point.
const MAX_EXACT_WHOLE: f64 = 9_007_199_254_740_991.0;

/// Rewrites an object: columns of whole numbers lose their decimal point. `None` if nothing changes.
pub(crate) fn write_without_points(body: &[u8], columns: &[Column]) -> Option<String> {
    let Entries(entries) = serde_json::from_slice::<Entries<Value>>(body).ok()?;
    let is_whole = |name: &str| {
        let column = columns.iter().find(|column| column.name == name);
        column.is_some_and(|column| matches!(column.kind, Kind::Number { whole: true, .. }))
    };
    let has_none = |number: f64| number.fract() == 0.0 && number.abs() <= MAX_EXACT_WHOLE;
    let mut changed = false;
    let written = entries.into_iter().map(|(name, value)| {
        let whole = value.as_f64().filter(|number| value.is_f64() && has_none(*number));
        let value = match whole.filter(|_| is_whole(&name)) {
            Some(number) => {
                changed = true;
                json!(number as i64)
            }
            None => value,
        };
        format!("{}:{value}", json!(name))
    });
    let text = format!("{{{}}}", written.collect::<Vec<_>>().join(","));
    changed.then_some(text)
}
