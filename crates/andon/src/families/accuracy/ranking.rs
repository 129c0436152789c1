//! In which order the candidate puts rows.

use andon_evidence::judge::{Measurement, NotMeasured, Unit};

use crate::measure::resampled::{How, Statistic};
use crate::measure::sample::{Measured, Sample};
use crate::measure::table::Entry;
use crate::statistics::normal::{Z, bisect};

/// Rows with label 0 and with label 1 at one score.
#[derive(Debug, Clone, Copy)]
struct Step {
    negatives: u64,
    positives: u64,
}

/// Entries of one score together; `entries` must be ordered by score.
fn steps<'a>(entries: &'a [Entry], counts: &'a [u64]) -> impl Iterator<Item = Step> + 'a {
    let mut at = 0;
    std::iter::from_fn(move || {
        let score = entries.get(at)?.score;
        let mut step = Step { negatives: 0, positives: 0 };
        while entries.get(at).is_some_and(|entry| entry.score == score) {
            *(if entries[at].label { &mut step.positives } else { &mut step.negatives }) += counts[at];
            at += 1;
        }
        Some(step)
    })
}

/// Most points of a drawn curve.
const POINTS: usize = 200;

/// The points of a curve from its start to its end.
type Curve = Vec<(f64, f64)>;

/// The ROC curve, from (0, 0) to (1, 1), and the precision-recall curve, recall first; both by falling threshold, and at
/// most 200 points of each. Empty when one label is absent.
pub(crate) fn curves(sample: &Sample) -> (Curve, Curve) {
    let (entries, counts) = sample.tally.entries();
    let steps: Vec<Step> = steps(&entries, &counts).collect();
    let sum = |count: fn(&Step) -> u64| steps.iter().map(count).sum::<u64>();
    let negatives = sum(|step| step.negatives);
    let positives = sum(|step| step.positives);
    if negatives == 0 || positives == 0 {
        return (Vec::new(), Vec::new());
    }
    let mut roc = vec![(0.0, 0.0)];
    let mut precision_recall = Vec::new();
    let mut wrong = 0;
    let mut right = 0;
    let every = steps.len().div_ceil(POINTS - 1);
    for (place, step) in steps.iter().enumerate().rev() {
        (wrong, right) = (wrong + step.negatives, right + step.positives);
        if place % every == 0 {
            let recall = right as f64 / positives as f64;
            roc.push((wrong as f64 / negatives as f64, recall));
            precision_recall.push((recall, right as f64 / (right + wrong) as f64));
        }
    }
    (roc, precision_recall)
}

/// Area under the ROC curve: the probability that a positive row scores above a negative one, ties counting half
/// (Mann and Whitney 1947; Hanley and McNeil 1982).
///
/// The interval holds every area that a score test does not reject, computed in one pass over the tally. Its variance
/// is the greater of two: DeLong's (DeLong, DeLong and Clarke-Pearson 1988), which is the data's own and is too small
/// where one label is rare or the area near 1, and Newcombe's (2006, part 2, method 5), which follows from the area and
/// also has a width where the scores separate the labels.
///
/// # Errors
/// Not measured when one label is absent.
pub fn auc(sample: &Sample) -> Measured {
    let (entries, counts) = sample.tally.entries();
    let undefined = || NotMeasured("the area under the ROC curve is undefined: one label is absent".to_owned());
    let area = Area::of(&entries, &counts).ok_or_else(undefined)?;
    Measurement::with_interval(area.value, area.interval(), Unit::Score, counts.iter().sum())
}

/// The area alone; `entries` must be ordered by score.
pub(crate) fn auc_of(entries: &[Entry], counts: &[u64]) -> Option<f64> {
    Area::of(entries, counts).map(|area| area.value)
}

/// The area with what its variance needs.
struct Area {
    value: f64,
    variance: f64,
    positives: u64,
    negatives: u64,
}

impl Area {
    fn of(entries: &[Entry], counts: &[u64]) -> Option<Self> {
        let (positives, negatives) = steps(entries, counts)
            .fold((0_u64, 0_u64), |sums, step| (sums.0 + step.positives, sums.1 + step.negatives));
        if positives == 0 || negatives == 0 {
            return None;
        }
        // Wins of each positive row over the negatives and of each negative under the positives, doubled to stay whole.
        let mut below = 0_u64;
        let mut above = 2 * positives;
        let mut won = 0_u128;
        let mut squares_of_positives = 0_u128;
        let mut squares_of_negatives = 0_u128;
        for step in steps(entries, counts) {
            above -= 2 * step.positives;
            let wins = [2 * below + step.negatives, above + step.positives].map(u128::from);
            won += u128::from(step.positives) * wins[0];
            squares_of_positives += u128::from(step.positives) * wins[0] * wins[0];
            squares_of_negatives += u128::from(step.negatives) * wins[1] * wins[1];
            below += step.negatives;
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

    fn interval(&self) -> (f64, f64) {
        let own = self.variance / self.newcombe(self.value);
        let scale = if own.is_finite() { own.max(1.0) } else { 1.0 };
        let rejected = |area: f64| (self.value - area).powi(2) > Z * Z * scale * self.newcombe(area);
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

/// Area under the precision-recall curve as average precision: precision at each score from the highest down, weighted
/// by the recall gained there, without interpolation (Manning, Raghavan and Schuetze 2008, section 8.4); chance is the
/// base rate. Interval by bootstrap.
///
/// # Errors
/// Not measured when one label is absent.
pub fn average_precision(sample: &Sample) -> Measured {
    Statistic { name: "average precision", unit: Unit::Score, how: How::Percentile, of: average_precision_of }
        .measured(sample)
}

fn average_precision_of(entries: &[Entry], counts: &[u64]) -> Option<f64> {
    let (mut positives, mut rows) =
        steps(entries, counts).fold((0, 0), |sums, s| (sums.0 + s.positives, sums.1 + s.positives + s.negatives));
    let all = positives;
    if all == 0 || all == rows {
        return None;
    }
    // From the lowest score up, what is left is what a threshold at this score selects.
    let mut area = 0.0;
    for step in steps(entries, counts).filter(|step| step.positives + step.negatives > 0) {
        area += step.positives as f64 * (positives as f64 / rows as f64);
        positives -= step.positives;
        rows -= step.positives + step.negatives;
    }
    Some(area / all as f64)
}

/// Kolmogorov-Smirnov distance: the greatest gap between the shares of positive and of negative rows at or below a
/// score (Kolmogorov 1933; Hand 2009 for its use on scorecards), 0 to 1. Interval by bootstrap.
///
/// # Errors
/// Not measured when one label is absent.
pub fn ks(sample: &Sample) -> Measured {
    Statistic { name: "the Kolmogorov-Smirnov distance", unit: Unit::Share, how: How::Percentile, of: ks_of }
        .measured(sample)
}

fn ks_of(entries: &[Entry], counts: &[u64]) -> Option<f64> {
    let (positives, negatives) =
        steps(entries, counts).fold((0_u64, 0_u64), |sums, s| (sums.0 + s.positives, sums.1 + s.negatives));
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut gap = 0.0_f64;
    let mut below = (0_u64, 0_u64);
    for step in steps(entries, counts) {
        below = (below.0 + step.positives, below.1 + step.negatives);
        gap = gap.max((below.0 as f64 / positives as f64 - below.1 as f64 / negatives as f64).abs());
    }
    Some(gap)
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
    fn delong_by_hand() {
        // Positives win 0.75 and 1 of the negatives, negatives 1 and 0.75: both variances 2 * 0.125^2 / 1 / 2.
        let entries = entries(&[(2_000, false), (5_000, false), (5_000, true), (9_000, true)]);
        let area = Area::of(&entries, &[1, 1, 1, 1]).unwrap();
        // Newcombe: 7/64 / 4 * (1 + (1/8 / (9/8)) + (7/8) / (15/8)).
        assert!((area.newcombe(0.875) - 7.0 / 256.0 * (1.0 + 1.0 / 9.0 + 7.0 / 15.0)).abs() < 1e-15);
        assert!((area.variance - 2.0 * 0.125 * 0.125).abs() < 1e-15, "{}", area.variance);
    }

    #[test]
    fn separated_labels_still_have_an_interval() {
        let entries = entries(&[(2_000, false), (9_000, true)]);
        let area = Area::of(&entries, &[30, 200]).unwrap();
        let (low, high) = area.interval();
        assert!(area.value >= 1.0 && low < 0.97 && high >= 1.0, "{low} {high}");
        let (low, high) = Area::of(&entries, &[1, 500]).unwrap().interval();
        assert!(low < 0.7 && high >= 1.0, "{low} {high}");
    }

    #[test]
    fn average_precision_and_ks_by_hand() {
        // From the top: positive (1/1), tie of both (2/3), negative: 0.5 * 1 + 0.5 * 2/3.
        let entries = entries(&[(2_000, false), (5_000, false), (5_000, true), (9_000, true)]);
        assert!((average_precision_of(&entries, &[1, 1, 1, 1]).unwrap() - 5.0 / 6.0).abs() < 1e-15);
        // At or below 0.2: none of the positives, half of the negatives; at 0.5: half and all.
        assert_eq!(ks_of(&entries, &[1, 1, 1, 1]), Some(0.5));
        assert_eq!((average_precision_of(&entries, &[1, 1, 0, 0]), ks_of(&entries, &[0, 0, 1, 1])), (None, None));
    }
}
