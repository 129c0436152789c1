//! Bars that are looser than in the previous release. Each needs a written reason, as does a gate that is gone.
//!
//! The bars of the previous release are those in its [decision](crate::decision::Decision), kept in the
//! [`released`](crate::package::previous) folder. Without a previous release no bar can be looser.

use crate::decision::record::Decision;
use crate::judge::{Bar, DecideOn, Threshold};
use crate::policy::{GateId, Policy};

/// A bar that is looser than in the previous release, or is said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weakening {
    /// Looser, and the policy gives the reason.
    Explained(String),
    /// Looser without a reason, or a reason although nothing is looser. The text says what to change.
    Wrong(String),
}

/// True if a measurement could meet `now` and miss `then`: the threshold is lower or changed sides, or the point
/// decides in place of the interval.
///
/// ```
/// use andon_evidence::judge::Bar;
/// use andon_evidence::decision::weakening::is_looser;
/// let bar = |min| Bar::at_least(min, "test");
/// assert!(is_looser(&bar(0.79), &bar(0.80)));
/// assert!(!is_looser(&bar(0.80), &bar(0.80)) && !is_looser(&bar(0.81), &bar(0.80)));
/// assert!(is_looser(&Bar::at_most(0.80, "test"), &bar(0.80)));
/// ```
#[must_use]
pub fn is_looser(now: &Bar, then: &Bar) -> bool {
    let threshold = match (now.threshold, then.threshold) {
        (Threshold::Min(now), Threshold::Min(then)) => now < then,
        (Threshold::Max(now), Threshold::Max(then)) => now > then,
        _ => true,
    };
    threshold || (now.decide_on, then.decide_on) == (DecideOn::Point, DecideOn::Interval)
}

/// Compares the bar of a required gate with the previous release.
#[must_use]
pub fn compare_bar(policy: &Policy, gate: &GateId, bar: &Bar, released: Option<&Decision>) -> Option<Weakening> {
    let looser = released.and_then(|released| looser_than(policy, gate, bar, released));
    match (looser, &bar.weakened_because) {
        (Some(then), Some(why)) => Some(Weakening::Explained(format!("weakened; {then}: {why}"))),
        (Some(then), None) => Some(Weakening::Wrong(format!("{then}: give the reason as `weakened_because`"))),
        (None, Some(_)) => {
            let nothing = "`weakened_because` matches nothing: the bar is no looser than in the previous release";
            Some(Weakening::Wrong(nothing.to_owned()))
        }
        (None, None) => None,
    }
}

/// The earlier bar, if it was stricter.
fn looser_than(policy: &Policy, gate: &GateId, bar: &Bar, released: &Decision) -> Option<String> {
    let then = &released.rows.iter().find(|row| row.gate == *gate)?.bar;
    let family = gate.family();
    if is_looser(bar, then) {
        Some(format!("the previous release had {then}"))
    } else if released.families.contains_key(family) && !policy.families.contains_key(family) {
        Some(format!("the previous release controlled the error of the family {family}"))
    } else {
        None
    }
}

/// The gates of the previous release that the policy neither requires nor lists as removed, with their bars.
#[must_use]
pub fn removed<'a>(policy: &Policy, released: Option<&'a Decision>) -> Vec<(&'a GateId, &'a Bar)> {
    let rows = released.map(|released| released.rows.as_slice()).unwrap_or_default();
    let gone =
        rows.iter().filter(|row| !policy.gates.contains_key(&row.gate) && !policy.removed.contains_key(&row.gate));
    gone.map(|row| (&row.gate, &row.bar)).collect()
}
