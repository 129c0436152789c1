//! The tables of the policy about the data: the parts of the columns, and the ranges of the features.

use crate::columns::bounds::{inner, unit};
use crate::columns::seen::{SeenColumn, SeenKind};
use crate::project::context::Context;
use crate::project::texts::{array, bound, quoted, thousands};
use crate::proposals::groups::{GroupRows, MIN_GROUP_ROWS};
use crate::proposals::plan::{ColumnPart, Plan};

/// Fewest different values of a number that is a quantity.
const MIN_QUANTITY_VALUES: usize = 20;

pub(super) fn data(context: &Context) -> String {
    let plan = context.plan;
    let label = &plan.label;
    let features = plan.features().map(|column| column.name.as_str());
    let order = plan.time().map(|time| format!("order = {}\n", quoted(&format!("by `{time}`")))).unwrap_or_default();
    let until = plan.newest_day().map(|day| {
        format!(
            "# proposed: the newest `{}`; the day on which the newest row was collected\ncollected_until = \"{day}\"\n",
            plan.time().unwrap_or_default()
        )
    });
    let until = until.unwrap_or_default();
    let file = context.data_file();
    format!(
        "# proposed: the outcome; 1 is `{}` in `{}` ({} rows), 0 is `{}` ({} rows)\n\
         [data]\nfile = {}\nid = {}\n{order}label = {}\nfavourable = 1\n{until}\
         # proposed: the columns that the model sees; ask of each whether it is known when the answer is given\n{}{}{}\n{}",
        label.favourable,
        label.source,
        thousands(label.favourable_rows),
        label.other,
        thousands(plan.rows - label.favourable_rows),
        quoted(&file.display().to_string().replace('\\', "/")),
        quoted(&plan.id),
        quoted(&label.name),
        array("features", features),
        ordered(plan),
        protected(plan),
        unjudged(plan),
    )
}

/// The categories that look like ranges. No other has an order by its names.
fn ordered(plan: &Plan) -> String {
    let is_ordered = |column: &&SeenColumn| matches!(column.kind, SeenKind::Category { in_order: true, .. });
    let names: Vec<&str> = plan.features().filter(is_ordered).map(|column| column.name.as_str()).collect();
    if names.is_empty() {
        return String::new();
    }
    let what = "categories whose names stand in an order in src/record.rs, lowest first; the order of all others means nothing";
    format!("# proposed: {what}\n{}", array("ordered", names.iter()))
}

fn protected(plan: &Plan) -> String {
    let mut table = "\n[data.protected]\n".to_owned();
    for (column, groups, because) in plan.protected() {
        let counts = groups.judged.iter().map(|group| format!("{} {}", group.name, thousands(group.rows)));
        let counts = counts.collect::<Vec<_>>().join(", ");
        table += &format!("# proposed: {because}; {counts}\n");
        for group in groups.too_small() {
            table += &format!(
                "#   `{}` has {} rows, and the policy judges from {MIN_GROUP_ROWS} on: its gates are UNDECIDED until there are {} more\n",
                group.name,
                group.rows,
                MIN_GROUP_ROWS - group.rows
            );
        }
        if column.source.contains(['/', '&']) || column.name.split('_').any(|word| word == "and") {
            table += "#   this may be two attributes in one column: `recode` in data/conversion.toml makes two columns of it\n";
        }
        table += &array(&column.name, groups.judged.iter().map(|group| &group.name));
    }
    table + &pooled(plan)
}

/// The groups that are judged together.
fn pooled(plan: &Plan) -> String {
    let mut tables = String::new();
    for (column, groups, _) in plan.protected() {
        let Some(GroupRows { name, pooled, rows }) = groups.pooled() else { continue };
        let why = format!(
            "each has under {MIN_GROUP_ROWS} rows and decides nothing alone; together they have {}",
            thousands(*rows)
        );
        tables += &format!(
            "\n# proposed: judged together, because each is too small; who is hidden if they are?\n[data.pooled.{}.{name}]\n{}why = {}\n",
            column.name,
            array("groups", pooled.iter()),
            quoted(&why),
        );
    }
    tables
}

fn unjudged(plan: &Plan) -> String {
    let mut table = String::new();
    for column in &plan.columns {
        let why = match &column.part {
            ColumnPart::LeftOut(why) => why.clone(),
            ColumnPart::Time => "the time of the row, in whose order the rows stand".to_owned(),
            ColumnPart::Protected { groups, .. } if !groups.unjudged.is_empty() => {
                let rows: usize = groups.unjudged.iter().map(|group| group.rows).sum();
                format!("{} rows are in no group that is large enough to judge", thousands(rows))
            }
            _ => continue,
        };
        table += &format!("# proposed: why no gate judges it\n{} = {}\n", column.seen.name, quoted(&why));
    }
    if table.is_empty() { String::new() } else { format!("\n[data.unjudged]\n{table}\n") }
}

/// The features that are quantities: each with its numbers, in ascending order, and whether they are whole.
pub(super) fn quantities(plan: &Plan) -> impl Iterator<Item = (&SeenColumn, &[f64], bool)> {
    plan.features().filter_map(|column| match &column.kind {
        SeenKind::Number { whole, values } if column.different >= MIN_QUANTITY_VALUES => {
            Some((column, values.as_slice(), *whole))
        }
        _ => None,
    })
}

pub(super) fn ranges(plan: &Plan) -> String {
    let mut validated = String::new();
    let mut noise = String::new();
    let mut rounding = String::new();
    for (column, values, whole) in quantities(plan) {
        let name = &column.name;
        if let Some((low, high)) = inner(values) {
            validated += &format!("{name} = {{ min = {}, max = {} }}\n", bound(low, whole), bound(high, whole));
        }
        let unit = unit(values[values.len() / 2], whole);
        noise += &format!("{name} = {{ deviation = {unit:?} }}\n");
        rounding += &format!("{name} = {unit:?}\n");
    }
    let better = "# [better]: which values of a feature are better for the person, `higher` or `lower`. The model keeps these \
                  directions,\n# and `robustness.direction.NAME` asks about them. They come from reason, so none is proposed:\n\
                  # [better]\n# income = \"higher\"\n\n";
    let validated = format!(
        "# proposed: about the inner 99 % of each quantity; outside of these ranges the answer is REFER, and a person decides\n\
         [validated]\n{validated}\n"
    );
    if noise.is_empty() {
        return format!("{validated}{better}");
    }
    format!(
        "{validated}{better}# proposed: how far a stated value may be off, in the unit of the column; for robustness.noise\n[noise]\n{noise}\n\
         # proposed: the steps to which people round a value; for explanation.stability\n[rounding]\n{rounding}\n"
    )
}
