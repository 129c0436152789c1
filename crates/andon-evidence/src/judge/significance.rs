//! A p-value, and the number of rows that are lacking, from an interval by the normal approximation.
//!
//! A gate is decided on the unfavourable end of a two-sided 95 % interval, which is a one-sided test at [`LEVEL`]: the
//! hypothesis that the truth lies on the wrong side of the bar is rejected exactly where that end clears the bar. Read
//! backwards, the interval gives the standard error: the distance from the point to its unfavourable end is
//! [`critical`]`(LEVEL)` of them (Altman and Bland 2011, "How to obtain the P value from a confidence interval"). Only
//! the unfavourable side counts, because the other one is never held against a bar.

use crate::judge::bar::{Bar, DecideOn, Threshold};
use crate::judge::measurement::Measurement;
use crate::judge::normal::{critical, upper_tail};

/// The one-sided error that deciding on the end of a two-sided 95 % interval allows.
pub const LEVEL: f64 = 0.025;

/// The distance of the point from the bar on its good side; negative if the point misses the bar.
fn distance(bar: &Bar, measurement: &Measurement) -> f64 {
    match bar.threshold {
        Threshold::Min(min) => measurement.value() - min,
        Threshold::Max(max) => max - measurement.value(),
    }
}

/// The standard error behind the unfavourable side of the interval; `None` if there is no interval to decide on.
fn standard_error(bar: &Bar, measurement: &Measurement) -> Option<f64> {
    if bar.decide_on == DecideOn::Point || measurement.is_exact() {
        return None;
    }
    let (low, high) = measurement.interval();
    let unfavourable = match bar.threshold {
        Threshold::Min(_) => measurement.value() - low,
        Threshold::Max(_) => high - measurement.value(),
    };
    // A resampled interval of a biased statistic can lie wholly beside its point: then its whole width must serve.
    let half_width = if unfavourable > 0.0 { unfavourable } else { 0.5 * (high - low) };
    Some(half_width / critical(LEVEL))
}

/// The one-sided p-value of "the truth misses the bar": small where the measurement clears it by many standard errors.
///
/// `None` where the gate is not decided on an interval, because its number is exact or the policy decides on the point.
///
/// ```
/// use andon_evidence::judge::{Bar, Measurement, Unit};
/// use andon_evidence::judge::significance::p_value;
/// let on_the_bar = Measurement::with_interval(0.9, (0.8, 1.0), Unit::Ratio, 100).unwrap();
/// assert!((p_value(&Bar::at_least(0.8, "test"), &on_the_bar).unwrap() - 0.025).abs() < 1e-12);
/// assert_eq!(p_value(&Bar::at_least(0.9, "test"), &on_the_bar), Some(0.5));
/// ```
#[must_use]
pub fn p_value(bar: &Bar, measurement: &Measurement) -> Option<f64> {
    standard_error(bar, measurement).map(|error| upper_tail(distance(bar, measurement) / error))
}

/// About how many more rows would turn an undecided measurement into a Go at the one-sided `level`.
///
/// The half-width of an interval shrinks with the root of the rows: with half-width `h` over `n` rows and the point at
/// a distance `d` from the bar, `n (h / d)^2` rows bring the unfavourable end to the bar. This assumes further rows
/// like these, with the groups in the same proportions and the point where it is; a point that moves towards the bar
/// needs more. `None` where the point does not lie on the good side, where no number of such rows helps, or where the
/// rows there are suffice.
///
/// ```
/// use andon_evidence::judge::{Bar, Measurement, Unit};
/// use andon_evidence::judge::significance::{LEVEL, more_rows};
/// // Twice as wide as it may be: four times the rows, so three times as many again.
/// let wide = Measurement::with_interval(0.9, (0.7, 1.0), Unit::Ratio, 100).unwrap();
/// assert_eq!(more_rows(&Bar::at_least(0.8, "test"), &wide, LEVEL), Some(300));
/// assert_eq!(more_rows(&Bar::at_least(0.9, "test"), &wide, LEVEL), None);
/// ```
#[must_use]
pub fn more_rows(bar: &Bar, measurement: &Measurement, level: f64) -> Option<u64> {
    let distance = distance(bar, measurement);
    let half_width = critical(level) * standard_error(bar, measurement)?;
    let ratio = half_width / distance;
    // Rounded first, so that a whole number does not grow by one in the last bit.
    let needed = (measurement.n() as f64 * ratio * ratio * 1e6).round() / 1e6;
    let more = needed.ceil() as u64;
    (distance > 0.0 && more > measurement.n()).then(|| more - measurement.n())
}

/// The note on a measurement that this many more rows would decide.
#[must_use]
pub fn lacking_rows(more: u64) -> String {
    format!("about {more} more rows like these would decide it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::bar::Verdict;
    use crate::judge::measurement::Unit;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_decided_on_an_interval_has_no_p_value_and_lacks_no_rows() {
        let exact = Measurement::exact(0.9, Unit::Share, 10).unwrap();
        let mut bar = Bar::at_least(0.8, "test");
        assert_eq!((p_value(&bar, &exact), more_rows(&bar, &exact, LEVEL)), (None, None));
        bar.decide_on = DecideOn::Point;
        let wide = Measurement::with_interval(0.9, (0.1, 1.0), Unit::Share, 10).unwrap();
        assert_eq!((p_value(&bar, &wide), more_rows(&bar, &wide, LEVEL)), (None, None));
    }

    #[test]
    fn an_interval_beside_its_point_lends_its_width() {
        let beside = Measurement::with_interval(0.9, (0.92, 0.96), Unit::Share, 10).unwrap();
        let p = p_value(&Bar::at_least(0.88, "test"), &beside).unwrap();
        assert!((p - LEVEL).abs() < 1e-12, "{p}");
    }

    fn any_measurement() -> impl Strategy<Value = (f64, f64, f64, u64)> {
        (-1.0..1.0, 1e-3..0.5, 1e-3..0.5, 1_u64..100_000)
    }

    proptest! {
        #[test]
        fn a_small_p_value_and_a_go_are_the_same_thing((value, below, above, n) in any_measurement(), at in -1.5..1.5) {
            let measurement = Measurement::with_interval(value, (value - below, value + above), Unit::Score, n).unwrap();
            for bar in [Bar::at_least(at, "test"), Bar::at_most(at, "test")] {
                let p = p_value(&bar, &measurement).unwrap();
                prop_assume!((p - LEVEL).abs() > 1e-9);
                prop_assert_eq!(bar.judge(&measurement) == Verdict::Go, p < LEVEL);
            }
        }

        #[test]
        fn the_rows_asked_for_suffice_and_are_asked_for_where_undecided(
            (value, below, above, n) in any_measurement(), at in -1.5..1.5
        ) {
            let measured = |shrink: f64| {
                let interval = (value - below * shrink, value + above * shrink);
                Measurement::with_interval(value, interval, Unit::Score, n).unwrap()
            };
            let bar = Bar::at_least(at, "test");
            prop_assume!(value - at > 1e-3 || value < at);
            let more = more_rows(&bar, &measured(1.0), LEVEL);
            prop_assert_eq!(more.is_some(), bar.judge(&measured(1.0)) == Verdict::Undecided);
            if let Some(more) = more {
                let shrink = (n as f64 / (n + more) as f64).sqrt();
                prop_assert_eq!(bar.judge(&measured(shrink * (1.0 - 1e-6))), Verdict::Go);
            }
        }
    }
}
