//! The bars for each protected attribute, from the law where it has one, each with what its groups can decide.

use crate::project::bar::GateBar;
use crate::project::texts::thousands;
use crate::proposals::groups::{GroupRows, ProtectedGroups};
use crate::proposals::plan::Plan;
use crate::proposals::power::{half_width, ratio_needed, rows_for_ratio};

const FOUR_FIFTHS: &str = "the customary yardstick of four fifths, taken from guidance for hiring (29 CFR 1607.4(D), 1978): a rate below 80 % of the highest group's rate is looked into as adverse impact";

pub(super) fn fairness_bars(plan: &Plan) -> Vec<GateBar> {
    plan.protected().flat_map(|(column, groups, _)| of_attribute(plan, &column.name, groups)).collect()
}

fn of_attribute(plan: &Plan, name: &str, groups: &ProtectedGroups) -> [GateBar; 4] {
    let impact = GateBar::new(&format!("fairness.disparate_impact.{name}"), "min = 0.80 # ratio", FOUR_FIFTHS);
    let opportunity = GateBar::new(
        &format!("fairness.equal_opportunity_difference.{name}"),
        "max = 0.10 # probability",
        "among those with the better outcome, the groups must get the better answer equally often, to within ten percentage points",
    );
    let answered = GateBar::new(
        &format!("fairness.answered.{name}"),
        "min = 0.80 # ratio",
        "the yardstick of four fifths, applied to getting an answer: a person whose group is referred more often waits longer",
    );
    let proxy = GateBar::new(
        &format!("fairness.proxy.{name}"),
        "max = 0.75 # area under the ROC curve",
        "0.5 is no relation; at 0.75 the features tell three of four pairs apart, and leaving the attribute out hides little",
    );
    let extremes = extremes(groups);
    [
        GateBar { note: extremes.map(|(small, large)| ratio_note(plan, small, large)), ..impact },
        GateBar { note: extremes.map(|(small, large)| difference_note(plan, small, large)), ..opportunity },
        answered,
        proxy,
    ]
}

/// The smallest and the largest judged group.
fn extremes(groups: &ProtectedGroups) -> Option<(&GroupRows, &GroupRows)> {
    let smallest = groups.judged.iter().min_by_key(|group| group.rows)?;
    let largest = groups.judged.iter().max_by_key(|group| group.rows)?;
    Some((smallest, largest))
}

fn ratio_note(plan: &Plan, small: &GroupRows, large: &GroupRows) -> String {
    let needed = ratio_needed(0.8, plan.share(), small.rows.max(1), large.rows.max(1));
    let enough = rows_for_ratio(plan.share());
    let needs = if needed < 1.0 {
        format!("{needed:.2} must be measured to clear 0.80")
    } else {
        "no ratio clears 0.80".to_owned()
    };
    format!(
        "What these rows decide: with {} rows of `{}` and {} of `{}`, {needs}; with {} in each, 0.90 would do.",
        thousands(small.rows),
        small.name,
        thousands(large.rows),
        large.name,
        thousands(enough)
    )
}

fn difference_note(plan: &Plan, small: &GroupRows, large: &GroupRows) -> String {
    let positives = |group: &GroupRows| (plan.share() * group.rows as f64).round() as usize;
    let half = half_width(positives(small), positives(large));
    let needs = if half < 0.1 {
        format!("{:.2} is the most that may be measured", 0.1 - half)
    } else {
        "no difference clears 0.10".to_owned()
    };
    format!(
        "What these rows decide: about {} of `{}` have the better outcome, so the interval is {half:.2} to each side; {needs}.",
        thousands(positives(small)),
        small.name
    )
}
