//! Whether a score of 0.8 means 8 in 10.

use andon_evidence::judge::Unit;

use crate::accuracy::folded;
use crate::measure::{Measured, Sample};
use crate::score::Score;
use crate::tally::Entry;

/// Number of bins of equal width.
const BINS: usize = 10;

/// Expected calibration error over ten bins of equal width: the mean distance between a bin's mean score and its share
/// of positives, weighted by rows (Naeini, Cooper and Hauskrecht 2015); interval by bootstrap.
///
/// # Errors
/// Not measured without rows.
pub fn expected_calibration_error(sample: &Sample) -> Measured {
    let (entries, counts) = sample.tally.entries();
    let statistic = |counts: &[u64]| error_of(&entries, counts);
    folded(sample, &counts, Unit::Probability, "the calibration error", statistic)
}

fn error_of(entries: &[Entry], counts: &[u64]) -> Option<f64> {
    let mut gaps = [0_i128; BINS];
    let mut rows = 0_u64;
    for (entry, count) in entries.iter().zip(counts) {
        let label = if entry.label { Score::STEPS as i128 } else { 0 };
        gaps[entry.score * BINS / Score::STEPS] += i128::from(*count) * (entry.score as i128 - label);
        rows += count;
    }
    let total: u128 = gaps.iter().map(|gap| gap.unsigned_abs()).sum();
    (rows > 0).then(|| total as f64 / Score::STEPS as f64 / rows as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_over_two_bins() {
        let entry = |score, label| Entry { score, label };
        // Bin 0.1 to 0.2: score 0.15 on 4 rows, 1 positive: |0.15 - 0.25|. Bin 0.8 to 0.9: 0.8 on 6 rows, 6 positive.
        let entries = [entry(1_500, false), entry(1_500, true), entry(8_000, true)];
        let expected = 0.4 * 0.10 + 0.6 * 0.20;
        assert!((error_of(&entries, &[3, 1, 6]).unwrap() - expected).abs() < 1e-12);
        assert_eq!(error_of(&entries, &[0, 0, 0]), None);
    }

    #[test]
    fn opposite_errors_in_one_bin_cancel_and_in_two_do_not() {
        let entry = |score, label| Entry { score, label };
        let one = [entry(5_500, false), entry(5_500, true)];
        assert!(error_of(&one, &[9, 11]).unwrap() < 1e-12);
        let two = [entry(4_999, false), entry(5_000, true)];
        assert!((error_of(&two, &[1, 1]).unwrap() - 0.499_95).abs() < 1e-12);
    }
}
