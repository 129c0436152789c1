//! The bootstrap on a table of counts: each draw is a multinomial resample of the entries, so that the cost depends on
//! the table and not on the rows behind it.
//!
//! Draws come in blocks with a generator each. Threads share out the blocks, and any number of them gives the same
//! bits.

use andon_evidence::judge::NotMeasured;
use andon_evidence::judge::normal::{Z_95, lower_tail, quantile};
use rand_distr::{Binomial, Distribution, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::threads::{default_threads, share_out};

/// Draws that share a generator.
const DRAWS_PER_BLOCK: usize = 50;

/// Entries times draws from which threads are worth starting.
const MIN_WORK_FOR_THREADS: usize = 50_000;

/// The 95 % percentile interval of a statistic of a table of counts (Efron 1979). `statistic` returns `None` where it
/// is not defined.
///
/// # Errors
/// [`NotMeasured`] when the statistic is undefined or not finite in any draw, or the same in all of them.
pub fn percentile(
    counts: &[u64],
    draws: usize,
    seed: u64,
    statistic: impl Fn(&[u64]) -> Option<f64> + Sync,
) -> Result<(f64, f64), NotMeasured> {
    ends(&drawn(counts, draws, seed, &statistic)?, (0.025, 0.975))
}

/// The percentile interval of a statistic that is a greatest value, moved by twice its bias. A greatest value of a
/// sample lies above that of the population, because chance lifts some place above the true one. A draw overstates the
/// sample as the sample overstates the population, so the draws' mean lies two biases above the truth (Efron and
/// Tibshirani 1993, section 10.2).
///
/// # Errors
/// [`NotMeasured`] as for [`percentile`].
pub(crate) fn without_bias(
    counts: &[u64],
    draws: usize,
    seed: u64,
    statistic: impl Fn(&[u64]) -> Option<f64> + Sync,
) -> Result<(f64, f64), NotMeasured> {
    let undefined = || NotMeasured("too few rows: the statistic is undefined".to_owned());
    let value = statistic(counts).ok_or_else(undefined)?;
    let values = drawn(counts, draws, seed, &statistic)?;
    let bias = values.iter().sum::<f64>() / values.len().max(1) as f64 - value;
    let (low, high) = ends(&values, (0.025, 0.975))?;
    Ok((low - 2.0 * bias, high - 2.0 * bias))
}

/// The 95 % interval corrected for bias and acceleration (Efron 1987, BCa), with the acceleration from leaving one row
/// out, an entry at a time.
///
/// # Errors
/// [`NotMeasured`] as for [`percentile`], and when the statistic is undefined with one row left out.
pub fn bca(
    counts: &[u64],
    draws: usize,
    seed: u64,
    statistic: impl Fn(&[u64]) -> Option<f64> + Sync,
) -> Result<(f64, f64), NotMeasured> {
    let undefined = || NotMeasured("too few rows: the statistic is undefined".to_owned());
    let value = statistic(counts).ok_or_else(undefined)?;
    let values = drawn(counts, draws, seed, &statistic)?;
    let below = values.iter().filter(|drawn| **drawn < value).count() as f64;
    let tied = values.iter().filter(|drawn| drawn.to_bits() == value.to_bits()).count() as f64;
    // Kept off 0 and 1, where the correction has no end.
    let share = ((below + tied / 2.0) / draws as f64).clamp(1.0 / draws as f64, 1.0 - 1.0 / draws as f64);
    let bias = quantile(share);
    let acceleration = acceleration(counts, &statistic).ok_or_else(undefined)?;
    let corrected = |z: f64| lower_tail(bias + (bias + z) / (1.0 - acceleration * (bias + z)));
    ends(&values, (corrected(-Z_95), corrected(Z_95)))
}

/// A sixth of the skewness of the leave-one-out values; 0 where they do not differ.
fn acceleration(counts: &[u64], statistic: &impl Fn(&[u64]) -> Option<f64>) -> Option<f64> {
    let mut fewer = counts.to_vec();
    let mut left_out = Vec::with_capacity(counts.len());
    for (entry, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        fewer[entry] -= 1;
        left_out.push((statistic(&fewer).filter(|value| value.is_finite())?, *count as f64));
        fewer[entry] += 1;
    }
    let rows: f64 = left_out.iter().map(|(_, count)| count).sum();
    let mean = left_out.iter().map(|(value, count)| value * count).sum::<f64>() / rows;
    let moment = |power: i32| left_out.iter().map(|(value, count)| count * (mean - value).powi(power)).sum::<f64>();
    let spread = moment(2);
    Some(if spread > 0.0 { moment(3) / (6.0 * spread * spread.sqrt()) } else { 0.0 })
}

/// Sorted values to an interval between two shares of them.
fn ends(values: &[f64], (low, high): (f64, f64)) -> Result<(f64, f64), NotMeasured> {
    let at = |share: f64| values.get((share * values.len().saturating_sub(1) as f64).round() as usize).copied();
    match at(low).zip(at(high)) {
        Some((low, high)) if low < high => Ok((low, high)),
        Some((low, _)) => {
            Err(NotMeasured(format!("every resample gives {low}: too little varies to tell an interval")))
        }
        None => Err(NotMeasured("no bootstrap draws".to_owned())),
    }
}

/// The statistic of every draw, sorted.
fn drawn(
    counts: &[u64],
    draws: usize,
    seed: u64,
    statistic: &(impl Fn(&[u64]) -> Option<f64> + Sync),
) -> Result<Vec<f64>, NotMeasured> {
    let sampler = &Sampler::new(counts)?;
    let blocks = draws.div_ceil(DRAWS_PER_BLOCK);
    let threads = if counts.len() * draws < MIN_WORK_FOR_THREADS { 1 } else { default_threads() };
    let parts = share_out(blocks, threads, |block| one_block(sampler, block, draws, seed, statistic));
    let mut values = parts.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    values.sort_unstable_by(f64::total_cmp);
    Ok(values)
}

fn one_block(
    sampler: &Sampler,
    block: usize,
    draws: usize,
    seed: u64,
    statistic: &impl Fn(&[u64]) -> Option<f64>,
) -> Result<Vec<f64>, NotMeasured> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ block as u64);
    let mut counts = vec![0; sampler.entries()];
    let mut values = Vec::with_capacity(DRAWS_PER_BLOCK);
    for _ in block * DRAWS_PER_BLOCK..draws.min((block + 1) * DRAWS_PER_BLOCK) {
        sampler.draw(&mut random, &mut counts);
        let undefined = || NotMeasured("too few rows: the statistic is undefined in a bootstrap draw".to_owned());
        values.push(statistic(&counts).filter(|value| value.is_finite()).ok_or_else(undefined)?);
    }
    Ok(values)
}

/// Draws multinomial resamples: row by row where rows are few, entry by entry where they are many.
enum Sampler {
    Rows { entry_of: Vec<u32>, any_row: Uniform<usize>, entries: usize },
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
        Ok(Self::Rows { entry_of, any_row, entries: counts.len() })
    }

    fn entries(&self) -> usize {
        match self {
            Self::Rows { entries, .. } => *entries,
            Self::Entries { counts, .. } => counts.len(),
        }
    }

    fn draw(&self, random: &mut Xoshiro256PlusPlus, drawn: &mut [u64]) {
        drawn.fill(0);
        match self {
            Self::Rows { entry_of, any_row, .. } => {
                for _ in 0..entry_of.len() {
                    drawn[entry_of[any_row.sample(random)] as usize] += 1;
                }
            }
            Self::Entries { counts, total } => {
                let mut rows_left = *total;
                let mut total_left = *total;
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

    fn share(counts: &[u64]) -> Option<f64> {
        Some(counts[0] as f64 / counts.iter().sum::<u64>() as f64)
    }

    /// Both samplers must give the normal approximation's interval of a share.
    #[test]
    fn both_samplers_agree_with_the_normal_approximation() {
        let many = percentile(&[300, 700], 4_000, 1, share).unwrap();
        // The same table spread over so many entries that rows are drawn one by one.
        let spread: Vec<u64> = [300, 700].into_iter().chain([0; 200]).collect();
        let few = percentile(&spread, 4_000, 2, share).unwrap();
        let half = Z_95 * (0.3_f64 * 0.7 / 1_000.0).sqrt();
        for (low, high) in [many, few] {
            assert!((low - (0.3 - half)).abs() < 0.004 && (high - (0.3 + half)).abs() < 0.004, "{low} {high}");
        }
    }

    #[test]
    fn the_acceleration_of_a_share_is_a_sixth_of_its_skewness_over_the_root_of_n() {
        // 20 of 100: skewness of the mean's influence (1 - 2p) / sqrt(p (1 - p)) / sqrt(n) / 6.
        let expected = 0.6 / 0.4 / 10.0 / 6.0;
        assert!((acceleration(&[20, 80], &share).unwrap() - expected).abs() < 1e-9);
        let (plain, corrected) =
            (percentile(&[20, 80], 20_000, 3, share).unwrap(), bca(&[20, 80], 20_000, 3, share).unwrap());
        assert!(corrected.0 >= plain.0 && corrected.1 >= plain.1, "{plain:?} {corrected:?}");
    }

    /// Two counts of the same chance: their greatest share is 1/2 in truth, and in most samples more.
    #[test]
    fn a_greatest_value_is_moved_by_twice_its_bias() {
        let greatest = |counts: &[u64]| Some(*counts.iter().max()? as f64 / counts.iter().sum::<u64>() as f64);
        let plain = percentile(&[50, 50], 4_000, 5, greatest).unwrap();
        let moved = without_bias(&[50, 50], 4_000, 5, greatest).unwrap();
        // The mean of |N(0, 1/2)| / 10 is 0.0399: 0.5 + 0.0399 is what a draw is on average.
        assert!((plain.0 - moved.0 - 0.0798).abs() < 0.004, "{plain:?} {moved:?}");
        assert!((plain.1 - moved.1 - 0.0798).abs() < 0.004, "{plain:?} {moved:?}");
        // A mean has no bias.
        let (plain, moved) =
            (percentile(&[300, 700], 4_000, 1, share).unwrap(), without_bias(&[300, 700], 4_000, 1, share).unwrap());
        assert!((plain.0 - moved.0).abs() < 0.002, "{plain:?} {moved:?}");
    }

    #[test]
    fn undefined_draws_and_empty_tables_are_not_measured() {
        assert!(percentile(&[1, 9], 200, 1, |counts| (counts[0] > 0).then_some(1.0)).is_err());
        assert!(percentile(&[5], 200, 1, |_| Some(f64::NAN)).is_err());
        assert!(percentile(&[0, 0], 200, 1, |_| Some(1.0)).is_err());
        assert!(percentile(&[], 200, 1, |_| Some(1.0)).is_err());
    }

    #[test]
    fn an_interval_without_width_is_not_measured() {
        assert!(percentile(&[9, 0], 200, 1, share).is_err());
        assert!(bca(&[9, 0], 200, 1, share).is_err());
    }
}
