//! Times of single calls, as one measurement.

use crate::judge::measurement::{Measurement, NotMeasured, Part, Unit};

/// Fewest calls from which a 99th percentile is read.
pub const MIN_TIMED_CALLS: usize = 1_000;

/// The 99th percentile of single-call timings in nanoseconds, as milliseconds; its 95 % interval is that of order
/// statistics (David and Nagaraja 2003, section 7.1). The parts are other percentiles of the same calls.
///
/// # Errors
/// Not measured from fewer than [`MIN_TIMED_CALLS`] calls.
///
/// ```
/// let thousand: Vec<u64> = (1..=1_000).map(|ms| ms * 1_000_000).collect();
/// assert_eq!(andon_evidence::judge::p99(thousand.clone()).unwrap().value(), 990.0);
/// assert!(andon_evidence::judge::p99(thousand[1..].to_vec()).is_err());
/// ```
pub fn p99(mut nanoseconds: Vec<u64>) -> Result<Measurement, NotMeasured> {
    let n = nanoseconds.len();
    if n < MIN_TIMED_CALLS {
        return Err(NotMeasured(format!("{n} calls were timed, at least {MIN_TIMED_CALLS} are needed")));
    }
    nanoseconds.sort_unstable();
    let rank = 0.99 * n as f64;
    let half = 1.96 * (n as f64 * 0.99 * 0.01).sqrt();
    let at = |rank: f64| nanoseconds[(rank.ceil() as usize).clamp(1, n) - 1] as f64 / 1e6;
    let part = |(name, share): (&str, f64)| Part { name: name.to_owned(), value: at(share * n as f64), n: n as u64 };
    let parts = [("50 %", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("99.9 %", 0.999), ("slowest", 1.0)].map(part);
    let measured = Measurement::with_interval(at(rank), (at(rank - half), at(rank + half)), Unit::Ms, n as u64)?;
    Ok(measured.with_parts(parts.to_vec()))
}
