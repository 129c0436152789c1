//! How often, and in which order, the candidate is right.

use andon_evidence::judge::{Measurement, Unit};

use crate::interval::{bootstrap, wilson};
use crate::measure::{Measured, Sample};
use crate::score::Score;
use crate::tally::Entry;

/// Share of rows whose answer equals their label; interval by Wilson.
///
/// # Errors
/// Not measured without rows.
pub fn accuracy(sample: &Sample) -> Measured {
    let (entries, counts) = sample.tally.entries();
    let right = |entry: &Entry| (entry.score >= sample.threshold.index()) == entry.label;
    let hits = entries.iter().zip(&counts).filter(|(entry, _)| right(entry)).map(|(_, count)| count).sum();
    let n: u64 = counts.iter().sum();
    Measurement::with_interval(hits as f64 / n as f64, wilson(hits, n), Unit::Share, n)
}

/// Area under the ROC curve: the probability that a positive row scores above a negative one, ties counting half
/// (Mann and Whitney 1947; Hanley and McNeil 1982); interval by bootstrap.
///
/// # Errors
/// Not measured when one label is absent.
pub fn auc(sample: &Sample) -> Measured {
    let (entries, counts) = sample.tally.entries();
    let statistic = |counts: &[u64]| auc_of(&entries, counts);
    folded(sample, &counts, Unit::Score, "the area under the ROC curve", statistic)
}

/// Brier skill score: the share of the base rate's squared error that the scores take away (Brier 1950; Murphy 1973).
/// Above 0 is better than always saying the base rate; interval by bootstrap.
///
/// # Errors
/// Not measured when one label is absent.
pub fn brier_skill(sample: &Sample) -> Measured {
    let (entries, counts) = sample.tally.entries();
    let statistic = |counts: &[u64]| brier_skill_of(&entries, counts);
    folded(sample, &counts, Unit::Score, "the Brier skill score", statistic)
}

/// A statistic of the counts with its bootstrap interval.
pub(crate) fn folded(
    sample: &Sample,
    counts: &[u64],
    unit: Unit,
    name: &str,
    statistic: impl Fn(&[u64]) -> Option<f64>,
) -> Measured {
    let undefined = || andon_evidence::judge::NotMeasured(format!("{name} is undefined: one label is absent"));
    let value = statistic(counts).ok_or_else(undefined)?;
    let interval = bootstrap(counts, sample.draws, sample.seed, statistic)?;
    Measurement::with_interval(value, interval, unit, counts.iter().sum())
}

/// `entries` must be ordered by score.
pub(crate) fn auc_of(entries: &[Entry], counts: &[u64]) -> Option<f64> {
    let (mut positives, mut negatives, mut twice_won) = (0_u128, 0_u128, 0_u128);
    let mut at = 0;
    while at < entries.len() {
        let score = entries[at].score;
        let (mut here_positive, mut here_negative) = (0_u128, 0_u128);
        while at < entries.len() && entries[at].score == score {
            *(if entries[at].label { &mut here_positive } else { &mut here_negative }) += u128::from(counts[at]);
            at += 1;
        }
        twice_won += here_positive * (2 * negatives + here_negative);
        positives += here_positive;
        negatives += here_negative;
    }
    let pairs = 2 * positives * negatives;
    (pairs > 0).then(|| twice_won as f64 / pairs as f64)
}

fn brier_skill_of(entries: &[Entry], counts: &[u64]) -> Option<f64> {
    let steps = Score::STEPS as u128;
    let (mut squares, mut positives, mut rows) = (0_u128, 0_u128, 0_u128);
    for (entry, count) in entries.iter().zip(counts) {
        let miss = (entry.score as u128).abs_diff(if entry.label { steps } else { 0 });
        squares += miss * miss * u128::from(*count);
        positives += u128::from(*count) * u128::from(entry.label);
        rows += u128::from(*count);
    }
    // The base rate's own squared error is positives * negatives / rows, in rows.
    let base = positives * (rows - positives);
    (base > 0).then(|| 1.0 - squares as f64 / (steps * steps) as f64 * rows as f64 / base as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(rows: &[(usize, bool)]) -> Vec<Entry> {
        rows.iter().map(|(score, label)| Entry { score: *score, label: *label }).collect()
    }

    #[test]
    fn auc_by_hand_with_a_tie() {
        // Negatives at 0.2 and 0.5, positives at 0.5 and 0.9: of 4 pairs 3 are won and 1 is tied.
        let entries = entries(&[(2_000, false), (5_000, false), (5_000, true), (9_000, true)]);
        assert_eq!(auc_of(&entries, &[1, 1, 1, 1]), Some(0.875));
        // The tie doubled on both sides: negatives 1+2, positives 2+1: (3 + 3 + 3 - 2*2/2) of 9.
        assert_eq!(auc_of(&entries, &[1, 2, 2, 1]), Some(7.0 / 9.0));
        assert_eq!(auc_of(&entries, &[0, 0, 1, 1]), None);
    }

    #[test]
    fn brier_skill_by_hand() {
        // Base rate 1/2: its squared error is 1/4. Scores 0.2 and 0.8 miss by 0.2: 0.04, skill 1 - 0.16.
        let good = entries(&[(2_000, false), (8_000, true)]);
        assert!((brier_skill_of(&good, &[3, 3]).unwrap() - 0.84).abs() < 1e-12);
        // Always the base rate: no skill, to the bit.
        let base = entries(&[(5_000, false), (5_000, true)]);
        assert_eq!(brier_skill_of(&base, &[7, 7]), Some(0.0));
        assert_eq!(brier_skill_of(&base, &[0, 7]), None);
    }
}
