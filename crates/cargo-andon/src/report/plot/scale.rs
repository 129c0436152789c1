//! Linear scales from values to pixels, with ticks at round numbers.

use crate::report::plot::numbers::with_thousands;

/// The largest number that is drawn. Larger numbers are left out, and so are infinity and NaN.
const MAX_DRAWABLE: f64 = 1e15;

/// True if a number can be drawn.
pub(crate) fn is_drawable(value: f64) -> bool {
    value.is_finite() && value.abs() <= MAX_DRAWABLE
}

/// A linear scale whose ends are round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// The lowest and the highest value, both whole steps.
    ends: (f64, f64),
    step: f64,
    pixels: (f64, f64),
}

/// A tick with its label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// The place in pixels.
    pub(crate) at: f64,
    /// The round number.
    pub(crate) label: String,
}

impl Scale {
    /// A scale that covers every drawable value, with about `steps` steps. Without such a value it is from 0 to 1.
    pub(crate) fn covering(values: impl IntoIterator<Item = f64>, steps: u32, pixels: (f64, f64)) -> Self {
        let drawable = values.into_iter().filter(|value| is_drawable(*value));
        let ends = drawable.fold(None, |ends: Option<(f64, f64)>, value| {
            Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        });
        let (low, high) = widened(ends.unwrap_or((0.0, 1.0)));
        let step = round_step((high - low) / f64::from(steps.max(1)));
        // A value that misses a step by the rounding of the division is on it.
        let ends = ((low / step + 1e-6).floor() * step, (high / step - 1e-6).ceil() * step);
        Self { ends, step, pixels }
    }

    /// The place of a drawable value. A value beyond an end is placed at the end.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let (low, high) = self.ends;
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }

    /// One tick for each step and both ends.
    pub(crate) fn ticks(&self) -> Vec<Tick> {
        let first = (self.ends.0 / self.step).round() as i64;
        let last = (self.ends.1 / self.step).round() as i64;
        let tick = |step: i64| {
            let value = step as f64 * self.step;
            Tick { at: self.at(value), label: self.label(value) }
        };
        (first..=last).map(tick).collect()
    }

    /// The label of a tick. It has as many decimals as the step. If those are many, it is a power of ten.
    fn label(&self, value: f64) -> String {
        if value.abs() < self.step / 2.0 {
            return "0".to_owned();
        }
        let decimals = (-self.step.log10() - 1e-9).ceil().max(0.0);
        let steps = self.ends.0.abs().max(self.ends.1.abs()) / self.step;
        // With fewer steps, four digits are enough to tell the labels apart.
        if steps < 1e3 && (decimals > 4.0 || self.step >= 1e6) {
            let text = format!("{value:.3e}");
            let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
            return format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.'));
        }
        with_thousands(&format!("{value:.*}", decimals as usize))
    }
}

/// Ends that differ by more than rounding. A single value gets as much room as it is large.
fn widened((low, high): (f64, f64)) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    if high - low > size * 1e-6 && high - low > 1e-18 {
        (low, high)
    } else if size <= 1e-12 {
        (0.0, 1.0)
    } else if low > 0.0 {
        (0.0, 2.0 * size)
    } else {
        (-2.0 * size, 0.0)
    }
}

/// The next step of 1, 2 or 5 times a power of ten.
fn round_step(least: f64) -> f64 {
    let unit = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * unit);
    // The last is always enough, except for rounding.
    steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * unit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(values: &[f64], steps: u32) -> Vec<String> {
        let scale = Scale::covering(values.iter().copied(), steps, (0.0, 100.0));
        scale.ticks().into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_the_values() {
        assert_eq!(labels(&[0.7, 0.813], 3), ["0.70", "0.75", "0.80", "0.85"]);
        assert_eq!(labels(&[0.0, 1.0], 5), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&[0.0, 1979.0], 4), ["0", "500", "1,000", "1,500", "2,000"]);
        assert_eq!(labels(&[0.0, 1e-9], 2), ["0", "5e-10", "1e-9"]);
        assert_eq!(labels(&[-0.25, 0.09], 3), ["-0.4", "-0.2", "0", "0.2"]);
        assert_eq!(labels(&[0.0, 2.5e7], 3), ["0", "1e7", "2e7", "3e7"]);
    }

    #[test]
    fn a_lone_value_and_none_at_all_have_a_scale() {
        assert_eq!(labels(&[], 2), ["0", "0.5", "1.0"]);
        assert_eq!(labels(&[f64::NAN, f64::INFINITY, 1e300], 2), ["0", "0.5", "1.0"]);
        assert_eq!(labels(&[0.0], 2), ["0", "0.5", "1.0"]);
        assert_eq!(labels(&[1.0], 2), ["0", "1", "2"]);
        assert_eq!(labels(&[-3.0], 2), ["-10", "-5", "0"]);
    }

    fn any_value() -> impl Strategy<Value = f64> {
        prop_oneof![-2.0..2.0, -1e15..1e15, -1e-12..1e-12, any::<f64>()]
    }

    proptest! {
        #[test]
        fn a_scale_holds_what_is_drawable_in_order_and_few_ticks(
            values in prop::collection::vec(any_value(), 0..6), steps in 1_u32..8
        ) {
            let scale = Scale::covering(values.iter().copied(), steps, (10.0, 90.0));
            for value in values.iter().filter(|value| is_drawable(**value)) {
                prop_assert!((10.0..=90.0).contains(&scale.at(*value)));
                let (low, high) = scale.ends;
                prop_assert!(*value >= low - scale.step * 1e-5 && *value <= high + scale.step * 1e-5, "{scale:?}");
            }
            let ticks = scale.ticks();
            prop_assert!((2..=steps as usize + 3).contains(&ticks.len()), "{ticks:?}");
            prop_assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].label != pair[1].label));
            prop_assert!((ticks[0].at - 10.0).abs() < 1e-6 && (ticks[ticks.len() - 1].at - 90.0).abs() < 1e-6);
        }

        #[test]
        fn steps_are_one_two_or_five(least in 1e-15_f64..1e15) {
            let step = round_step(least);
            prop_assert!(step >= least * 0.999 && step <= 2.6 * least);
            let lead = step / 10_f64.powf(step.log10().floor());
            prop_assert!([1.0, 2.0, 5.0, 10.0].iter().any(|round| (lead - round).abs() < 1e-6), "{lead}");
        }
    }
}
