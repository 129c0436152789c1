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

/// Scores as one text, four decimal digits each: a file of millions of them is read and written in little memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ScoreText(pub(crate) Vec<Score>);

impl From<ScoreText> for String {
    fn from(scores: ScoreText) -> Self {
        let mut text = Self::with_capacity(4 * scores.0.len());
        for Score(steps) in scores.0 {
            text.extend([1_000, 100, 10, 1].map(|unit| char::from(b'0' + (steps / unit % 10) as u8)));
        }
        text
    }
}

impl TryFrom<String> for ScoreText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let score = |digits: &[u8]| {
            if digits.len() != 4 || !digits.iter().all(u8::is_ascii_digit) {
                return Err("a score is not four digits".to_owned());
            }
            Score::try_from(digits.iter().fold(0, |steps, digit| 10 * steps + u16::from(digit - b'0')))
        };
        text.as_bytes().chunks(4).map(score).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.share())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_as_text_read_back_and_nothing_else_is_read() {
        let scores = ScoreText([1, 42, 500, 9_999].map(|steps| Score::try_from(steps).unwrap()).to_vec());
        let text = serde_json::to_string(&scores).unwrap();
        assert_eq!(text, "\"0001004205009999\"");
        assert_eq!(serde_json::from_str::<ScoreText>(&text).unwrap(), scores);
        for text in ["\"0000\"", "\"00010\"", "\"00x1\"", "\"-001\"", "\"00é\"", "[1]"] {
            assert!(serde_json::from_str::<ScoreText>(text).is_err(), "{text}");
        }
    }
}
