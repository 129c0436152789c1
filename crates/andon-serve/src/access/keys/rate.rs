//! A token bucket: a number of requests a second, and a second's worth of them at once.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The size of the burst, in nanoseconds of the rate.
const BURST_NANOSECONDS: u64 = 1_000_000_000;

/// The bucket as the time at which it is full again (generic cell rate algorithm), which fits into one atomic number.
#[derive(Debug)]
pub(super) struct RateLimit {
    /// The cost of one request in nanoseconds.
    cost: u64,
    /// The time at which the bucket is full, in nanoseconds.
    full: AtomicU64,
}

impl RateLimit {
    /// A full bucket of this rate, which is at least 1 a second.
    pub(super) fn per_second(rate: u32) -> Self {
        Self { cost: BURST_NANOSECONDS / u64::from(rate.max(1)), full: AtomicU64::new(0) }
    }

    /// Takes one request, or says how long the bucket stays empty.
    pub(super) fn take(&self, now: Duration) -> Result<(), Duration> {
        // This is enough for 584 years.
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let most = now.saturating_add(BURST_NANOSECONDS);
        let after = |full: u64| full.max(now).saturating_add(self.cost);
        match self.full.fetch_update(Relaxed, Relaxed, |full| Some(after(full)).filter(|full| *full <= most)) {
            Ok(_) => Ok(()),
            Err(full) => Err(Duration::from_nanos(after(full).saturating_sub(most))),
        }
    }

    #[cfg(test)]
    pub(super) fn in_a_second(&self) -> u64 {
        BURST_NANOSECONDS / self.cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(rate: &RateLimit, now: Duration) -> usize {
        (0..10_000).take_while(|_| rate.take(now).is_ok()).count()
    }

    #[test]
    fn a_second_s_worth_is_there_at_once_and_comes_back_in_a_second() {
        for per_second in [1, 2, 1_000] {
            let rate = RateLimit::per_second(per_second);
            let per_second = per_second as usize;
            let start = Duration::from_secs(7);
            assert_eq!(taken(&rate, start), per_second);
            assert_eq!(taken(&rate, start + Duration::from_millis(500)), per_second / 2);
            assert_eq!(taken(&rate, start + Duration::from_secs(60)), per_second, "it holds no more than a second's");
        }
    }

    #[test]
    fn the_wait_is_as_long_as_it_says() {
        let rate = RateLimit::per_second(4);
        assert_eq!(taken(&rate, Duration::ZERO), 4);
        let wait = rate.take(Duration::ZERO).unwrap_err();
        assert_eq!(wait, Duration::from_millis(250));
        assert!(rate.take(wait - Duration::from_nanos(1)).is_err());
        assert!(rate.take(wait).is_ok());
    }
}
