//! The order of two bars.

use crate::judge::{Bar, DecideOn, Threshold};

/// True if a measurement could meet `now` and miss `then`: the threshold is lower or changed sides, the point
/// decides in place of the interval, or the gate does not block any more.
///
/// ```
/// use andon_evidence::judge::Bar;
/// use andon_evidence::decision::is_looser;
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
    let stops_blocking = then.blocks() && !now.blocks();
    threshold || stops_blocking || (now.decide_on, then.decide_on) == (DecideOn::Point, DecideOn::Interval)
}
