//! A service under load: many clients at once, each on its own connection. The gate `serving.load` and the rehearsal of
//! the built program count in the same way.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::judge::{Measurement, NotMeasured, p99};
use crate::policy::Load;

/// The times and failures of all requests of one run.
#[derive(Debug, Clone, Default)]
pub struct LoadRun {
    /// Nanoseconds of each request, failed ones included.
    nanoseconds: Vec<u64>,
    /// The reason of each failed request, in no order.
    failures: Vec<String>,
    elapsed: Duration,
}

/// More requests failed than the policy allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failed} of {requests} requests failed with {clients} clients at once, at most {allowed} may; first: {first}")]
pub struct TooManyFailures {
    failed: usize,
    requests: usize,
    clients: usize,
    allowed: usize,
    first: String,
}

/// The figures of one run, for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadFigures {
    /// The number of clients that asked at once.
    pub clients: usize,
    /// The number of requests.
    pub requests: usize,
    /// The number of requests that failed.
    pub failed: usize,
    /// The median time of a request, in milliseconds.
    pub p50_ms: f64,
    /// The 99th percentile, in milliseconds.
    pub p99_ms: f64,
    /// The end of its 95 % interval that is held against the bar, in milliseconds.
    pub p99_high_ms: f64,
    /// The number of requests that were answered in one second, by all clients together.
    pub requests_per_second: f64,
}

/// Asks as many requests as the policy says, from as many clients at once. `connect` makes a client, `ask` puts the
/// request of a place, and `check` sees the answer outside of the time that is taken.
pub fn ask_at_once<C, A>(
    load: &Load,
    connect: impl Fn() -> C + Sync,
    ask: impl Fn(&C, usize) -> Result<A, String> + Sync,
    check: impl Fn(usize, A) + Sync,
) -> LoadRun {
    let next = AtomicUsize::new(0);
    let work = || {
        let client = connect();
        let mut own = LoadRun::default();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= load.requests {
                return own;
            }
            let start = Instant::now();
            let answer = ask(&client, place);
            own.nanoseconds.push(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
            match answer {
                Ok(answer) => check(place, answer),
                Err(why) => own.failures.push(why),
            }
        }
    };
    let start = Instant::now();
    let mut whole = LoadRun::default();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..load.clients).map(|_| scope.spawn(work)).collect();
        for client in clients {
            match client.join() {
                Ok(own) => whole.add(own),
                Err(_) => whole.failures.push("a client crashed".to_owned()),
            }
        }
    });
    whole.elapsed = start.elapsed();
    whole
}

impl LoadRun {
    fn add(&mut self, own: Self) {
        self.nanoseconds.extend(own.nanoseconds);
        self.failures.extend(own.failures);
    }

    /// Refuses a run in which more requests failed than the policy allows. A service that drops requests looks fast.
    ///
    /// # Errors
    /// [`TooManyFailures`] with the first failure.
    pub fn check_failures(&self, load: &Load) -> Result<(), TooManyFailures> {
        let allowed = (load.failed_share * load.requests as f64).floor() as usize;
        let unanswered = load.requests.saturating_sub(self.nanoseconds.len());
        let failed = self.failures.len().max(unanswered);
        if failed <= allowed {
            return Ok(());
        }
        let first = self.failures.first().cloned().unwrap_or_else(|| "a request was not sent".to_owned());
        Err(TooManyFailures { failed, requests: load.requests, clients: load.clients, allowed, first })
    }

    /// The 99th percentile of the time of a request. A failed request counts as long as the slowest one.
    ///
    /// # Errors
    /// Not measured from too few requests.
    pub fn measure(&self) -> Result<Measurement, NotMeasured> {
        let slowest = self.nanoseconds.iter().copied().max().unwrap_or(0);
        let mut times = self.nanoseconds.clone();
        times.sort_unstable();
        let failed = self.failures.len().min(times.len());
        times[..failed].fill(slowest);
        p99(times)
    }

    /// The figures of this run.
    #[must_use]
    pub fn figures(&self, load: &Load, measured: &Measurement) -> LoadFigures {
        let median = measured.parts().iter().find(|part| part.name == "50 %").map_or(f64::NAN, |part| part.value);
        let tenths = |value: f64| (value * 10.0).round() / 10.0;
        LoadFigures {
            clients: load.clients,
            requests: self.nanoseconds.len(),
            failed: self.failures.len(),
            p50_ms: tenths(median),
            p99_ms: tenths(measured.value()),
            p99_high_ms: tenths(measured.interval().1),
            requests_per_second: tenths(self.nanoseconds.len() as f64 / self.elapsed.as_secs_f64().max(1e-9)),
        }
    }
}

impl fmt::Display for LoadFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clients, requests, failed, p50_ms, p99_ms, p99_high_ms, requests_per_second } = self;
        write!(
            f,
            "{clients} clients at once: {requests} requests, {failed} failed, median {p50_ms} ms, 99th percentile \
             {p99_ms} ms (at most {p99_high_ms}), {requests_per_second} requests in a second"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(failed_share: f64, fails: impl Fn(usize) -> bool + Sync) -> (Load, LoadRun) {
        let load = Load { clients: 3, requests: 1_000, failed_share };
        let ask = |(): &(), place| if fails(place) { Err(format!("request {place}")) } else { Ok(place) };
        let asked = std::sync::Mutex::new(Vec::new());
        let run = ask_at_once(&load, || (), ask, |place, answer| asked.lock().unwrap().push((place, answer)));
        let mut asked = asked.into_inner().unwrap();
        asked.sort_unstable();
        let expected: Vec<_> = (0..1_000).filter(|place| !fails(*place)).map(|place| (place, place)).collect();
        assert_eq!(asked, expected, "each request is put once, and each answer is seen once");
        (load, run)
    }

    #[test]
    fn every_request_is_put_once_and_counted() {
        let (load, run) = run(0.0, |_| false);
        run.check_failures(&load).unwrap();
        let measured = run.measure().unwrap();
        let figures = run.figures(&load, &measured);
        assert_eq!((figures.clients, figures.requests, figures.failed), (3, 1_000, 0));
        assert!(figures.requests_per_second > 0.0 && figures.p50_ms <= figures.p99_ms, "{figures}");
    }

    #[test]
    fn one_failure_more_than_the_policy_allows_is_told() {
        let (load, none_allowed) = run(0.0, |place| place == 7);
        let told = none_allowed.check_failures(&load).unwrap_err().to_string();
        assert_eq!(told, "1 of 1000 requests failed with 3 clients at once, at most 0 may; first: request 7");
        let (load, allowed) = run(0.002, |place| place < 2);
        allowed.check_failures(&load).unwrap();
        let (load, more) = run(0.002, |place| place < 3);
        assert!(more.check_failures(&load).is_err());
    }

    #[test]
    fn a_failed_request_counts_as_long_as_the_slowest() {
        let failures = vec!["x".to_owned(); 30];
        let nanoseconds: Vec<u64> = (1..=1_000).map(|ms| ms * 1_000_000).collect();
        let run = LoadRun { nanoseconds, failures, elapsed: Duration::from_secs(1) };
        assert_eq!(run.measure().unwrap().value().to_string(), "1000");
    }

    #[test]
    fn a_client_that_crashes_and_a_run_without_a_client_are_failures() {
        let load = Load { clients: 1, requests: 1_000, failed_share: 0.0 };
        let crashed = ask_at_once(&load, || (), |(): &(), _| -> Result<(), String> { panic!("no") }, |_, ()| ());
        assert!(crashed.check_failures(&load).unwrap_err().to_string().contains("a client crashed"));
        let none = ask_at_once(&Load { clients: 0, ..load.clone() }, || (), |(): &(), _| Ok(()), |_, ()| ());
        assert!(none.check_failures(&load).is_err() && none.measure().is_err());
    }
}
