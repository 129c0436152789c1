//! `src/record.rs`: the data contract, one field for each column of the data file.

use crate::columns::bounds::bounds;
use crate::columns::names::type_name;
use crate::columns::seen::{SeenColumn, SeenKind};
use crate::conversion::{UNDISCLOSED, band_names};
use crate::project::texts::{bound, capitalised, thousands};
use crate::proposals::groups::ProtectedGroups;
use crate::proposals::plan::{ColumnPart, Plan, PlannedColumn};

const HEAD: &str = "\
//! The record: one row of the data file, and one request for a decision. It is the data contract, and the only place
//! that states the allowed ranges.
//!
//! A line that begins with `// proposed:` says what was seen in the data. It is no fact about the world: put the range
//! that is meant, or leave it, and delete the line. `policy.reviewed` counts the lines that are left.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One case. Only past cases have the fields that are no features; a request for a decision has the features. It may
/// state protected attributes in a separate member, `monitoring`, which is never scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
";

/// Most groups or names that a comment lists.
const MAX_LISTED: usize = 6;

pub(super) fn to_rust(plan: &Plan) -> String {
    let made = plan.id_is_made.then(|| {
        let range = format!("    #[garde(range(min = 1, max = {}))]\n", 1_000_000_000);
        format!(
            "    /// Number of the row in the source file.\n{range}    #[serde(default)]\n    pub {}: Option<u64>,\n",
            plan.id
        )
    });
    let fields = plan.columns.iter().filter_map(|column| field(plan, column));
    let fields: Vec<String> = made.into_iter().chain(fields).collect();
    let enums: Vec<String> = plan.columns.iter().filter_map(category).collect();
    format!("{HEAD}{}}}\n{}", fields.join("\n"), enums.concat())
}

/// The type of a category.
fn enum_name(seen: &SeenColumn) -> String {
    match type_name(&seen.name).as_str() {
        taken @ ("Record" | "Option" | "String" | "Validate" | "JsonSchema" | "Serialize" | "Deserialize") => {
            format!("{taken}Kind")
        }
        name => name.to_owned(),
    }
}

fn field(plan: &Plan, column: &PlannedColumn) -> Option<String> {
    let seen = &column.seen;
    match &column.part {
        ColumnPart::Dropped(_) => None,
        ColumnPart::Id => {
            Some(written(seen, "names the row; never a feature", &["#[garde(skip)]".to_owned()], "String", true))
        }
        ColumnPart::Time => {
            let whole = matches!(seen.kind, SeenKind::Number { .. });
            let kind = if whole { "f64" } else { "String" };
            Some(written(seen, "the order of the rows; never a feature", &["#[garde(skip)]".to_owned()], kind, true))
        }
        ColumnPart::Outcome => Some(outcome(plan, seen)),
        ColumnPart::Protected { groups, because } => {
            let lines = [proposed(&groups_seen(groups, because)), "#[garde(skip)]".to_owned()];
            Some(written(seen, "protected, never a feature", &lines, &enum_name(seen), true))
        }
        ColumnPart::Feature => Some(feature(seen, "", seen.missing > 0)),
        ColumnPart::LeftOut(_) => Some(feature(seen, "not for the model", true)),
    }
}

fn proposed(what: &str) -> String {
    format!("// proposed: {what}")
}

/// A field with its lines in front.
fn written(seen: &SeenColumn, role: &str, lines: &[String], kind: &str, is_optional: bool) -> String {
    let role = if role.is_empty() { String::new() } else { format!("; {role}") };
    let doc = format!("    /// {}{role}.\n", capitalised(&seen.source.replace('_', " ")));
    let lines: String = lines.iter().map(|line| format!("    {line}\n")).collect();
    let name = &seen.name;
    if is_optional {
        format!("{doc}{lines}    #[serde(default)]\n    pub {name}: Option<{kind}>,\n")
    } else {
        format!("{doc}{lines}    pub {name}: {kind},\n")
    }
}

fn outcome(plan: &Plan, seen: &SeenColumn) -> String {
    let label = &plan.label;
    let meaning = format!(
        "    /// The outcome: 1 is `{}` in `{}`, 0 is `{}`. Known of past cases only.\n",
        label.favourable, seen.source, label.other
    );
    format!(
        "{meaning}    #[garde(range(min = 0, max = 1))]\n    #[serde(default)]\n    pub {}: Option<u8>,\n",
        label.name
    )
}

fn feature(seen: &SeenColumn, role: &str, is_optional: bool) -> String {
    let missing = match seen.missing {
        0 => "no row without a value".to_owned(),
        rows => format!("{} rows without a value", thousands(rows)),
    };
    let words = if seen.missing_words.is_empty() {
        String::new()
    } else {
        format!("; taken for missing: {}", seen.missing_words.join(", "))
    };
    match &seen.kind {
        SeenKind::Number { whole, values } => {
            let least = values.first().copied().unwrap_or_default();
            let most = values.last().copied().unwrap_or_default();
            let ends = bounds(&seen.name, least, most, *whole);
            let [least, most, low, high] = [least, most, ends.0, ends.1].map(|end| bound(end, *whole));
            let different = thousands(seen.different);
            let what = format!("this range; seen {least} to {most}, {different} different values, {missing}{words}");
            let range = format!("#[garde(range(min = {low}, max = {high}))]");
            written(seen, role, &[proposed(&what), range], number_type(ends, *whole), is_optional)
        }
        SeenKind::Flag { yes, no } => {
            let what = format!("1 is `{yes}`, 0 is `{no}`; {missing}");
            let range = "#[garde(range(min = 0, max = 1))]".to_owned();
            written(seen, role, &[proposed(&what), range], "u8", is_optional)
        }
        SeenKind::Category { levels, in_order } => {
            let order =
                if *in_order { "in the order of their ranges, lowest first" } else { "whose order means nothing" };
            let seen_rows = levels.iter().map(|(name, rows)| (name.as_str(), *rows));
            let what = format!("{} names, {order}; {}; {missing}", levels.len(), listed(seen_rows));
            written(seen, role, &[proposed(&what), "#[garde(skip)]".to_owned()], &enum_name(seen), is_optional)
        }
        SeenKind::Nothing | SeenKind::Day { .. } | SeenKind::Text => {
            written(seen, role, &["#[garde(skip)]".to_owned()], "String", true)
        }
    }
}

/// The smallest usual type that holds a range.
fn number_type(ends: (f64, f64), whole: bool) -> &'static str {
    match ends {
        _ if !whole => "f64",
        (low, high) if low >= 0.0 && high <= f64::from(u8::MAX) => "u8",
        (low, high) if low >= 0.0 && high <= f64::from(u32::MAX) => "u32",
        _ => "i64",
    }
}

fn listed<'a>(rows: impl ExactSizeIterator<Item = (&'a str, usize)>) -> String {
    let more = if rows.len() > MAX_LISTED { format!(" and {} more", rows.len() - MAX_LISTED) } else { String::new() };
    let rows: Vec<String> = rows.take(MAX_LISTED).map(|(name, rows)| format!("`{name}` {}", thousands(rows))).collect();
    rows.join(", ") + &more
}

fn groups_seen(groups: &ProtectedGroups, because: &str) -> String {
    let all: Vec<(&str, usize)> =
        groups.judged.iter().chain(&groups.unjudged).map(|group| (group.name.as_str(), group.rows)).collect();
    let pooled = groups.pooled().map(|group| format!("; `{}` is {}", group.name, group.pooled.join(" and ")));
    format!("{because}; {}{}", listed(all.into_iter()), pooled.unwrap_or_default())
}

/// The enum of a column of names.
fn category(column: &PlannedColumn) -> Option<String> {
    let seen = &column.seen;
    let names: Vec<String> = match (&column.part, &seen.kind) {
        (ColumnPart::Protected { groups, .. }, _) if !groups.cuts.is_empty() => {
            let undisclosed = (seen.missing > 0).then(|| UNDISCLOSED.to_owned());
            band_names(&groups.cuts).into_iter().chain(undisclosed).collect()
        }
        (ColumnPart::Protected { groups, .. }, _) => {
            let mut names: Vec<String> =
                groups.judged.iter().chain(&groups.unjudged).flat_map(|group| group.names().to_vec()).collect();
            names.sort();
            names
        }
        (ColumnPart::Feature | ColumnPart::LeftOut(_), SeenKind::Category { levels, .. }) => {
            levels.iter().map(|(name, _)| name.clone()).collect()
        }
        _ => return None,
    };
    let mut taken = std::collections::BTreeSet::new();
    let variant = |name: &String| {
        let variant = crate::columns::names::free(&type_name(name), &mut taken).replace('_', "N");
        format!("    #[serde(rename = {name:?})]\n    {variant},\n")
    };
    let variants: String = names.iter().map(variant).collect();
    let derives = "#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]";
    let doc = format!("/// The values of `{}`.", seen.name);
    Some(format!("\n{doc}\n{derives}\npub enum {} {{\n{variants}}}\n", enum_name(seen)))
}
