//! The groups of protected attributes: how often each is answered positively, and the distribution of its scores.

use andon_evidence::decision::GateResult;
use andon_evidence::figures::{Figures, GroupFigures};
use andon_evidence::judge::Threshold;

use crate::report::plot::canvas::MarkShape;
use crate::report::plot::frame::Plot;
use crate::report::plot::lanes::{Lane, Limit, draw_lanes};
use crate::report::plot::numbers::{count, share};
use crate::report::plot::scale::is_drawable;
use crate::report::sections::scores::histogram;

/// The selection rates with their intervals, and the lowest rate that the policy allows.
pub(crate) fn selection(figures: &Figures, gates: &[GateResult], positive: &str) -> Option<Plot> {
    let groups = &figures.groups;
    if groups.is_empty() {
        return None;
    }
    let limit = |group: &GroupFigures| lowest_allowed_rate(groups, group, gates);
    let drawn: Vec<Lane> = groups.iter().enumerate().map(|(at, group)| group_lane(groups, at, limit(group))).collect();
    let title = format!("answered {} (share)", positive);
    let canvas = draw_lanes(&drawn, &title, &[1.0]);
    let below =
        groups.iter().filter(|group| group.judged && limit(group).is_some_and(|limit| group.selection_rate < limit));
    let below: Vec<&str> = below.map(|group| group.name.as_str()).collect();
    let finding = if below.is_empty() {
        "By the point estimate, no judged group is answered positively less often than its gate allows (shaded)."
            .to_owned()
    } else {
        format!(
            "By the point estimate, these groups are answered positively less often than their gate allows (shaded): {}.",
            below.join(", ")
        )
    };
    let squares = " Hollow squares show the share of label 1 in the data.";
    Some(Plot::new("Answered positively, by group", finding + squares, canvas))
}

fn group_lane(groups: &[GroupFigures], at: usize, limit: Option<f64>) -> Lane {
    let group = &groups[at];
    let begins = at == 0 || groups[at - 1].attribute != group.attribute;
    let note = match group.members.as_slice() {
        [] if group.judged => String::new(),
        [] => ", not judged".to_owned(),
        _ => format!(": {}", group.members_in_words()),
    };
    Lane {
        heading: begins.then(|| group.attribute.clone()),
        label: group.name.clone(),
        aside: format!("(n {}{note})", count(group.rows)),
        number: share(group.selection_rate),
        value: group.selection_rate,
        interval: Some(group.interval),
        other: Some(group.base_rate),
        mark: Some(if group.judged { MarkShape::Circle } else { MarkShape::Triangle }),
        class: if group.judged { "series-a" } else { "muted" },
        limit: limit.map(Limit::AtLeast),
    }
}

/// The lowest rate that the gate on disparate impact allows for a group, by the point estimate: the bar times the
/// highest rate of a judged group. There is none if the policy has no such gate.
fn lowest_allowed_rate(groups: &[GroupFigures], group: &GroupFigures, gates: &[GateResult]) -> Option<f64> {
    let gate = format!("fairness.disparate_impact.{}", group.attribute);
    let row = gates.iter().find(|row| row.gate.as_str() == gate)?;
    let Threshold::Min(share) = row.bar.threshold else { return None };
    let judged = groups.iter().filter(|other| other.judged && other.attribute == group.attribute);
    let rates = judged.map(|other| other.selection_rate).filter(|rate| is_drawable(*rate));
    rates.reduce(f64::max).map(|highest| share * highest)
}

/// The distribution of each group's scores. Each plot has its own axis of rows.
pub(crate) fn scores(figures: &Figures, threshold: f64) -> Vec<Plot> {
    let group = |group: &GroupFigures| {
        let title = format!("{}: {}", group.attribute, group.name);
        histogram(&title, &group.scores, "series-a", threshold)
    };
    figures.groups.iter().filter_map(group).collect()
}
