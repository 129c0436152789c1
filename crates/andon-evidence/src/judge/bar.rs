//! A bar, and the verdict on a measurement that is held against it.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::judge::measurement::Measurement;

/// A threshold, and its good side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// The measurement must be at least this.
    Min(f64),
    /// The measurement must be at most this.
    Max(f64),
}

/// The number that must meet the bar.
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
    /// The number that must meet it.
    pub decide_on: DecideOn,
    /// The reason for the bar.
    pub why: String,
    /// The law, standard or paper that the bar rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The day on which somebody last looked whether the source still says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Date>,
    /// The reason why the gate does not block: red is then WARNED, and no NO-GO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warns_because: Option<String>,
    /// The reason why the bar is looser than in the previous release, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weakened_because: Option<String>,
}

impl Bar {
    fn new(threshold: Threshold, why: &str) -> Self {
        Self {
            threshold,
            decide_on: DecideOn::Interval,
            why: why.to_owned(),
            source: None,
            checked: None,
            warns_because: None,
            weakened_because: None,
        }
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

    /// True if a gate with this bar makes a decision NO-GO where it is red.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.warns_because.is_none()
    }

    /// Judges a measurement by the bar.
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
            DecideOn::Interval => {}
            DecideOn::Point => f.write_str(" (on the point)")?,
        }
        if self.blocks() { Ok(()) } else { f.write_str(" (does not block)") }
    }
}

/// The verdict of one gate.
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
