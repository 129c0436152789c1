//! The area under the ROC curve of any number against any yes-or-no, with its interval in closed form: of rows, and of
//! counts by score.
//!
//! The area is the probability that a positive row stands above a negative one, ties counting half (Mann and Whitney
//! 1947). Its variance is that of the rows' placements (DeLong, DeLong and Clarke-Pearson 1988), computed from
//! midranks in the time of a sort (Sun and Xu 2014). The same placements compare two scores of the same rows.

use std::iter::Sum;

use andon_evidence::judge::normal::{Z_95, bisect};

use crate::statistics::estimate::Estimate;

/// Rows of either label that share a score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tie {
    /// Rows with label 0.
    pub(crate) negatives: u64,
    /// Rows with label 1.
    pub(crate) positives: u64,
}

impl Sum for Tie {
    fn sum<I: Iterator<Item = Self>>(ties: I) -> Self {
        let add = |all: Self, tie: Self| Self {
            negatives: all.negatives + tie.negatives,
            positives: all.positives + tie.positives,
        };
        ties.fold(Self::default(), add)
    }
}

/// The rows of the other label that each row of a tie stands above, a tied row counting half; doubled to stay whole.
struct Below {
    tie: Tie,
    /// Negative rows below each positive row.
    negatives: u64,
    /// Positive rows below each negative row.
    positives: u64,
}

/// Walks through the ties in ascending order of their scores.
fn walk(ties: impl Iterator<Item = Tie>) -> impl Iterator<Item = Below> {
    let mut below = Tie::default();
    ties.map(move |tie| {
        let negatives = 2 * below.negatives + tie.negatives;
        let positives = 2 * below.positives + tie.positives;
        below = Tie { negatives: below.negatives + tie.negatives, positives: below.positives + tie.positives };
        Below { tie, negatives, positives }
    })
}

/// The area with what its variance needs.
pub(crate) struct Area {
    pub(crate) value: f64,
    variance: f64,
    positives: u64,
    negatives: u64,
}

impl Area {
    /// The area of all rows, from their ties in ascending order of the scores; `None` when one label is absent.
    pub(crate) fn from_ties(ties: impl Iterator<Item = Tie> + Clone) -> Option<Self> {
        let Tie { negatives, positives } = ties.clone().sum();
        if positives == 0 || negatives == 0 {
            return None;
        }
        let mut won = 0_u128;
        let mut squares_of_positives = 0_u128;
        let mut squares_of_negatives = 0_u128;
        for Below { tie, negatives: below, positives: lost } in walk(ties) {
            let wins = [below, 2 * positives - lost].map(u128::from);
            won += u128::from(tie.positives) * wins[0];
            squares_of_positives += u128::from(tie.positives) * wins[0] * wins[0];
            squares_of_negatives += u128::from(tie.negatives) * wins[1] * wins[1];
        }
        let value = won as f64 / (2 * u128::from(positives) * u128::from(negatives)) as f64;
        // Sample variance of the share of the other label that a row wins over, divided by the rows.
        let variance = |squares: u128, own: u64, other: u64| {
            let own = own as f64;
            let scale = 4.0 * other as f64 * other as f64;
            (squares as f64 / scale / own - value * value).max(0.0) / (own - 1.0).max(1.0)
        };
        let variance =
            variance(squares_of_positives, positives, negatives) + variance(squares_of_negatives, negatives, positives);
        Some(Self { value, variance, positives, negatives })
    }

    /// The 95 % score interval, in closed form and as wide as the greater of two variances.
    pub(crate) fn score_interval(&self) -> (f64, f64) {
        let own = self.variance / self.newcombe(self.value);
        let scale = if own.is_finite() { own.max(1.0) } else { 1.0 };
        let rejected = |area: f64| (self.value - area).powi(2) > Z_95 * Z_95 * scale * self.newcombe(area);
        let low = if self.value <= 0.0 { 0.0 } else { bisect(0.0, self.value, rejected) };
        let high = if self.value >= 1.0 { 1.0 } else { bisect(self.value, 1.0, |area| !rejected(area)) };
        (low, high)
    }

    /// The variance that an area has when both labels' scores are exponentially distributed.
    fn newcombe(&self, area: f64) -> f64 {
        let positives = self.positives as f64;
        let negatives = self.negatives as f64;
        let mean = (positives + negatives) / 2.0;
        let shape = (1.0 - area) / (2.0 - area) + area / (1.0 + area);
        area * (1.0 - area) / (positives * negatives) * (1.0 + (mean - 1.0) * shape)
    }
}

/// The share of the other label's rows that each row stands on the right side of.
struct Placements {
    positive: Vec<f64>,
    negative: Vec<f64>,
}

/// Area under the ROC curve of `scores` for `labels`, within 0 to 1, with DeLong's 95 % interval.
///
/// `None` with fewer than two rows of either label, or where a score is not finite. Where the labels are separated
/// wholly, the interval is the point: the variance of the placements is then nil.
///
/// ```
/// // Negatives 1 and 2, positives 2 and 3: of 4 pairs 3 are won and 1 is tied.
/// let area = andon::statistics::auc::auc(&[1.0, 2.0, 2.0, 3.0], &[false, false, true, true]).unwrap();
/// assert_eq!(area.value, 0.875);
/// assert!(andon::statistics::auc::auc(&[1.0, 2.0, 3.0], &[false, false, true]).is_none());
/// ```
#[must_use]
pub fn auc(scores: &[f64], labels: &[bool]) -> Option<Estimate> {
    let placements = placements(scores, labels)?;
    let area = estimate(&placements.positive, &placements.negative);
    Some(Estimate { low: area.low.max(0.0), high: area.high.min(1.0), ..area })
}

/// The area of `first` minus that of `second` on the same rows, with DeLong's 95 % interval of the paired difference.
///
/// `None` where either area is.
#[must_use]
pub(crate) fn auc_difference(first: &[f64], second: &[f64], labels: &[bool]) -> Option<Estimate> {
    let first = placements(first, labels)?;
    let second = placements(second, labels)?;
    let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
    Some(estimate(&minus(&first.positive, &second.positive), &minus(&first.negative, &second.negative)))
}

/// The mean of the positives' placements, its variance the sum of both sides'.
fn estimate(positive: &[f64], negative: &[f64]) -> Estimate {
    let (value, of_positives) = mean_and_variance(positive);
    let (_, of_negatives) = mean_and_variance(negative);
    let variance = of_positives / positive.len() as f64 + of_negatives / negative.len() as f64;
    let half = Z_95 * variance.sqrt();
    Estimate { value, low: value - half, high: value + half }
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, squares / (n - 1.0))
}

fn placements(scores: &[f64], labels: &[bool]) -> Option<Placements> {
    let positives = labels.iter().filter(|label| **label).count();
    let negatives = labels.len() - positives;
    if scores.len() != labels.len() || positives < 2 || negatives < 2 || scores.iter().any(|s| !s.is_finite()) {
        return None;
    }
    // The score beside the row: the sort then reads the memory in order.
    let mut order: Vec<(f64, usize)> = scores.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let tied: Vec<&[(f64, usize)]> = order.chunk_by(|a, b| a.0 >= b.0).collect();
    let tie = |rows: &&[(f64, usize)]| {
        let positives = rows.iter().filter(|(_, row)| labels[*row]).count();
        Tie { negatives: (rows.len() - positives) as u64, positives: positives as u64 }
    };
    let mut shares = vec![0.0; scores.len()];
    for (rows, below) in tied.iter().zip(walk(tied.iter().map(tie))) {
        for (_, row) in *rows {
            shares[*row] = if labels[*row] {
                0.5 * below.negatives as f64 / negatives as f64
            } else {
                1.0 - 0.5 * below.positives as f64 / positives as f64
            };
        }
    }
    let mut placed = Placements { positive: Vec::with_capacity(positives), negative: Vec::with_capacity(negatives) };
    // In the order of the rows, so that two scores of the same rows can be paired.
    for (share, label) in shares.into_iter().zip(labels) {
        if *label { &mut placed.positive } else { &mut placed.negative }.push(share);
    }
    Some(placed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12 rows with ties; oracle: the pairwise kernel of DeLong et al. in NumPy 2, areas checked by scikit-learn 1.9.
    const LABELS: [u8; 12] = [1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1];
    const A: [f64; 12] = [0.9, 0.2, 0.8, 0.4, 0.4, 0.1, 0.7, 0.6, 0.3, 0.95, 0.3, 0.5];
    const B: [f64; 12] = [3.0, 1.0, 1.0, 2.0, 2.0, 1.0, 3.0, 2.0, 2.0, 1.0, 1.0, 2.0];

    const ORACLE_A: [f64; 3] = [0.857_142_857_142_857, 0.639_958_757_498_212, 1.0]; // 1.0743 before it is cut to 1
    const ORACLE_B: [f64; 3] = [0.714_285_714_285_714, 0.435_459_945_271_391, 0.993_111_483_300_037];
    const ORACLE_DIFFERENCE: [f64; 3] = [0.142_857_142_857_143, -0.159_787_809_387_681, 0.445_502_095_101_966];

    fn labels() -> Vec<bool> {
        LABELS.map(|label| label == 1).to_vec()
    }

    fn close(estimate: Estimate, expected: [f64; 3]) {
        let found = [estimate.value, estimate.low, estimate.high];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} is not {expected:?}");
    }

    #[test]
    fn areas_and_their_difference_match_the_oracle() {
        let areas = [auc(&A, &labels()).unwrap(), auc(&B, &labels()).unwrap()];
        close(areas[0], ORACLE_A);
        close(areas[1], ORACLE_B);
        close(auc_difference(&A, &B, &labels()).unwrap(), ORACLE_DIFFERENCE);
        let upside_down: Vec<f64> = A.iter().map(|score| -score).collect();
        close(auc(&upside_down, &labels()).unwrap().at_least_half(), ORACLE_A);
    }

    #[test]
    fn one_label_or_a_number_that_is_none_has_no_area() {
        assert!(auc(&[1.0, 2.0, 3.0], &[true; 3]).is_none());
        assert!(auc(&[], &[]).is_none());
        assert!(auc(&[1.0, f64::NAN, 3.0, 4.0], &[true, true, false, false]).is_none());
        assert!(auc(&[1.0], &[true, false]).is_none());
    }

    /// Ties in ascending order, each with its negatives and positives.
    fn area(ties: &[(u64, u64)]) -> Area {
        Area::from_ties(ties.iter().map(|(negatives, positives)| Tie { negatives: *negatives, positives: *positives }))
            .unwrap()
    }

    #[test]
    fn delong_by_hand() {
        // Positives win 0.75 and 1 of the negatives, negatives 1 and 0.75: both variances 2 * 0.125^2 / 1 / 2.
        let area = area(&[(1, 0), (1, 1), (0, 1)]);
        // Newcombe: 7/64 / 4 * (1 + (1/8 / (9/8)) + (7/8) / (15/8)).
        assert!((area.newcombe(0.875) - 7.0 / 256.0 * (1.0 + 1.0 / 9.0 + 7.0 / 15.0)).abs() < 1e-15);
        assert!((area.variance - 2.0 * 0.125 * 0.125).abs() < 1e-15, "{}", area.variance);
    }

    #[test]
    fn separated_labels_still_have_an_interval() {
        let separated = area(&[(30, 0), (0, 200)]);
        let (low, high) = separated.score_interval();
        assert!(separated.value >= 1.0 && low < 0.97 && high >= 1.0, "{low} {high}");
        let (low, high) = area(&[(1, 0), (0, 500)]).score_interval();
        assert!(low < 0.7 && high >= 1.0, "{low} {high}");
    }
}
