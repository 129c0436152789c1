//! Intervals: Wilson's for a share, the percentile bootstrap on a table of counts for everything else.

use andon_evidence::judge::NotMeasured;
use rand_distr::{Binomial, Distribution, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// Two-sided 95 % point of the normal distribution.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// The 95 % score interval of a share, `hits` of `n` (Wilson 1927); sensible also at 0 and 1.
///
/// ```
/// let (low, high) = andon::interval::wilson(10, 10);
/// assert!((low - 0.7225).abs() < 1e-4 && high == 1.0);
/// ```
#[must_use]
pub fn wilson(hits: u64, n: u64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (n as f64, hits as f64 / n as f64);
    let denominator = 1.0 + Z * Z / n;
    let middle = (share + Z * Z / (2.0 * n)) / denominator;
    let half = Z / denominator * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    // At the ends the formula meets 0 and 1 but for rounding.
    let low = if hits == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if share >= 1.0 { 1.0 } else { (middle + half).min(1.0) };
    (low, high)
}

/// The 95 % percentile bootstrap interval of a statistic of a table of counts (Efron 1979).
///
/// Each draw is a multinomial resample of `counts`; the cost depends on the table's size, not on the rows, once there
/// are many rows to an entry. `statistic` returns `None` where it is not defined.
///
/// # Errors
/// [`NotMeasured`] when the statistic is undefined or not finite in any draw.
pub fn bootstrap(
    counts: &[u64],
    draws: usize,
    seed: u64,
    statistic: impl Fn(&[u64]) -> Option<f64>,
) -> Result<(f64, f64), NotMeasured> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let sampler = Sampler::new(counts)?;
    let mut drawn = vec![0; counts.len()];
    let mut values = Vec::with_capacity(draws);
    for draw in 0..draws {
        sampler.draw(&mut random, &mut drawn);
        match statistic(&drawn).filter(|value| value.is_finite()) {
            Some(value) => values.push(value),
            None => {
                let why = format!("too few rows: the statistic is undefined in bootstrap draw {draw}");
                return Err(NotMeasured(why));
            }
        }
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| values.get((share * (draws - 1) as f64).round() as usize).copied();
    at(0.025).zip(at(0.975)).ok_or_else(|| NotMeasured("no bootstrap draws".to_owned()))
}

/// Draws multinomial resamples: row by row where rows are few, entry by entry where they are many.
enum Sampler {
    Rows { entry_of: Vec<u32>, any_row: Uniform<usize> },
    Entries { counts: Vec<u64>, total: u64 },
}

/// Rows to an entry from which one binomial draw costs less than its rows.
const ROWS_PER_BINOMIAL: u64 = 16;

impl Sampler {
    fn new(counts: &[u64]) -> Result<Self, NotMeasured> {
        let total: u64 = counts.iter().sum();
        if total == 0 {
            return Err(NotMeasured("nothing was measured: no rows".to_owned()));
        }
        if total >= ROWS_PER_BINOMIAL * counts.len() as u64 {
            return Ok(Self::Entries { counts: counts.to_vec(), total });
        }
        let entries = counts.iter().enumerate();
        let entry_of: Vec<u32> =
            entries.flat_map(|(entry, count)| std::iter::repeat_n(entry as u32, *count as usize)).collect();
        let any_row = Uniform::new(0, entry_of.len()).map_err(|error| NotMeasured(error.to_string()))?;
        Ok(Self::Rows { entry_of, any_row })
    }

    fn draw(&self, random: &mut Xoshiro256PlusPlus, drawn: &mut [u64]) {
        drawn.fill(0);
        match self {
            Self::Rows { entry_of, any_row } => {
                for _ in 0..entry_of.len() {
                    drawn[entry_of[any_row.sample(random)] as usize] += 1;
                }
            }
            Self::Entries { counts, total } => {
                let (mut rows_left, mut total_left) = (*total, *total);
                for (drawn, count) in drawn.iter_mut().zip(counts) {
                    if *count == 0 || rows_left == 0 {
                        continue;
                    }
                    let share = *count as f64 / total_left as f64;
                    // A share within 0 to 1 is always accepted.
                    *drawn = Binomial::new(rows_left, share.min(1.0)).map_or(rows_left, |d| d.sample(random));
                    rows_left -= *drawn;
                    total_left -= count;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_matches_published_figures() {
        // statsmodels 0.14 proportion_confint(81, 263, method="wilson"); Newcombe 1998, table I.
        let (low, high) = wilson(81, 263);
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5, "{low} {high}");
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert!(wilson(0, 20).0 == 0.0 && (wilson(0, 20).1 - 0.1611).abs() < 5e-5);
    }

    /// Both samplers must give the normal approximation's interval of a share.
    #[test]
    fn both_samplers_agree_with_the_normal_approximation() {
        let share = |counts: &[u64]| Some(counts[0] as f64 / counts.iter().sum::<u64>() as f64);
        let many = bootstrap(&[300, 700], 4_000, 1, share).unwrap();
        // The same table spread over so many entries that rows are drawn one by one.
        let spread: Vec<u64> = [300, 700].into_iter().chain([0; 200]).collect();
        let few = bootstrap(&spread, 4_000, 2, share).unwrap();
        let half = Z * (0.3_f64 * 0.7 / 1_000.0).sqrt();
        for (low, high) in [many, few] {
            assert!((low - (0.3 - half)).abs() < 0.004 && (high - (0.3 + half)).abs() < 0.004, "{low} {high}");
        }
    }

    #[test]
    fn undefined_draws_and_empty_tables_are_not_measured() {
        assert!(bootstrap(&[1, 9], 200, 1, |counts| (counts[0] > 0).then_some(1.0)).is_err());
        assert!(bootstrap(&[5], 200, 1, |_| Some(f64::NAN)).is_err());
        assert!(bootstrap(&[0, 0], 200, 1, |_| Some(1.0)).is_err());
        assert!(bootstrap(&[], 200, 1, |_| Some(1.0)).is_err());
    }
}
