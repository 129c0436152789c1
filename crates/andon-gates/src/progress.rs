//! Signs of life on standard error while gates run long. Test harnesses do not capture what is written there directly.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

/// The time after which a gate is long, and between two signs of life.
const INTERVAL: Duration = Duration::from_secs(5);

/// Gates that a sign of life names.
const MAX_NAMED: usize = 3;

/// The beginnings of the gates that run, by id.
static RUNNING: Mutex<BTreeMap<String, Instant>> = Mutex::new(BTreeMap::new());

/// A gate that runs until this is dropped.
pub(crate) struct Running {
    id: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        running().remove(&self.id);
    }
}

/// Begins a gate, which is named on standard error for as long as it takes longer than some seconds.
pub(crate) fn begin(id: &str) -> Running {
    static WATCH: Once = Once::new();
    running().insert(id.to_owned(), Instant::now());
    WATCH.call_once(|| drop(std::thread::spawn(watch)));
    Running { id: id.to_owned() }
}

/// Writes a line to standard error. A pipe that is closed changes no verdict.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn running() -> MutexGuard<'static, BTreeMap<String, Instant>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs until the process ends.
fn watch() {
    loop {
        std::thread::sleep(INTERVAL);
        let line = describe(&running().iter().map(|(id, since)| (id.as_str(), since.elapsed())).collect::<Vec<_>>());
        if let Some(line) = line {
            say(&line);
        }
    }
}

/// The gates that take long, the longest first; `None` if there is none.
fn describe(running: &[(&str, Duration)]) -> Option<String> {
    let mut long: Vec<_> = running.iter().filter(|(_, time)| *time >= INTERVAL).collect();
    long.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    let (_, longest) = long.first()?;
    let names: Vec<&str> = long.iter().take(MAX_NAMED).map(|(id, _)| *id).collect();
    let more = if long.len() > MAX_NAMED { format!(" and {} more", long.len() - MAX_NAMED) } else { String::new() };
    Some(format!("running for {} s: {}{more}", longest.as_secs(), names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_that_take_long_are_named_the_longest_first() {
        let running = |times: &[(&'static str, u64)]| {
            describe(&times.iter().map(|(id, s)| (*id, Duration::from_secs(*s))).collect::<Vec<_>>())
        };
        assert_eq!(running(&[("a", 1), ("b", 4)]), None);
        assert_eq!(running(&[("a", 6), ("b", 4), ("c", 9)]).unwrap(), "running for 9 s: c, a");
        let many = running(&[("a", 6), ("b", 7), ("c", 8), ("d", 9), ("e", 10)]).unwrap();
        assert_eq!(many, "running for 10 s: e, d, c and 2 more");
    }

    #[test]
    fn a_gate_that_ended_no_longer_runs() {
        let ended = begin("card.ended");
        assert!(running().contains_key("card.ended"));
        drop(ended);
        assert!(!running().contains_key("card.ended"));
    }
}
