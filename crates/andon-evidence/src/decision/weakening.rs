//! Bars and settings that are weaker than before. Each needs a written reason, as does a gate that is gone.
//!
//! The bars of the previous release are those in its [decision](crate::decision::Decision), kept in the
//! [`released`](crate::package::previous) folder. Since then, and also before a first release, a bar is held against
//! the one that its gate was red under, which the [ledger](crate::ledger) knows.

use crate::decision::baseline::Baseline;
use crate::decision::looser::is_looser;
use crate::decision::record::Decision;
use crate::judge::{Bar, DecideOn};
use crate::policy::{GateId, Policy};

/// A bar that is looser than in the previous release, or is said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weakening {
    /// Looser, and the policy gives the reason.
    Explained(String),
    /// Looser without a reason, or a reason although nothing is looser. The text says what to change.
    Wrong(String),
}

/// Said of a reason that matches nothing. It may have been asked for where another ledger saw the gate red, and a
/// reason that waits for a weakening would excuse any.
const OTHER_LEDGER: &str = ", as far as the ledger here knows; if it was asked for on another machine, copy releases.jsonl from there, or take \
     the reason out";

/// Compares the bar of a required gate with the past.
#[must_use]
pub fn compare_bar(gate: &GateId, bar: &Bar, baseline: &Baseline) -> Option<Weakening> {
    let previous = baseline.previous.as_ref().and_then(|previous| released_bar(previous, gate));
    if let Some(then) = previous.filter(|then| same_reason_on_the_point(bar, then)) {
        return Some(Weakening::Wrong(format!(
            "the previous release had {then}, for the same `why`: give the reason why the point may decide"
        )));
    }
    let looser = looser_than(gate, bar, previous, baseline);
    match (looser, &bar.weakened_because) {
        (Some(then), Some(why)) => Some(Weakening::Explained(format!("weakened; {then}: {why}"))),
        (Some(then), None) => Some(Weakening::Wrong(format!("{then}: give the reason as `weakened_because`"))),
        (None, Some(_)) => {
            let nothing = format!("`weakened_because` matches nothing: the bar is no looser than before{OTHER_LEDGER}");
            Some(Weakening::Wrong(nothing))
        }
        (None, None) => None,
    }
}

fn released_bar<'a>(previous: &'a Decision, gate: &GateId) -> Option<&'a Bar> {
    previous.rows.iter().find(|row| row.gate == *gate).map(|row| &row.bar)
}

/// True if the point decides now, with the reason that was written when the interval did.
fn same_reason_on_the_point(now: &Bar, then: &Bar) -> bool {
    (now.decide_on, then.decide_on) == (DecideOn::Point, DecideOn::Interval) && now.why.trim() == then.why.trim()
}

/// The earlier bar, if it was stricter.
fn looser_than(gate: &GateId, bar: &Bar, previous: Option<&Bar>, baseline: &Baseline) -> Option<String> {
    if let Some(then) = previous.filter(|then| is_looser(bar, then)) {
        return Some(format!("the previous release had {then}"));
    }
    let seen = baseline.seen_red(gate, Some(bar))?;
    Some(format!("the gate was red with {}", seen.in_place_of(bar)))
}

/// The gates that the policy neither requires nor lists as removed, with their bars and the reason to ask for them.
#[must_use]
pub fn removed(policy: &Policy, baseline: &Baseline) -> Vec<(GateId, Bar, &'static str)> {
    let rows = baseline.previous.as_ref().map(|previous| previous.rows.as_slice()).unwrap_or_default();
    let gone =
        rows.iter().filter(|row| !policy.gates.contains_key(&row.gate) && !policy.removed.contains_key(&row.gate));
    let mut removed: Vec<_> =
        gone.map(|row| (row.gate.clone(), row.bar.clone(), "the previous release had this gate")).collect();
    for (gate, seen) in baseline.gone_since_red(policy) {
        if !removed.iter().any(|(known, ..)| *known == gate) {
            let mut bar = Bar::at_least(0.0, "");
            (bar.threshold, bar.decide_on) = (seen.threshold, seen.decide_on);
            removed.push((gate, bar, "this gate was red"));
        }
    }
    removed
}

/// The settings that are weaker than before: the objections to those without a reason, and the notes on the others. A
/// reason that matches nothing is an objection too.
#[must_use]
pub fn compare_settings(policy: &Policy, baseline: &Baseline) -> (Vec<String>, Vec<String>) {
    let changes = baseline.weaker_settings(policy);
    let mut objections = Vec::new();
    let mut notes = Vec::new();
    for change in &changes {
        match policy.weakened.get(&change.key) {
            Some(why) => notes.push(format!("weakened; {change}: {why}")),
            None if change.states_its_reason() => notes.push(format!("weakened; {change}")),
            None => objections.push(format!(
                "{change} can make a GO easier: give the reason under [weakened], \"{}\" = \"…\"",
                change.key
            )),
        }
    }
    let unmatched = policy.weakened.keys().filter(|key| !changes.iter().any(|change| change.key == **key));
    objections.extend(
        unmatched.map(|key| format!("[weakened] \"{key}\" matches nothing: the setting is as before{OTHER_LEDGER}")),
    );
    (objections, notes)
}
