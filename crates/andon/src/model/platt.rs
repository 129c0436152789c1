//! Platt scaling: raw scores to probabilities by a logistic curve, which keeps their order.
//!
//! Platt 1999, fitted by Newton's method with backtracking as in Lin, Lin and Weng 2007, "A note on Platt's
//! probabilistic outputs", on the log-odds of the raw score and with their smoothed targets.

use serde::{Deserialize, Serialize};

use crate::statistics::logistic::{Curve, Point, fit_damped, logistic};

/// Raw scores nearer to 0 or 1 than this are taken as this near.
pub(crate) const MARGIN: f64 = 1e-6;

/// The curve `1 / (1 + exp(-(slope * logit(raw) + intercept)))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub(crate) struct Platt {
    slope: f64,
    intercept: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    slope: f64,
    intercept: f64,
}

impl TryFrom<Raw> for Platt {
    type Error = CalibrationError;

    fn try_from(raw: Raw) -> Result<Self, CalibrationError> {
        if raw.slope > 0.0 && raw.slope.is_finite() && raw.intercept.is_finite() {
            Ok(Self { slope: raw.slope, intercept: raw.intercept })
        } else {
            Err(CalibrationError(
                "the slope is not a positive number: the scores do not rise with the label; if `[better]` is against the \
                 data, or label 1 is the worse outcome, no model can keep both"
                    .to_owned(),
            ))
        }
    }
}

/// The curve cannot be fitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to calibrate the scores: {0}")]
pub(crate) struct CalibrationError(String);

fn logit(raw: f64) -> f64 {
    let inside = raw.clamp(MARGIN, 1.0 - MARGIN);
    libm::log(inside / (1.0 - inside))
}

/// Steps of the log-odds to a unit. A score moves by at most half a step, which is two thousandths of its odds.
const STEPS_PER_UNIT: f64 = 250.0;

/// Raw scores and their labels as counts by steps of the log-odds: how a calibrator is fitted to millions of rows. The
/// counts add up in any order.
#[derive(Debug, Clone)]
pub(crate) struct GroupedScores {
    /// For each step the rows of label 0 and of label 1.
    counts: Vec<[u32; 2]>,
}

impl GroupedScores {
    /// No rows.
    pub(crate) fn empty() -> Self {
        Self { counts: vec![[0; 2]; Self::step(1.0) + 1] }
    }

    /// Counts one row.
    pub(crate) fn add(&mut self, raw: f64, label: bool) {
        self.counts[Self::step(raw)][usize::from(label)] += 1;
    }

    /// Takes in other counts.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (counts, more) in self.counts.iter_mut().zip(&other.counts) {
            *counts = [counts[0] + more[0], counts[1] + more[1]];
        }
    }

    /// NaN is in the first step.
    fn step(raw: f64) -> usize {
        ((logit(raw) - logit(0.0)) * STEPS_PER_UNIT).round() as usize
    }

    fn rows(&self) -> [usize; 2] {
        [0, 1].map(|label| self.counts.iter().map(|counts| counts[label] as usize).sum())
    }

    fn points(&self) -> impl Iterator<Item = (f64, bool, f64)> {
        let of_step = |(step, counts): (usize, &[u32; 2])| {
            let x = logit(0.0) + step as f64 / STEPS_PER_UNIT;
            [false, true].map(|label| (x, label, f64::from(counts[usize::from(label)])))
        };
        self.counts.iter().enumerate().flat_map(of_step).filter(|(.., rows)| *rows > 0.0)
    }
}

impl Platt {
    /// The rise of the log-odds for each unit of the raw score's log-odds.
    pub(crate) fn slope(&self) -> f64 {
        self.slope
    }

    /// The log-odds where those of the raw score are 0.
    pub(crate) fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Fits the curve to raw scores (0 to 1) that the model gave to rows it had not seen, and their labels.
    ///
    /// # Errors
    /// [`CalibrationError`] when one label is absent, or higher scores do not go with positive labels.
    pub(crate) fn fit(raw: &[f64], labels: &[bool]) -> Result<Self, CalibrationError> {
        let positives = labels.iter().filter(|label| **label).count();
        let point = |(raw, label): (&f64, &bool)| (logit(*raw), *label, 1.0);
        Self::fit_points(raw.iter().zip(labels).map(point), [labels.len() - positives, positives])
    }

    /// Fits the curve to grouped scores.
    ///
    /// # Errors
    /// [`CalibrationError`] as for [`Platt::fit`].
    pub(crate) fn fit_grouped(grouped: &GroupedScores) -> Result<Self, CalibrationError> {
        Self::fit_points(grouped.points(), grouped.rows())
    }

    /// Fits the curve to log-odds of raw scores, each with its label and its number of rows.
    fn fit_points(points: impl Iterator<Item = (f64, bool, f64)>, rows: [usize; 2]) -> Result<Self, CalibrationError> {
        let [negatives, positives] = rows.map(|rows| rows as f64);
        if positives < 1.0 || negatives < 1.0 {
            return Err(CalibrationError("all labels are the same".to_owned()));
        }
        // Lin, Lin and Weng, section 2: targets that keep the curve finite even when the scores separate the labels.
        let high = (positives + 1.0) / (positives + 2.0);
        let low = 1.0 / (negatives + 2.0);
        let point = |(x, label, weight)| Point { x, target: if label { high } else { low }, weight };
        let points: Vec<Point> = points.map(point).collect();
        let Curve { slope, intercept } = fit_damped(&points, libm::log((positives + 1.0) / (negatives + 1.0)));
        Self::try_from(Raw { slope, intercept })
    }

    /// The calibrated probability of a raw score.
    #[must_use]
    pub(crate) fn apply(&self, raw: f64) -> f64 {
        self.apply_to_margin(logit(raw))
    }

    /// The calibrated probability of a raw score in log-odds.
    #[must_use]
    pub(crate) fn apply_to_margin(&self, margin: f64) -> f64 {
        logistic(self.slope * margin + self.intercept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_raw_scores_are_mapped_to_their_smoothed_shares() {
        // 10 rows at 0.3 with 2 positives, 10 rows at 0.6 with 7: the two-parameter curve meets both targets exactly.
        let raw: Vec<f64> = [0.3; 10].into_iter().chain([0.6; 10]).collect();
        let labels: Vec<bool> = (0..10).map(|i| i < 2).chain((0..10).map(|i| i < 7)).collect();
        let curve = Platt::fit(&raw, &labels).unwrap();
        // 9 positives, 11 negatives
        let high = 10.0 / 11.0;
        let low = 1.0 / 13.0;
        let target = |positives: f64| (positives * high + (10.0 - positives) * low) / 10.0;
        assert!((curve.apply(0.3) - target(2.0)).abs() < 1e-9);
        assert!((curve.apply(0.6) - target(7.0)).abs() < 1e-9);
        assert!(curve.apply(0.0) > 0.0 && curve.apply(1.0) < 1.0);
    }

    #[test]
    fn a_curve_through_grouped_scores_is_the_curve_through_all_of_them() {
        let raw: Vec<f64> = (0..20_000).map(|row| f64::from(row * 7_919 % 20_000) / 20_000.0).collect();
        let labels: Vec<bool> = (0..20_000_u32).map(|row| row.wrapping_mul(2_654_435_761) % 100 < row % 100).collect();
        let [mut first, mut second] = [GroupedScores::empty(), GroupedScores::empty()];
        raw.iter().zip(&labels).take(9_000).for_each(|(raw, label)| first.add(*raw, *label));
        raw.iter().zip(&labels).skip(9_000).for_each(|(raw, label)| second.add(*raw, *label));
        first.merge(&second);
        let grouped = Platt::fit_grouped(&first).unwrap();
        let all = Platt::fit(&raw, &labels).unwrap();
        for raw in [0.01, 0.2, 0.5, 0.9, 0.999] {
            assert!((grouped.apply(raw) - all.apply(raw)).abs() < 2e-5, "{raw}: {grouped:?} and {all:?}");
        }
        assert!(Platt::fit_grouped(&GroupedScores::empty()).is_err());
    }

    #[test]
    fn one_label_or_scores_that_fall_with_it_are_refused() {
        assert!(Platt::fit(&[0.1, 0.9], &[true, true]).is_err());
        assert!(Platt::fit(&[], &[]).is_err());
        assert!(Platt::fit(&[0.9, 0.8, 0.2, 0.1], &[false, false, true, true]).is_err());
    }
}
