//! A measurement held against a bar. Pure arithmetic: no file, no clock, no randomness.

pub mod normal;

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a measured number counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A part of a whole, 0 to 1.
    Share,
    /// One number over another, such as the lowest over the highest selection rate.
    Ratio,
    /// A dimensionless statistic, such as an area under a curve or a skill score.
    Score,
    /// A difference of two probabilities, 0 to 1.
    Probability,
    /// How many.
    Count,
    /// Milliseconds.
    Ms,
}

/// A share of the whole measurement that belongs to one group, slice or step; what stands behind the number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which group or slice.
    pub name: String,
    /// Its own value, in the unit named by the measurement's question (a rate for a ratio of rates).
    pub value: f64,
    /// How many rows it rests on.
    pub n: u64,
}

/// A number with its unit, its interval and how many rows it rests on. Always finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    value: f64,
    low: f64,
    high: f64,
    unit: Unit,
    n: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Part>,
}

/// Why there is no number to judge: too few rows, one group only, a value that is not finite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotMeasured(pub String);

impl Measurement {
    /// A number known exactly, such as a count over all rows: its interval is the number itself.
    ///
    /// # Errors
    /// [`NotMeasured`] when `value` is not finite or nothing was measured (`n` is 0).
    pub fn exact(value: f64, unit: Unit, n: u64) -> Result<Self, NotMeasured> {
        Self::with_interval(value, (value, value), unit, n)
    }

    /// An estimate from `n` rows with its interval, lower end first.
    ///
    /// # Errors
    /// [`NotMeasured`] when a number is not finite, the ends are swapped, or `n` is 0.
    ///
    /// ```
    /// use andon_evidence::judge::{Measurement, Unit};
    /// assert!(Measurement::with_interval(0.5, (0.4, f64::NAN), Unit::Share, 10).is_err());
    /// assert!(Measurement::with_interval(0.5, (0.4, 0.6), Unit::Share, 0).is_err());
    /// ```
    pub fn with_interval(value: f64, (low, high): (f64, f64), unit: Unit, n: u64) -> Result<Self, NotMeasured> {
        let measurement = Self { value, low, high, unit, n, parts: Vec::new() };
        measurement.defect().map_or(Ok(measurement), |why| Err(NotMeasured(why)))
    }

    /// The same measurement with the groups or slices behind it.
    #[must_use]
    pub fn with_parts(mut self, parts: Vec<Part>) -> Self {
        self.parts = parts;
        self
    }

    /// The point estimate.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The interval, lower end first.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Whether the number is exact, so that it has no interval to speak of.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.low.to_bits() == self.high.to_bits()
    }

    /// What the number counts in.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// How many rows it rests on.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The groups or slices behind it.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What makes this unfit to judge by. Also asked of measurements read from a file.
    fn defect(&self) -> Option<String> {
        let numbers = [self.value, self.low, self.high];
        if self.n == 0 {
            Some("nothing was measured: no rows".to_owned())
        } else if numbers.iter().chain(self.parts.iter().map(|part| &part.value)).any(|number| !number.is_finite()) {
            Some(format!("not a finite number: {} ({} to {})", self.value, self.low, self.high))
        } else if self.low > self.high {
            Some(format!("interval ends are swapped: {} to {}", self.low, self.high))
        } else {
            None
        }
    }

    fn number(&self, number: f64) -> String {
        match self.unit {
            Unit::Count => format!("{number}"),
            Unit::Ms => format!("{number:.3} ms"),
            // A distance that should vanish is told apart from one that is merely small.
            Unit::Probability if number.abs() < 5e-5 && number > 0.0 => format!("{number:.1e}"),
            Unit::Share | Unit::Ratio | Unit::Score | Unit::Probability => format!("{number:.4}"),
        }
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.number(self.value))?;
        if !self.is_exact() {
            write!(f, " ({} to {})", self.number(self.low), self.number(self.high))?;
        }
        Ok(())
    }
}

/// Which side of a threshold is good.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// The measurement must be at least this.
    Min(f64),
    /// The measurement must be at most this.
    Max(f64),
}

/// What decides: the unfavourable end of the interval, or the point where the policy says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecideOn {
    /// The unfavourable end of the interval.
    #[default]
    Interval,
    /// The point estimate.
    Point,
}

/// A threshold with its reason: one `[gate]` table of the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// The threshold and its direction.
    pub threshold: Threshold,
    /// What is held against it.
    pub decide_on: DecideOn,
    /// Why the bar is where it is.
    pub why: String,
    /// Why the bar is looser than in the last release, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weakened_because: Option<String>,
}

impl Bar {
    fn new(threshold: Threshold, why: &str) -> Self {
        Self { threshold, decide_on: DecideOn::Interval, why: why.to_owned(), weakened_because: None }
    }

    /// A bar that the unfavourable (lower) end of the interval must reach.
    #[must_use]
    pub fn at_least(min: f64, why: &str) -> Self {
        Self::new(Threshold::Min(min), why)
    }

    /// A bar that the unfavourable (upper) end of the interval must not pass.
    #[must_use]
    pub fn at_most(max: f64, why: &str) -> Self {
        Self::new(Threshold::Max(max), why)
    }

    /// Holds a measurement against the bar.
    ///
    /// * `Go`: the unfavourable end of the interval meets the bar (or the point, where the policy decides on it).
    /// * `NoGo`: the point itself misses the bar.
    /// * `Undecided`: the point meets the bar and the unfavourable end does not, or there is nothing to judge by.
    ///
    /// ```
    /// use andon_evidence::judge::{Bar, Measurement, Unit, Verdict};
    /// let bar = Bar::at_least(0.8, "four-fifths rule");
    /// let judged = |low, value| bar.judge(&Measurement::with_interval(value, (low, 1.0), Unit::Ratio, 99).unwrap());
    /// assert_eq!(judged(0.80, 0.9), Verdict::Go);
    /// assert_eq!(judged(0.79, 0.9), Verdict::Undecided);
    /// assert_eq!(judged(0.70, 0.79), Verdict::NoGo);
    /// ```
    #[must_use]
    pub fn judge(&self, measurement: &Measurement) -> Verdict {
        if measurement.defect().is_some() {
            return Verdict::Undecided;
        }
        let unfavourable = match (self.decide_on, self.threshold) {
            (DecideOn::Point, _) => measurement.value,
            (DecideOn::Interval, Threshold::Min(_)) => measurement.low,
            (DecideOn::Interval, Threshold::Max(_)) => measurement.high,
        };
        if !self.met_by(measurement.value) {
            Verdict::NoGo
        } else if self.met_by(unfavourable) {
            Verdict::Go
        } else {
            Verdict::Undecided
        }
    }

    fn met_by(&self, number: f64) -> bool {
        match self.threshold {
            Threshold::Min(min) => number >= min,
            Threshold::Max(max) => number <= max,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.threshold {
            Threshold::Min(min) => write!(f, "at least {min}")?,
            Threshold::Max(max) => write!(f, "at most {max}")?,
        }
        match self.decide_on {
            DecideOn::Interval => Ok(()),
            DecideOn::Point => f.write_str(" (on the point)"),
        }
    }
}

/// The answer of one gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The bar is met.
    Go,
    /// The bar is missed.
    NoGo,
    /// Too little to judge by; never reads as Go.
    Undecided,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_number() -> impl Strategy<Value = f64> {
        prop_oneof![4 => -2.0..2.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY)]
    }

    proptest! {
        #[test]
        fn go_needs_finite_numbers_rows_and_a_cleared_bar(
            value in any_number(), low in any_number(), high in any_number(), bar in -1.0..1.0, n in 0_u64..3
        ) {
            // As read from a file: the constructor's checks are bypassed.
            let measurement = Measurement { value, low, high, unit: Unit::Score, n, parts: Vec::new() };
            let sound = n > 0 && [value, low, high].iter().all(|x| x.is_finite()) && low <= high;
            let least = Bar::at_least(bar, "test").judge(&measurement);
            let most = Bar::at_most(bar, "test").judge(&measurement);
            prop_assert_eq!(least == Verdict::Go, sound && value >= bar && low >= bar);
            prop_assert_eq!(most == Verdict::Go, sound && value <= bar && high <= bar);
        }
    }

    fn rank(verdict: Verdict) -> u8 {
        match verdict {
            Verdict::NoGo => 0,
            Verdict::Undecided => 1,
            Verdict::Go => 2,
        }
    }

    proptest! {
        #[test]
        fn a_better_measurement_never_reads_worse(
            value in -1.0..1.0, below in 0.0..0.5, above in 0.0..0.5, gains in (0.0..0.5_f64, 0.0..0.5_f64), bar in -1.5..1.5
        ) {
            let judged = |value: f64, (low, high): (f64, f64)| {
                let up = Measurement::with_interval(value, (low, high), Unit::Score, 9).unwrap();
                let down = Measurement::with_interval(-value, (-high, -low), Unit::Score, 9).unwrap();
                [Bar::at_least(bar, "test").judge(&up), Bar::at_most(-bar, "test").judge(&down)].map(rank)
            };
            let before = judged(value, (value - below, value + above));
            prop_assert_eq!(before[0], before[1], "one direction is the other's mirror image");
            let low = f64::min(value - below + gains.1, value + above);
            let after = judged(value + gains.0, (low, value + above));
            prop_assert!(after[0] >= before[0] && after[1] >= before[1]);
        }
    }

    #[test]
    fn a_part_that_is_nan_is_undecided() {
        let part = Part { name: "one".to_owned(), value: f64::NAN, n: 3 };
        let measurement = Measurement::exact(1.0, Unit::Ratio, 3).unwrap().with_parts(vec![part]);
        assert_eq!(Bar::at_least(0.5, "test").judge(&measurement), Verdict::Undecided);
    }

    #[test]
    fn deciding_on_the_point_ignores_the_interval() {
        let measurement = Measurement::with_interval(0.8, (0.1, 0.9), Unit::Ratio, 3).unwrap();
        let mut bar = Bar::at_least(0.8, "test");
        assert_eq!(bar.judge(&measurement), Verdict::Undecided);
        bar.decide_on = DecideOn::Point;
        assert_eq!(bar.judge(&measurement), Verdict::Go);
    }
}
