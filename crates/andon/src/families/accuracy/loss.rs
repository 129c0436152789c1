//! The distance of the candidate's scores from the labels.

use andon_evidence::judge::{Part, Unit};

use crate::measure::resampled::{IntervalMethod, TableStatistic};
use crate::measure::sample::{Measured, Sample};
use crate::measure::table::LabelledScore;
use crate::model::score::Score;

/// Mean negative log-likelihood of the labels under the scores, in nats (Good 1952); interval by bootstrap (BCa).
///
/// # Errors
/// Not measured without rows.
pub(crate) fn log_loss(sample: &Sample) -> Measured {
    TableStatistic { name: "log loss", unit: Unit::Score, method: IntervalMethod::Bca, compute: log_loss_of }
        .measure(sample)
}

fn log_loss_of(entries: &[LabelledScore], counts: &[u64]) -> Option<f64> {
    let steps = Score::STEPS as f64;
    let mut total = 0.0;
    let mut rows = 0_u64;
    for (entry, count) in entries.iter().zip(counts) {
        // Scores are never 0 or 1.
        let said = if entry.label { entry.score } else { Score::STEPS - entry.score };
        total -= *count as f64 * libm::log(said as f64 / steps);
        rows += count;
    }
    (rows > 0).then(|| total / rows as f64)
}

/// Mean squared distance of score and label (Brier 1950), 0 to 1; interval by bootstrap (BCa).
///
/// # Errors
/// Not measured without rows.
pub(crate) fn brier(sample: &Sample) -> Measured {
    let of = |entries: &[LabelledScore], counts: &[u64]| {
        let (squares, _, rows) = squares(entries, counts);
        (rows > 0).then(|| squares as f64 / (Score::STEPS * Score::STEPS) as f64 / rows as f64)
    };
    TableStatistic { name: "the Brier score", unit: Unit::Score, method: IntervalMethod::Bca, compute: of }
        .measure(sample)
}

/// Brier skill score: the share of the base rate's squared error that the scores take away (Brier 1950; Murphy 1973).
/// Above 0 is better than always saying the base rate; interval by bootstrap (BCa). The parts are the mean squared
/// distances of each label.
///
/// # Errors
/// Not measured when one label is absent.
pub fn brier_skill(sample: &Sample) -> Measured {
    let statistic = TableStatistic {
        name: "the Brier skill score",
        unit: Unit::Score,
        method: IntervalMethod::Bca,
        compute: brier_skill_of,
    };
    let (entries, counts) = sample.tally.entries();
    Ok(statistic.measure(sample)?.with_parts(squares_by_label(&entries, &counts)))
}

fn squares_by_label(entries: &[LabelledScore], counts: &[u64]) -> Vec<Part> {
    let of = |label: bool| {
        let of_label = |entry: &LabelledScore, count: &u64| if entry.label == label { *count } else { 0 };
        let counts: Vec<u64> = entries.iter().zip(counts).map(|(entry, count)| of_label(entry, count)).collect();
        let (squares, _, rows) = squares(entries, &counts);
        let value = squares as f64 / (Score::STEPS * Score::STEPS) as f64 / rows.max(1) as f64;
        Part { name: format!("mean squared distance, of label {}", u8::from(label)), value, n: rows as u64 }
    };
    [false, true].map(of).into()
}

fn brier_skill_of(entries: &[LabelledScore], counts: &[u64]) -> Option<f64> {
    let (squares, positives, rows) = squares(entries, counts);
    // The base rate's own squared error is positives * negatives / rows, in rows.
    let base = positives * (rows - positives);
    let squares = squares as f64 / (Score::STEPS * Score::STEPS) as f64;
    (base > 0).then(|| 1.0 - squares * rows as f64 / base as f64)
}

/// Summed squared distances in squared steps, positive rows, all rows.
fn squares(entries: &[LabelledScore], counts: &[u64]) -> (u128, u128, u128) {
    entries.iter().zip(counts).fold((0, 0, 0), |(squares, positives, rows), (entry, count)| {
        let miss = (entry.score as u128).abs_diff(if entry.label { Score::STEPS as u128 } else { 0 });
        let count = u128::from(*count);
        (squares + miss * miss * count, positives + count * u128::from(entry.label), rows + count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(rows: &[(usize, bool)]) -> Vec<LabelledScore> {
        rows.iter().map(|(score, label)| LabelledScore { score: *score, label: *label }).collect()
    }

    #[test]
    fn a_red_gate_says_which_label_the_scores_miss() {
        // Two denials miss by 0.2 and 0.6: (0.04 + 0.36) / 2; the approval misses by 0.1.
        let parts = squares_by_label(&entries(&[(2_000, false), (6_000, false), (9_000, true)]), &[1, 1, 1]);
        let [denied, approved] = &parts[..] else { panic!("{parts:?}") };
        assert!((denied.value - 0.2).abs() < 1e-12 && denied.n == 2, "{denied:?}");
        assert!((approved.value - 0.01).abs() < 1e-12 && approved.n == 1, "{approved:?}");
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

    #[test]
    fn log_loss_by_hand() {
        // Three rows said 0.8 and right, one said 0.8 and wrong.
        let said = entries(&[(8_000, false), (8_000, true)]);
        let expected = -(3.0 * 0.8_f64.ln() + 0.2_f64.ln()) / 4.0;
        assert!((log_loss_of(&said, &[1, 3]).unwrap() - expected).abs() < 1e-12);
        assert_eq!(log_loss_of(&said, &[0, 0]), None);
    }

    #[test]
    fn squared_distances_by_hand() {
        let said = entries(&[(2_000, false), (8_000, true)]);
        assert_eq!(squares(&said, &[1, 2]), (12_000_000, 2, 3));
    }
}
