//! The groups of protected attributes: how often each is answered positively, and how its scores lie.

use andon_evidence::figures::{Figures, Group};
use andon_evidence::judge::Threshold;
use andon_evidence::policy::Policy;

use crate::report::plot::canvas::Mark;
use crate::report::plot::frame::Figure;
use crate::report::plot::lanes::{Lane, Limit, lanes};
use crate::report::plot::numbers::{count, share};
use crate::report::plot::scale::is_drawable;
use crate::report::sections::scores::histogram;

/// Selection rates with their intervals, against the policy's own bar of the highest.
pub(crate) fn selection(figures: &Figures, policy: &Policy) -> Option<Figure> {
    let groups = &figures.groups;
    if groups.is_empty() {
        return None;
    }
    let limit = |group: &Group| limit(groups, group, policy);
    let drawn: Vec<Lane> = groups.iter().enumerate().map(|(at, group)| lane(groups, at, limit(group))).collect();
    let title = format!("answered {} (share)", policy.answer.positive);
    let canvas = lanes(&drawn, &title, &[1.0]);
    let below =
        groups.iter().filter(|group| group.judged && limit(group).is_some_and(|limit| group.selection_rate < limit));
    let below: Vec<&str> = below.map(|group| group.name.as_str()).collect();
    let finding = if below.is_empty() {
        "By the point, no judged group is answered positively less often, against another of its attribute, than its gate allows (shaded)."
            .to_owned()
    } else {
        format!(
            "By the point, answered positively less often, against another group, than their gate allows (shaded): {}.",
            below.join(", ")
        )
    };
    let squares = " Hollow squares: the share whose label is 1, in the data themselves.";
    Some(Figure::new("Answered positively, by group", finding + squares, canvas))
}

fn lane(groups: &[Group], at: usize, limit: Option<f64>) -> Lane {
    let group = &groups[at];
    let begins = at == 0 || groups[at - 1].attribute != group.attribute;
    let note = if group.judged { "" } else { ", not judged" };
    Lane {
        heading: begins.then(|| group.attribute.clone()),
        label: group.name.clone(),
        aside: format!("(n {}{note})", count(group.rows)),
        told: share(group.selection_rate),
        value: group.selection_rate,
        interval: Some(group.interval),
        other: Some(group.base_rate),
        mark: Some(if group.judged { Mark::Circle } else { Mark::Triangle }),
        class: if group.judged { "series-a" } else { "muted" },
        limit: limit.map(Limit::AtLeast),
    }
}

/// The lowest rate that the disparate impact's bar of the group's attribute allows by the point: its share of the highest
/// rate of a judged group. None where the policy asks no such gate.
fn limit(groups: &[Group], group: &Group, policy: &Policy) -> Option<f64> {
    let gate = format!("fairness.disparate_impact.{}", group.attribute);
    let (_, bar) = policy.gates.iter().find(|(id, _)| id.as_str() == gate)?;
    let Threshold::Min(share) = bar.threshold else { return None };
    let judged = groups.iter().filter(|other| other.judged && other.attribute == group.attribute);
    let rates = judged.map(|other| other.selection_rate).filter(|rate| is_drawable(*rate));
    rates.reduce(f64::max).map(|highest| share * highest)
}

/// The scores of every group, each over its own axis of rows.
pub(crate) fn scores(figures: &Figures, threshold: f64) -> Vec<Figure> {
    let group = |group: &Group| {
        let title = format!("{}: {}", group.attribute, group.name);
        histogram(&title, &group.scores, "series-a", threshold)
    };
    figures.groups.iter().filter_map(group).collect()
}
