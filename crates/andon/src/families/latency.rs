//! The family `latency`: the time that one decision takes, call by call.

pub use andon_evidence::judge::p99;
#[cfg(feature = "gates")]
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
#[cfg(feature = "gates")]
use criterion::Criterion;

#[cfg(feature = "gates")]
use crate::measure::sample::Measured;

/// Times single calls of `operation` under criterion, which reports their mean, and returns their 99th percentile.
///
/// # Errors
/// Not measured when criterion ran fewer than 1,000 calls, as in its test mode.
#[cfg(feature = "gates")]
pub(crate) fn single_calls(criterion: &mut Criterion, name: &str, mut operation: impl FnMut()) -> Measured {
    use std::time::{Duration, Instant};

    let mut nanoseconds = Vec::new();
    criterion.bench_function(name, |bencher| {
        bencher.iter_custom(|calls| {
            let mut total = Duration::ZERO;
            for _ in 0..calls {
                let start = Instant::now();
                operation();
                let elapsed = start.elapsed();
                nanoseconds.push(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX));
                total += elapsed;
            }
            total
        });
    });
    p99(nanoseconds)
}

/// The 99th percentile of one whole decision in process: a checked record to its reply, over the rows in turn.
///
/// # Errors
/// Not measured when a row cannot be replied to, or too few calls were timed.
#[cfg(feature = "gates")]
pub fn decision<R: crate::data::contract::Record>(
    criterion: &mut Criterion,
    judged: &crate::release::Judged<R>,
) -> Measured {
    let mut rows = judged.dataset.rows.iter().cycle();
    let mut failed = None;
    let measured = single_calls(criterion, "decision", || {
        let reply = rows.next().map(|row| judged.decider.reply(std::hint::black_box(row)));
        if let Some(Err(error)) = std::hint::black_box(reply) {
            failed = Some(error);
        }
    });
    failed.map_or(measured, |error| Err(NotMeasured(error.to_string())))
}

/// The count of numbers that the yardstick sorts.
#[cfg(feature = "gates")]
const SORTED_NUMBERS: u64 = 1_000;

/// Rounds in which one decision and one sort are timed in turn.
#[cfg(feature = "gates")]
const TIMED_ROUNDS: usize = 2_000;

/// The median time of a decision over the median time of sorting 1,000 numbers, timed in turn, so that the machine's
/// speed and its load cancel: a model that became ten times slower shows on any machine. The interval is that of the
/// medians' order statistics, each at its unfavourable end. The parts are the medians in milliseconds.
///
/// # Errors
/// Not measured when a row cannot be replied to.
#[cfg(feature = "gates")]
pub fn relative<R: crate::data::contract::Record>(judged: &crate::release::Judged<R>) -> Measured {
    use std::hint::black_box;
    use std::time::Instant;

    // A multiplicative hash scatters the numbers; the same ones are sorted every time.
    let numbers: Vec<u64> = (0..SORTED_NUMBERS).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    let mut decisions = Vec::with_capacity(TIMED_ROUNDS);
    let mut sorts = Vec::with_capacity(TIMED_ROUNDS);
    for row in judged.dataset.rows.iter().cycle().take(TIMED_ROUNDS) {
        let start = Instant::now();
        black_box(judged.decider.reply(black_box(row))).map_err(|error| NotMeasured(error.to_string()))?;
        decisions.push(start.elapsed());
        let mut scattered = black_box(numbers.clone());
        let start = Instant::now();
        scattered.sort_unstable();
        black_box(&scattered);
        sorts.push(start.elapsed());
    }
    decisions.sort_unstable();
    sorts.sort_unstable();
    let half = 0.98 / (TIMED_ROUNDS as f64).sqrt();
    let quantile =
        |times: &[std::time::Duration], share: f64| times[(share * TIMED_ROUNDS as f64) as usize].as_secs_f64();
    let ratio = |a: f64, b: f64| quantile(&decisions, a) / quantile(&sorts, b);
    let interval = (ratio(0.5 - half, 0.5 + half), ratio(0.5 + half, 0.5 - half));
    let n = TIMED_ROUNDS as u64;
    let part = |name: &str, times| Part { name: format!("{name}, ms"), value: 1e3 * quantile(times, 0.5), n };
    let parts = vec![part("one decision", &decisions), part("sorting 1,000 numbers", &sorts)];
    Ok(Measurement::with_interval(ratio(0.5, 0.5), interval, Unit::Ratio, n)?.with_parts(parts))
}
