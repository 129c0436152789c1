//! The family `calibration`: a score of 0.8 must mean 8 in 10.

use andon_evidence::figures::Bin;
use andon_evidence::judge::normal::Z_95;
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::measure::resampled::{IntervalMethod, TableStatistic};
use crate::measure::sample::{Measured, Sample};
use crate::measure::table::LabelledScore;
use crate::model::score::Score;
use crate::statistics::logistic::{Point, fit_intercept, fit_slope};
use crate::statistics::share::wilson;

/// Number of bins.
const CALIBRATION_BINS: usize = 10;

/// Expected calibration error over ten bins of equal width: the mean distance between a bin's mean score and its share
/// of positives, weighted by rows (Naeini, Cooper and Hauskrecht 2015).
///
/// It is never negative, so that a finite sample overstates it, and a resample of one again: the percentile interval
/// lies high, which can refuse a good model and not pass a bad one.
///
/// # Errors
/// Not measured without rows.
pub(crate) fn expected_calibration_error(sample: &Sample) -> Measured {
    with_worst_bin(EQUAL_WIDTH.measure(sample), sample, equal_width)
}

/// Expected calibration error over ten bins of equally many rows, rows of one score staying together (Nguyen and
/// O'Connor 2015, section 3); interval as in [`expected_calibration_error`].
///
/// # Errors
/// Not measured without rows.
pub(crate) fn expected_calibration_error_equal_mass(sample: &Sample) -> Measured {
    let of = |entries: &[LabelledScore], counts: &[u64]| error_of(&equal_mass(entries, counts));
    let measured = TableStatistic {
        name: "the calibration error",
        unit: Unit::Probability,
        method: IntervalMethod::Percentile,
        compute: of,
    }
    .measure(sample);
    with_worst_bin(measured, sample, equal_mass)
}

/// The greatest distance of a tenth of the rows between the share of label 1 that was observed and the mean score that
/// was expected, rows of one score staying together. Interval as in [`expected_calibration_error`]: a greatest distance
/// is overstated by any sample, so that it lies high. The parts are all tenths: observed, beside what was expected.
///
/// # Errors
/// Not measured without rows.
pub(crate) fn worst_decile(sample: &Sample) -> Measured {
    let of = |entries: &[LabelledScore], counts: &[u64]| furthest(&equal_mass(entries, counts));
    let measured = TableStatistic {
        name: "the worst decile",
        unit: Unit::Probability,
        method: IntervalMethod::Percentile,
        compute: of,
    }
    .measure(sample)?;
    let (entries, counts) = sample.tally.entries();
    let part = |bin: &Sums| {
        let expected = bin.scores as f64 / Score::STEPS as f64 / bin.rows as f64;
        let value = bin.positives as f64 / bin.rows as f64;
        Part { name: format!("decile: expected {expected:.4}, observed"), value, n: bin.rows }
    };
    let bins = equal_mass(&entries, &counts);
    Ok(measured.with_parts(bins.iter().filter(|bin| bin.rows > 0).map(part).collect()))
}

/// The greatest distance of a bin's mean score from its share of positives.
fn furthest(bins: &[Sums]) -> Option<f64> {
    let occupied = bins.iter().filter(|bin| bin.rows > 0);
    occupied.map(|bin| bin.gap() as f64 / Score::STEPS as f64 / bin.rows as f64).reduce(f64::max)
}

/// The measurement with the bin that is furthest off as its part: the share of positives that was observed, beside the
/// score that was predicted.
fn with_worst_bin(
    measured: Measured,
    sample: &Sample,
    bins: impl Fn(&[LabelledScore], &[u64]) -> [Sums; CALIBRATION_BINS],
) -> Measured {
    let (entries, counts) = sample.tally.entries();
    let parts = worst_bin(&bins(&entries, &counts)).into_iter().collect();
    Ok(measured?.with_parts(parts))
}

/// The bin that adds most to the error: the distance of its mean score from its share of positives, times its rows.
fn worst_bin(bins: &[Sums]) -> Option<Part> {
    let worst = bins.iter().filter(|bin| bin.rows > 0).max_by_key(|bin| bin.gap())?;
    let predicted = worst.scores as f64 / Score::STEPS as f64 / worst.rows as f64;
    let observed = worst.positives as f64 / worst.rows as f64;
    Some(Part { name: format!("worst bin: predicted {predicted:.4}, observed"), value: observed, n: worst.rows })
}

type TableFunction = fn(&[LabelledScore], &[u64]) -> Option<f64>;

/// The error over bins of equal width; also asked within groups.
pub(crate) const EQUAL_WIDTH: TableStatistic<TableFunction> = TableStatistic {
    name: "the calibration error",
    unit: Unit::Probability,
    method: IntervalMethod::Percentile,
    compute: |entries, counts| error_of(&equal_width(entries, counts)),
};

/// Sums over the rows of one bin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    rows: u64,
    scores: u128,
    positives: u64,
}

impl Sums {
    fn add(&mut self, entry: LabelledScore, count: u64) {
        self.rows += count;
        self.scores += u128::from(count) * entry.score as u128;
        self.positives += count * u64::from(entry.label);
    }

    /// The distance of all scores together from all labels together, in ten-thousandths.
    fn gap(&self) -> u128 {
        self.scores.abs_diff(u128::from(self.positives) * Score::STEPS as u128)
    }
}

fn equal_width(entries: &[LabelledScore], counts: &[u64]) -> [Sums; CALIBRATION_BINS] {
    let mut bins = [Sums::default(); CALIBRATION_BINS];
    for (entry, count) in entries.iter().zip(counts) {
        bins[entry.score * CALIBRATION_BINS / Score::STEPS].add(*entry, *count);
    }
    bins
}

/// The bin of a score is the tenth of all rows in which its lowest row stands.
fn equal_mass(entries: &[LabelledScore], counts: &[u64]) -> [Sums; CALIBRATION_BINS] {
    let mut bins = [Sums::default(); CALIBRATION_BINS];
    for (bin, entry, count) in tenths(entries, counts) {
        bins[bin].add(entry, count);
    }
    bins
}

/// The lowest and the highest score of each such bin.
fn equal_mass_ends(entries: &[LabelledScore], counts: &[u64]) -> [(usize, usize); CALIBRATION_BINS] {
    let mut ends = [(usize::MAX, 0); CALIBRATION_BINS];
    for (bin, entry, _) in tenths(entries, counts) {
        ends[bin] = (ends[bin].0.min(entry.score), ends[bin].1.max(entry.score));
    }
    ends
}

/// The entries that hold rows, each with its bin of [`equal_mass`] and its rows.
fn tenths<'a>(
    entries: &'a [LabelledScore],
    counts: &'a [u64],
) -> impl Iterator<Item = (usize, LabelledScore, u64)> + 'a {
    let rows: u64 = counts.iter().sum();
    let mut below = 0;
    let mut seen = 0;
    let mut score = usize::MAX;
    let occupied = entries.iter().zip(counts).filter(|(_, count)| **count > 0);
    occupied.map(move |(entry, count)| {
        if entry.score != score {
            (below, score) = (seen, entry.score);
        }
        seen += count;
        let bin = (u128::from(below) * CALIBRATION_BINS as u128 / u128::from(rows)) as usize;
        (bin, *entry, *count)
    })
}

fn error_of(bins: &[Sums]) -> Option<f64> {
    let rows: u64 = bins.iter().map(|bin| bin.rows).sum();
    let total: u128 = bins.iter().map(Sums::gap).sum();
    (rows > 0).then(|| total as f64 / Score::STEPS as f64 / rows as f64)
}

/// The reliability table: the bins of equal width that hold rows (Murphy and Winkler 1977).
#[must_use]
pub(crate) fn reliability(sample: &Sample) -> Vec<Bin> {
    let (entries, counts) = sample.tally.entries();
    let bin = |(place, sums): (usize, &Sums)| {
        let ends = (place as f64 / CALIBRATION_BINS as f64, (place + 1) as f64 / CALIBRATION_BINS as f64);
        let mean_score = sums.scores as f64 / Score::STEPS as f64 / sums.rows as f64;
        reliability_bin(ends, sums.rows, mean_score, sums.positives)
    };
    equal_width(&entries, &counts).iter().enumerate().filter(|(_, sums)| sums.rows > 0).map(bin).collect()
}

/// Calibration by decile: the tenths of the rows, those of the lowest scores first, that hold rows.
#[must_use]
pub(crate) fn deciles(sample: &Sample) -> Vec<Bin> {
    let (entries, counts) = sample.tally.entries();
    let ends = equal_mass_ends(&entries, &counts);
    let bins = equal_mass(&entries, &counts);
    let occupied = bins.iter().zip(ends).filter(|(sums, _)| sums.rows > 0);
    let bin = |(sums, (low, high)): (&Sums, (usize, usize))| {
        let share = |score: usize| score as f64 / Score::STEPS as f64;
        let mean_score = sums.scores as f64 / Score::STEPS as f64 / sums.rows as f64;
        reliability_bin((share(low), share(high)), sums.rows, mean_score, sums.positives)
    };
    occupied.map(bin).collect()
}

/// A bin of the reliability table; `positives` of `rows` have label 1.
fn reliability_bin((from, to): (f64, f64), rows: u64, mean_score: f64, positives: u64) -> Bin {
    let interval = wilson(positives, rows);
    Bin { from, to, rows, mean_score, positives: positives as f64 / rows as f64, interval }
}

/// Calibration slope: that of a logistic regression of the label on the log-odds of the score (Cox 1958; Van Calster et
/// al. 2019). 1 is calibrated; below 1 the scores are over-confident. Interval of the fitted coefficient (Wald).
///
/// # Errors
/// Not measured when one label is absent, all scores are the same, or the scores separate the labels.
pub(crate) fn slope(sample: &Sample) -> Measured {
    let points = points(sample);
    let undefined = || NotMeasured("the calibration slope is undefined: labels or scores do not vary".to_owned());
    let fitted = fit_slope(&points).ok_or_else(undefined)?;
    let measured = estimate(fitted.slope, fitted.standard_error, sample.tally.rows());
    with_worst_bin(measured, sample, equal_mass)
}

/// Calibration intercept (in the large): that of the same regression with its slope held at 1, in log-odds. 0 is
/// calibrated; below 0 the scores are too high. Interval of the fitted coefficient (Wald).
///
/// # Errors
/// Not measured when one label is absent.
pub(crate) fn intercept(sample: &Sample) -> Measured {
    let undefined = || NotMeasured("the calibration intercept is undefined: one label is absent".to_owned());
    let (intercept, error) = fit_intercept(&points(sample)).ok_or_else(undefined)?;
    with_worst_bin(estimate(intercept, error, sample.tally.rows()), sample, equal_mass)
}

fn points(sample: &Sample) -> Vec<Point> {
    let (entries, counts) = sample.tally.entries();
    let log_odds = |score: usize| libm::log(score as f64 / (Score::STEPS - score) as f64);
    let point = |(entry, count): (&LabelledScore, &u64)| {
        let target = f64::from(u8::from(entry.label));
        Point { x: log_odds(entry.score), target, weight: *count as f64 }
    };
    entries.iter().zip(&counts).map(point).collect()
}

fn estimate(value: f64, error: f64, n: u64) -> Measured {
    Measurement::with_interval(value, (value - Z_95 * error, value + Z_95 * error), Unit::Score, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(score: usize, label: bool) -> LabelledScore {
        LabelledScore { score, label }
    }

    fn width_error(entries: &[LabelledScore], counts: &[u64]) -> Option<f64> {
        error_of(&equal_width(entries, counts))
    }

    #[test]
    fn by_hand_over_two_bins() {
        // Bin 0.1 to 0.2: score 0.15 on 4 rows, 1 positive: |0.15 - 0.25|. Bin 0.8 to 0.9: 0.8 on 6 rows, 6 positive.
        let entries = [entry(1_500, false), entry(1_500, true), entry(8_000, true)];
        let expected = 0.4 * 0.10 + 0.6 * 0.20;
        assert!((width_error(&entries, &[3, 1, 6]).unwrap() - expected).abs() < 1e-12);
        assert_eq!(width_error(&entries, &[0, 0, 0]), None);
    }

    #[test]
    fn the_worst_bin_is_named_with_what_it_predicted_and_what_came() {
        let entries = [entry(1_500, false), entry(1_500, true), entry(8_000, true)];
        let worst = worst_bin(&equal_width(&entries, &[3, 1, 6])).unwrap();
        assert_eq!(worst.name, "worst bin: predicted 0.8000, observed");
        assert_eq!((worst.value.to_bits(), worst.n), (1.0_f64.to_bits(), 6));
        assert!(worst_bin(&equal_width(&entries, &[0, 0, 0])).is_none());
    }

    #[test]
    fn the_worst_decile_by_hand() {
        // The tenths of the test below: six rows at 0.30 of which a third is positive, and four single rows.
        let entries = [entry(3_000, false), entry(3_000, true), entry(6_000, true), entry(9_000, true)];
        assert!((furthest(&equal_mass(&entries, &[4, 2, 1, 3])).unwrap() - 0.4).abs() < 1e-12);
        assert!((furthest(&equal_mass(&entries, &[4, 2, 0, 3])).unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(furthest(&equal_mass(&entries, &[0; 4])), None);
    }

    #[test]
    fn opposite_errors_in_one_bin_cancel_and_in_two_do_not() {
        let one = [entry(5_500, false), entry(5_500, true)];
        assert!(width_error(&one, &[9, 11]).unwrap() < 1e-12);
        let two = [entry(4_999, false), entry(5_000, true)];
        assert!((width_error(&two, &[1, 1]).unwrap() - 0.499_95).abs() < 1e-12);
    }

    #[test]
    fn equal_mass_keeps_rows_of_one_score_together() {
        // 10 rows: six at 0.30 (2 positive), one each at 0.6, 0.7, 0.8, 0.9 (all positive): bins 0, 6, 7, 8, 9.
        let entries = [
            entry(3_000, false),
            entry(3_000, true),
            entry(6_000, true),
            entry(7_000, true),
            entry(8_000, true),
            entry(9_000, true),
        ];
        let bins = equal_mass(&entries, &[4, 2, 1, 1, 1, 1]);
        assert_eq!(bins.map(|bin| bin.rows), [6, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
        let expected = 0.6 * (1.0 / 3.0 - 0.3) + 0.1 * (0.4 + 0.3 + 0.2 + 0.1);
        assert!((error_of(&bins).unwrap() - expected).abs() < 1e-12);
    }
}
