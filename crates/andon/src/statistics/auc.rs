//! The area under the ROC curve of any number against any yes-or-no, with its interval in closed form.
//!
//! The area is the probability that a positive row stands above a negative one, ties counting half (Mann and Whitney
//! 1947). Its variance is that of the rows' placements (DeLong, DeLong and Clarke-Pearson 1988), computed from
//! midranks in the time of a sort (Sun and Xu 2014). The same placements compare two scores of the same rows.

use crate::statistics::estimate::Estimate;
use crate::statistics::normal::Z;

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
pub fn auc_difference(first: &[f64], second: &[f64], labels: &[bool]) -> Option<Estimate> {
    let first = placements(first, labels)?;
    let second = placements(second, labels)?;
    let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
    Some(estimate(&minus(&first.positive, &second.positive), &minus(&first.negative, &second.negative)))
}

/// The mean of the positives' placements, its variance the sum of both sides'.
fn estimate(positive: &[f64], negative: &[f64]) -> Estimate {
    let ((value, of_positives), (_, of_negatives)) = (mean_and_variance(positive), mean_and_variance(negative));
    let variance = of_positives / positive.len() as f64 + of_negatives / negative.len() as f64;
    let half = Z * variance.sqrt();
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
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let mut placed = Placements { positive: Vec::with_capacity(positives), negative: Vec::with_capacity(negatives) };
    let mut rows = vec![0.0; scores.len()];
    let mut positives_below = 0;
    let mut negatives_below = 0;
    for tied in order.chunk_by(|a, b| scores[*a] >= scores[*b]) {
        let positives_here = tied.iter().filter(|row| labels[**row]).count();
        let negatives_here = tied.len() - positives_here;
        for row in tied {
            rows[*row] = if labels[*row] {
                (negatives_below as f64 + 0.5 * negatives_here as f64) / negatives as f64
            } else {
                1.0 - (positives_below as f64 + 0.5 * positives_here as f64) / positives as f64
            };
        }
        positives_below += positives_here;
        negatives_below += negatives_here;
    }
    // In the order of the rows, so that two scores of the same rows can be paired.
    for (row, label) in rows.into_iter().zip(labels) {
        if *label { &mut placed.positive } else { &mut placed.negative }.push(row);
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
}
