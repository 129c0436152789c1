//! A score: the calibrated probability of a positive outcome, in whole ten-thousandths.
//!
//! Rounding the model's own output makes everything after it exact: counts per score are small whole numbers, what
//! is served equals what was judged, and a printed probability is the whole truth. Neither 0 nor 1 is ever claimed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 0.0001 to 0.9999 in steps of 0.0001.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Score(u16);

impl Score {
    /// The number of places in a table of scores, counted from 0.
    pub(crate) const STEPS: usize = 10_000;

    /// Rounds a probability to the nearest score; NaN gives `None`.
    ///
    /// ```
    /// use andon::model::score::Score;
    /// assert_eq!(Score::nearest(1.0).map(Score::share), Some(0.9999));
    /// assert_eq!(Score::nearest(f64::NAN), None);
    /// ```
    #[must_use]
    pub fn nearest(probability: f64) -> Option<Self> {
        let steps = (probability * Self::STEPS as f64).round().clamp(1.0, (Self::STEPS - 1) as f64);
        // The clamp keeps NaN, and bounds everything else.
        (!steps.is_nan()).then_some(Self(steps as u16))
    }

    /// One half.
    #[must_use]
    pub fn middle() -> Self {
        Self(Self::STEPS as u16 / 2)
    }

    /// The lowest score.
    #[must_use]
    pub(crate) fn lowest() -> Self {
        Self(1)
    }

    /// The highest score.
    #[must_use]
    pub(crate) fn highest() -> Self {
        Self(Self::STEPS as u16 - 1)
    }

    /// The probability, 0 to 1.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.0) / Self::STEPS as f64
    }

    /// The score in ten-thousandths, a place in a table of [`Score::STEPS`].
    #[must_use]
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl TryFrom<u16> for Score {
    type Error = String;

    fn try_from(steps: u16) -> Result<Self, String> {
        if (1..Self::STEPS as u16).contains(&steps) {
            Ok(Self(steps))
        } else {
            Err(format!("{steps} is no score: allowed are 1 to {} ten-thousandths", Self::STEPS - 1))
        }
    }
}

impl From<Score> for u16 {
    fn from(score: Score) -> Self {
        score.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.share())
    }
}
