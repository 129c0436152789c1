//! A circuit breaker: after several failures in a row, no call is made for a while.

use std::time::Duration;

use tokio::time::Instant;

/// Counts failures in a row. After enough of them, calls are refused for a pause. Then one call tries again, and its
/// outcome decides.
#[derive(Debug)]
pub(crate) struct Breaker {
    most: u32,
    pause: Duration,
    failures: u32,
    /// The end of the pause, once there were enough failures.
    open_until: Option<Instant>,
}

impl Breaker {
    /// A breaker that opens after this many failures in a row, for this long.
    pub(crate) fn new(most: u32, pause: Duration) -> Self {
        Self { most, pause, failures: 0, open_until: None }
    }

    /// Lets a call through.
    ///
    /// # Errors
    /// The rest of the pause.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        let Some(until) = self.open_until else { return Ok(()) };
        if now < until {
            return Err(until - now);
        }
        // If nobody reports the end of this trial, the next one comes a pause later.
        self.open_until = Some(now + self.pause);
        Ok(())
    }

    /// A call ended well.
    pub(crate) fn record_success(&mut self) {
        self.failures = 0;
        self.open_until = None;
    }

    /// A call failed.
    pub(crate) fn record_failure(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= self.most {
            self.open_until = Some(now + self.pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);
    const SECOND: Duration = Duration::from_secs(1);

    /// A breaker that two failures opened just now.
    fn open(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(2, PAUSE);
        breaker.record_failure(now);
        assert_eq!(breaker.admit(now), Ok(()), "one failure is not two");
        breaker.record_failure(now);
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_for_the_pause() {
        let now = Instant::now();
        let mut breaker = open(now);
        assert_eq!(breaker.admit(now), Err(PAUSE));
        assert_eq!(breaker.admit(now + PAUSE - SECOND), Err(SECOND));
        assert_eq!(breaker.admit(now + PAUSE), Ok(()));
    }

    #[test]
    fn a_success_between_failures_starts_the_count_again() {
        let now = Instant::now();
        let mut breaker = Breaker::new(2, PAUSE);
        for _ in 0..10 {
            breaker.record_failure(now);
            breaker.record_success();
        }
        assert_eq!(breaker.admit(now), Ok(()));
    }

    #[test]
    fn one_trial_decides() {
        let now = Instant::now();
        let mut breaker = open(now);
        let then = now + PAUSE;
        assert_eq!((breaker.admit(then), breaker.admit(then)), (Ok(()), Err(PAUSE)));
        breaker.record_failure(then + SECOND);
        assert_eq!(breaker.admit(then + PAUSE), Err(SECOND), "one failed trial is enough");
        assert_eq!(breaker.admit(then + PAUSE + SECOND), Ok(()));
        breaker.record_success();
        assert_eq!((breaker.admit(then + PAUSE + SECOND), breaker.failures), (Ok(()), 0));
    }

    #[test]
    fn a_trial_that_nobody_waited_for_is_followed_by_another() {
        let now = Instant::now();
        let mut breaker = open(now);
        assert_eq!(breaker.admit(now + PAUSE), Ok(()));
        assert_eq!(breaker.admit(now + PAUSE + PAUSE), Ok(()));
    }
}
