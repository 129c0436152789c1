//! Bars that are looser than in the last release. Each needs a written reason, as does a gate that is gone.
//!
//! The bars of the last release are those in its [decision](crate::decision::Decision), kept in the
//! [`released`](crate::package::previous) folder. Without one there is nothing to be looser than.

use crate::decision::record::Decision;
use crate::judge::{Bar, DecideOn, Threshold};
use crate::policy::{GateId, Policy};

/// How a gate's bar stands to its bar in the last release, where there is something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weakening {
    /// Looser, and the policy says why.
    Explained(String),
    /// Looser without a reason, or a reason where nothing is looser; the text says what to mend.
    Wrong(String),
}

/// Whether a measurement could meet `now` and miss `then`: the threshold moved towards it, or changed sides, or it is
/// now held against the point and no longer the interval.
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

/// Holds the bar of a required gate against the last release.
#[must_use]
pub fn compare_bar(policy: &Policy, gate: &GateId, bar: &Bar, released: Option<&Decision>) -> Option<Weakening> {
    let looser = released.and_then(|released| looser_than(policy, gate, bar, released));
    match (looser, &bar.weakened_because) {
        (Some(then), Some(why)) => Some(Weakening::Explained(format!("weakened, {then}: {why}"))),
        (Some(then), None) => Some(Weakening::Wrong(format!("{then}: say why with `weakened_because`"))),
        (None, Some(_)) => {
            let nothing = "`weakened_because` matches nothing: the bar is no looser than in the last release";
            Some(Weakening::Wrong(nothing.to_owned()))
        }
        (None, None) => None,
    }
}

/// What the bar was, where it was stricter.
fn looser_than(policy: &Policy, gate: &GateId, bar: &Bar, released: &Decision) -> Option<String> {
    let then = &released.rows.iter().find(|row| row.gate == *gate)?.bar;
    let family = gate.family();
    if is_looser(bar, then) {
        Some(format!("the last release had {then}"))
    } else if released.families.contains_key(family) && !policy.families.contains_key(family) {
        Some(format!("the last release controlled the error of the family {family}"))
    } else {
        None
    }
}

/// The gates of the last release that the policy neither requires nor lists as removed, with their bars.
#[must_use]
pub fn removed<'a>(policy: &Policy, released: Option<&'a Decision>) -> Vec<(&'a GateId, &'a Bar)> {
    let rows = released.map(|released| released.rows.as_slice()).unwrap_or_default();
    let gone =
        rows.iter().filter(|row| !policy.gates.contains_key(&row.gate) && !policy.removed.contains_key(&row.gate));
    gone.map(|row| (&row.gate, &row.bar)).collect()
}
