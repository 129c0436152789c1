//! Platt scaling: raw scores to probabilities by a logistic curve, which keeps their order.
//!
//! Platt 1999, fitted by Newton's method with backtracking as in Lin, Lin and Weng 2007, "A note on Platt's
//! probabilistic outputs", on the log-odds of the raw score and with their smoothed targets.

use serde::{Deserialize, Serialize};

/// Raw scores nearer to 0 or 1 than this are taken as this near.
pub(crate) const MARGIN: f64 = 1e-6;

/// The curve `1 / (1 + exp(-(slope * logit(raw) + intercept)))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Platt {
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
    type Error = Unfit;

    fn try_from(raw: Raw) -> Result<Self, Unfit> {
        if raw.slope > 0.0 && raw.slope.is_finite() && raw.intercept.is_finite() {
            Ok(Self { slope: raw.slope, intercept: raw.intercept })
        } else {
            Err(Unfit("the slope is not a positive number: the scores do not rise with the label".to_owned()))
        }
    }
}

/// The curve cannot be fitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to calibrate the scores: {0}")]
pub struct Unfit(String);

fn logit(raw: f64) -> f64 {
    let inside = raw.clamp(MARGIN, 1.0 - MARGIN);
    libm::log(inside / (1.0 - inside))
}

fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

impl Platt {
    /// How fast the log-odds rise with those of the raw score.
    pub(crate) fn slope(&self) -> f64 {
        self.slope
    }

    /// The log-odds where those of the raw score are 0.
    pub(crate) fn intercept(&self) -> f64 {
        self.intercept
    }

    /// How much the probability rises for each unit of raw score between two raw scores: the slope of the chord, or of
    /// the curve where the two meet.
    #[must_use]
    pub fn slope_between(&self, from: f64, to: f64) -> f64 {
        /// Nearer than this the chord is all rounding.
        const NEAR: f64 = 1e-6;
        let (from, to) = if (to - from).abs() < NEAR { (to - NEAR, to + NEAR) } else { (from, to) };
        (self.apply(to) - self.apply(from)) / (to - from)
    }

    /// Fits the curve to raw scores (0 to 1) that the model gave to rows it had not seen, and their labels.
    ///
    /// # Errors
    /// [`Unfit`] when one label is absent, or higher scores do not go with positive labels.
    pub fn fit(raw: &[f64], labels: &[bool]) -> Result<Self, Unfit> {
        let positives = labels.iter().filter(|label| **label).count() as f64;
        let negatives = labels.len() as f64 - positives;
        if positives < 1.0 || negatives < 1.0 {
            return Err(Unfit("all labels are the same".to_owned()));
        }
        // Lin, Lin and Weng, section 2: targets that keep the curve finite even when the scores separate the labels.
        let high = (positives + 1.0) / (positives + 2.0);
        let low = 1.0 / (negatives + 2.0);
        let points: Vec<(f64, f64)> =
            raw.iter().zip(labels).map(|(raw, label)| (logit(*raw), if *label { high } else { low })).collect();
        let fitted = newton(&points, libm::log((positives + 1.0) / (negatives + 1.0)));
        Self::try_from(fitted)
    }

    /// The calibrated probability of a raw score.
    #[must_use]
    pub fn apply(&self, raw: f64) -> f64 {
        logistic(self.slope * logit(raw) + self.intercept)
    }
}

/// Cross-entropy of the targets under the curve, in a form that does not overflow.
fn loss(points: &[(f64, f64)], curve: &Raw) -> f64 {
    let one = |(x, target): &(f64, f64)| {
        let z = curve.slope * x + curve.intercept;
        let softplus = if z > 0.0 { z + libm::log1p(libm::exp(-z)) } else { libm::log1p(libm::exp(z)) };
        softplus - target * z
    };
    points.iter().map(one).sum()
}

fn newton(points: &[(f64, f64)], intercept: f64) -> Raw {
    const RIDGE: f64 = 1e-12;
    let mut curve = Raw { slope: 0.0, intercept };
    let mut current = loss(points, &curve);
    for _ in 0..100 {
        let mut g1 = 0.0;
        let mut g2 = 0.0;
        let mut h11 = RIDGE;
        let mut h12 = 0.0;
        let mut h22 = RIDGE;
        for (x, target) in points {
            let p = logistic(curve.slope * x + curve.intercept);
            let error = p - target;
            let weight = p * (1.0 - p);
            g1 += x * error;
            g2 += error;
            h11 += x * x * weight;
            h12 += x * weight;
            h22 += weight;
        }
        let determinant = h11 * h22 - h12 * h12;
        let d1 = -(h22 * g1 - h12 * g2) / determinant;
        let d2 = -(h11 * g2 - h12 * g1) / determinant;
        let mut step = 1.0;
        let better = loop {
            let next = Raw { slope: curve.slope + step * d1, intercept: curve.intercept + step * d2 };
            let reached = loss(points, &next);
            if reached < current {
                break Some((next, reached));
            }
            step /= 2.0;
            if step < 1e-10 {
                break None;
            }
        };
        match better {
            Some((next, reached)) => (curve, current) = (next, reached),
            None => break,
        }
    }
    curve
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
    fn one_label_or_scores_that_fall_with_it_are_refused() {
        assert!(Platt::fit(&[0.1, 0.9], &[true, true]).is_err());
        assert!(Platt::fit(&[], &[]).is_err());
        assert!(Platt::fit(&[0.9, 0.8, 0.2, 0.1], &[false, false, true, true]).is_err());
    }
}
