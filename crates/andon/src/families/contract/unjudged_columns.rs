//! The columns that no gate judges: a protected attribute that the policy does not list is one that nobody asks about.

use andon_evidence::judge::{Measurement, Part, Unit};
use andon_evidence::policy::{Data, OutsideScores, Policy, protected_ground};

use crate::data::contract::{Column, Contract, Kind, Record};
use crate::measure::sample::Measured;

/// The number of columns of the record that no gate judges and that nobody gave a reason for. Judged or known are the
/// features, the id, the label, the scores, the protected attributes and their proxies; any other column needs a reason
/// under `[data.unjudged]`. So does a feature that is named as a protected ground, such as an age. No reason excuses a
/// column that is recorded, plays no part, and is a protected ground by its name or its groups: it belongs under
/// `[data.protected]`. The parts name the columns, and reasons for columns that the record does not have.
///
/// # Errors
/// Not measured without a row.
pub fn unjudged_columns<R: Record>(policy: &Policy, contract: &Contract<R>, rows: u64) -> Measured {
    let data = &policy.data;
    let is_scores = |column: &&Column| policy.scores.as_ref().and_then(OutsideScores::column) == Some(&column.name);
    let columns = contract.columns().iter().filter(|column| !is_scores(column));
    let unjudged = columns.filter_map(|column| finding(data, column));
    let absent = data.unjudged.keys().filter(|name| contract.column(name).is_none());
    let absent =
        absent.map(|name| format!("{name}: has a reason under [data.unjudged], and the record has no such column"));
    let parts: Vec<Part> = unjudged.chain(absent).map(|name| Part { name, value: 1.0, n: rows }).collect();
    Ok(Measurement::exact(parts.len() as f64, Unit::Count, rows)?.with_parts(parts))
}

/// The defect of a column, with what mends it; none if it is judged or excused.
fn finding(data: &Data, column: &Column) -> Option<String> {
    let name = &column.name;
    let has_reason = data.unjudged.contains_key(name);
    let plays_other_part = data.is_id(name) || *name == data.label || data.proxies.contains_key(name);
    if plays_other_part || data.protected.contains_key(name) {
        return None;
    }
    let ground = ground(column);
    if data.features.contains(name) {
        let ground = ground.filter(|_| !has_reason)?;
        return Some(format!(
            "{name}: is a feature and named as a protected ground ({ground}); say why under [data.unjudged]"
        ));
    }
    match ground {
        Some(ground) => {
            Some(format!("{name}: is a protected ground ({ground}); list its groups under [data.protected]"))
        }
        None if has_reason => None,
        None => Some(format!(
            "{name}: has no part in the policy; list it under [data.protected], or say why not under [data.unjudged]"
        )),
    }
}

/// The protected ground that a column is, by its name or its groups.
fn ground(column: &Column) -> Option<&'static str> {
    let groups: &[String] = if let Kind::Choice(groups) = &column.kind { groups } else { &[] };
    protected_ground(&column.name, groups)
}
