//! `README.md` of a project, and the summary that the command prints.

use crate::project::context::Context;
use crate::project::texts::thousands;
use crate::proposals::plan::{ColumnPart, PlannedColumn};
use crate::reading::PARQUET;

/// The findings, in a few lines.
pub(super) fn summary(context: &Context, proposals: usize) -> String {
    let plan = context.plan;
    let conversion = context.conversion;
    let form = match conversion.encoding.as_str() {
        PARQUET => PARQUET.to_owned(),
        encoding => format!(
            "{encoding}, values parted by {}, decimals by {}",
            separator(conversion.separator),
            if conversion.decimal == ',' { "a comma" } else { "a point" },
        ),
    };
    let (rows, columns) = (thousands(plan.rows), plan.columns.len());
    let mut lines = vec![format!("{}: {rows} rows, {columns} columns; {form}", conversion.source)];
    let label = &plan.label;
    lines.push(format!(
        "outcome: `{}`; 1 is `{}` ({} rows), 0 is `{}` ({} rows)",
        label.name,
        label.favourable,
        thousands(label.favourable_rows),
        label.other,
        thousands(plan.rows - label.favourable_rows)
    ));
    let made = if plan.id_is_made { ", the number of the row: the file has no id" } else { "" };
    lines.push(format!("id: `{}`{made}", plan.id));
    for (column, groups, because) in plan.protected() {
        let all = groups.judged.iter().chain(&groups.unjudged);
        let all: Vec<String> = all.map(|group| format!("{} {}", group.name, thousands(group.rows))).collect();
        let small = if groups.too_small().next().is_some() { "; too few rows to judge" } else { "" };
        lines.push(format!("protected: `{}`, {because}: {}{small}", column.name, all.join(", ")));
    }
    lines.push(format!("features: {}", plan.features().count()));
    lines.extend(plan.columns.iter().filter_map(aside));
    lines.push(format!("{proposals} proposals wait for a person; `grep -rn 'proposed:' release.toml src` lists them"));
    lines.join("\n") + "\n"
}

/// A column that the model does not see.
fn aside(column: &PlannedColumn) -> Option<String> {
    match &column.part {
        ColumnPart::LeftOut(why) => Some(format!("left out of the model: `{}`: {why}", column.seen.source)),
        ColumnPart::Dropped(why) => Some(format!("not in the data file: `{}`: {why}", column.seen.source)),
        _ => None,
    }
}

fn separator(separator: char) -> &'static str {
    match separator {
        ';' => "semicolons",
        '\t' => "tabs",
        '|' => "bars",
        _ => "commas",
    }
}

pub(super) fn to_markdown(context: &Context) -> String {
    let plan = context.plan;
    let conversion = context.conversion;
    let asides: String = plan.columns.iter().filter_map(aside).map(|line| format!("- {line}\n")).collect();
    include_str!("../../templates/README.md.txt")
        .replace("PROJECT", context.name)
        .replace("SOURCE", &conversion.source)
        .replace("DIGEST", &conversion.sha256)
        .replace("ROWS", &thousands(plan.rows))
        .replace("ASIDES\n", &asides)
}
