//! Effect sizes: how far apart two sets of values are, whatever the number of rows. Pure arithmetic on counts.

pub(crate) mod mean_difference;

use andon_evidence::judge::NotMeasured;

use crate::statistics::bootstrap::percentile;
use crate::statistics::estimate::Estimate;

/// Rows by the bin in which their value lies, reference and current side by side; a bin begins at each of `starts`,
/// and what lies below the first is a bin of its own.
///
/// ```
/// let table = andon::statistics::effect_size::table(&[1.0, 2.0, 2.0], &[0.0, 9.0], &[1.0, 2.0]);
/// assert_eq!(table, [0, 1, 1, 0, 2, 1]);
/// ```
#[must_use]
pub fn table(reference: &[f64], current: &[f64], starts: &[f64]) -> Vec<u64> {
    let mut counts = vec![0; 2 * (starts.len() + 1)];
    for (side, values) in [reference, current].into_iter().enumerate() {
        for value in values {
            counts[2 * starts.partition_point(|start| start <= value) + side] += 1;
        }
    }
    counts
}

/// A statistic of a [`table`] with the interval of the percentile bootstrap on it.
///
/// Resampling adds chance to what chance did already, so that both ends lie somewhat high: the upper, against which
/// drift is judged, errs on the careful side, and the lower is put at the point where it would pass it.
///
/// # Errors
/// Not measured when a side of the table, or of a resample, has no rows.
pub(crate) fn resampled(
    table: &[u64],
    draws: usize,
    seed: u64,
    statistic: impl Fn(&[u64]) -> Option<f64> + Sync,
) -> Result<Estimate, NotMeasured> {
    let value = statistic(table).ok_or_else(|| NotMeasured("one set of rows is empty".to_owned()))?;
    if table.chunks_exact(2).filter(|bin| bin[0] + bin[1] > 0).count() == 1 {
        // One value throughout: nothing can be apart, and no resample differs.
        return Ok(Estimate { value, low: value, high: value });
    }
    let (low, high) = percentile(table, draws, seed, statistic)?;
    Ok(Estimate { value, low: low.min(value), high: high.max(value) })
}

/// Rows of the two sides of a table; `None` where one has none.
fn totals(table: &[u64]) -> Option<(f64, f64)> {
    let rows = |side| table.iter().skip(side).step_by(2).sum::<u64>() as f64;
    Some((rows(0), rows(1))).filter(|(reference, current)| *reference > 0.0 && *current > 0.0)
}

/// The population stability index of a [`table`]: over bins, the sum of (current - reference) x ln(current /
/// reference) in shares of rows, half a row added to every count (Siddiqi 2006, "Credit Risk Scorecards"; it is
/// Jeffreys' divergence). `None` where one side has no rows.
#[must_use]
pub(crate) fn stability(table: &[u64]) -> Option<f64> {
    let (reference, current) = totals(table)?;
    let occurring = table.chunks_exact(2).filter(|bin| bin[0] + bin[1] > 0);
    let half_rows = 0.5 * occurring.clone().count() as f64;
    let share = |rows: u64, all: f64| (rows as f64 + 0.5) / (all + half_rows);
    let term = |bin: &[u64]| {
        let before = share(bin[0], reference);
        let after = share(bin[1], current);
        (after - before) * libm::log(after / before)
    };
    Some(occurring.map(term).sum())
}

/// Cramer's V of a [`table`]: the square root of chi-square over the rows (Cramer 1946, section 21.9), 0 to 1. `None`
/// where one side has no rows.
#[must_use]
pub(crate) fn cramers_v(table: &[u64]) -> Option<f64> {
    let (reference, current) = totals(table)?;
    let rows = reference + current;
    let term = |bin: &[u64]| {
        let both = (bin[0] + bin[1]) as f64;
        let expected = both * reference / rows;
        let other = both * current / rows;
        (bin[0] as f64 - expected).powi(2) / expected + (bin[1] as f64 - other).powi(2) / other
    };
    let occurring = table.chunks_exact(2).filter(|bin| bin[0] + bin[1] > 0);
    Some((occurring.map(term).sum::<f64>() / rows).sqrt())
}

/// The Kolmogorov-Smirnov distance: the largest difference, at any value, between the shares of either set up to that
/// value (Smirnov 1939). `None` where one set is empty.
#[must_use]
pub(crate) fn ks_distance(mut reference: Vec<f64>, mut current: Vec<f64>) -> Option<f64> {
    reference.sort_unstable_by(f64::total_cmp);
    current.sort_unstable_by(f64::total_cmp);
    let share = |values: &[f64], value: f64| values.partition_point(|v| *v <= value) as f64 / values.len() as f64;
    let apart = |value: &f64| (share(&reference, *value) - share(&current, *value)).abs();
    let widest = reference.iter().chain(&current).map(apart).fold(0.0, f64::max);
    (!reference.is_empty() && !current.is_empty()).then_some(widest)
}

/// The Wasserstein distance of a [`table`] with these `starts`: how far values must be moved, on average, to turn one
/// side into the other, in the unit of the values (Vallender 1974: the area between the two distribution functions).
/// Unlike a comparison bin by bin it is small where values move a little. `None` where one side has no rows.
#[must_use]
pub(crate) fn wasserstein(table: &[u64], starts: &[f64]) -> Option<f64> {
    let (reference, current) = totals(table)?;
    let mut below = (0.0, 0.0);
    let mut area = 0.0;
    for (bin, step) in table.chunks_exact(2).skip(1).zip(starts.windows(2)) {
        below = (below.0 + bin[0] as f64 / reference, below.1 + bin[1] as f64 / current);
        area += (below.0 - below.1).abs() * (step[1] - step[0]);
    }
    Some(area)
}

/// The greatest distance of a distribution function of `n` rows from the truth, but for an error of 2.5 %, whatever the
/// distribution (Dvoretzky, Kiefer and Wolfowitz with the constant of Massart 1990).
#[must_use]
pub(crate) fn band(n: usize) -> f64 {
    (libm::log(2.0 / 0.025) / (2.0 * n as f64)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::matrix::MISSING;
    use crate::statistics::bins::{MAX_QUANTILE_BINS, distinct, tenths};

    /// 40 and 60 values with ties.
    fn sides() -> (Vec<f64>, Vec<f64>) {
        let values = |n: u64, step: u64| (0..n).map(move |row| (row * step % 23) as f64);
        (values(40, 7).collect(), values(60, 5).map(|value| value + 3.0).collect())
    }

    fn close(found: Option<f64>, expected: f64) {
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12), "{found:?} is not {expected}");
    }

    #[test]
    fn distances_match_scipy() {
        let (reference, current) = sides();
        // scipy 1.17: stats.ks_2samp(reference, current).statistic
        close(ks_distance(reference.clone(), current.clone()), 0.133_333_333_333_333_33);
        // scipy 1.17: stats.contingency.association(table, "cramer") over values // 5
        let fives = table(&reference, &current, &[5.0, 10.0, 15.0, 20.0, 25.0]);
        close(cramers_v(&fives), 0.226_298_952_019_004_93);
        // scipy 1.17: stats.wasserstein_distance(reference, current)
        let values = distinct(&reference, &current);
        close(wasserstein(&table(&reference, &current, &values), &values), 2.883_333_333_333_333);
        // NumPy 2: half a row added to each of the six bins
        close(stability(&fives), 0.182_677_338_341_084_07);
    }

    #[test]
    fn nothing_in_common_and_nothing_apart() {
        close(cramers_v(&[5, 0, 0, 7]), 1.0);
        close(cramers_v(&[5, 10, 7, 14]), 0.0);
        close(stability(&[5, 5, 7, 7]), 0.0);
        close(ks_distance(vec![1.0, 2.0], vec![3.0]), 1.0);
        close(ks_distance(vec![1.0, 2.0], vec![2.0, 1.0]), 0.0);
    }

    #[test]
    fn an_empty_side_has_no_distance() {
        assert_eq!((cramers_v(&[5, 0, 7, 0]), stability(&[0, 5]), stability(&[])), (None, None, None));
        assert_eq!(wasserstein(&[0, 0, 5, 0], &[1.0]), None);
        assert_eq!(ks_distance(Vec::new(), vec![1.0]), None);
        assert!(resampled(&[5, 0], 200, 1, stability).is_err());
        let constant = resampled(&[5, 7], 200, 1, stability).unwrap();
        assert!(constant.value.abs() < 1e-12 && constant.high.abs() < 1e-12);
    }

    #[test]
    fn missing_values_are_a_bin_of_their_own() {
        let reference: Vec<f64> = (0..20).map(f64::from).chain([MISSING; 4]).collect();
        let starts = tenths(&reference);
        assert_eq!(starts.len(), MAX_QUANTILE_BINS);
        let counts = table(&reference, &[MISSING, -5.0, 99.0], &starts);
        assert_eq!((counts[..4].to_vec(), counts.last()), (vec![4, 1, 2, 1], Some(&1)));
    }
}
