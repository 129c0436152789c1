//! What was decided in the last minutes: how many, which way, how fast. Nothing of any record is kept.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use andon::decide::reply::{REFER, Reply};
use andon::evidence::policy::Policy;

/// How much time one bar stands for.
const WIDTH: Duration = Duration::from_secs(30);

/// How many bars there are: ten minutes.
pub(crate) const BARS: usize = 20;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecisionKind {
    /// Decided positively.
    Positive,
    /// Decided negatively.
    Negative,
    /// Left to a person.
    Referred,
}

impl DecisionKind {
    /// The kind of a reply, by the policy's words.
    pub(crate) fn classify(reply: &Reply, policy: &Policy) -> Self {
        match reply.decision.as_str() {
            REFER => Self::Referred,
            word if word == policy.answer.positive => Self::Positive,
            _ => Self::Negative,
        }
    }
}

/// The decisions of one stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bar {
    /// Which stretch, counted from the start.
    stretch: u64,
    /// How many were positive, negative, referred.
    pub(crate) counts: [u64; 3],
    /// Time taken by all of them.
    total: Duration,
    /// Time taken by the slowest.
    pub(crate) slowest: Duration,
}

impl Bar {
    /// How many decisions.
    pub(crate) fn decisions(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Time taken on average; `None` without a decision.
    pub(crate) fn mean(&self) -> Option<Duration> {
        let nanos = self.total.as_nanos().checked_div(u128::from(self.decisions()))?;
        Some(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.total += other.total;
        self.slowest = self.slowest.max(other.slowest);
    }
}

/// A ring of the last bars.
#[derive(Debug)]
pub(crate) struct RecentDecisions {
    start: Instant,
    bars: Mutex<VecDeque<Bar>>,
}

impl RecentDecisions {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), bars: Mutex::new(VecDeque::with_capacity(BARS + 1)) }
    }

    /// Counts one decision at a time.
    pub(crate) fn count(&self, now: Instant, outcome: DecisionKind, took: Duration) {
        let stretch = self.stretch(now);
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        // Two threads may read the clock in one order and arrive in the other.
        if bars.back().is_none_or(|bar| bar.stretch < stretch) {
            bars.push_back(Bar { stretch, ..Bar::default() });
        }
        if bars.len() > BARS {
            bars.pop_front();
        }
        if let Some(bar) = bars.back_mut() {
            let mut counts = [0; 3];
            counts[outcome as usize] = 1;
            bar.add(&Bar { stretch, counts, total: took, slowest: took });
        }
    }

    /// Every bar up to now, the oldest first, also those in which nothing was decided.
    pub(crate) fn bars(&self, now: Instant) -> [Bar; BARS] {
        let last = self.stretch(now);
        let kept = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        std::array::from_fn(|place| {
            // Before the service started there is no stretch, and no bar.
            let stretch = (last + 1 + place as u64).checked_sub(BARS as u64);
            kept.iter().find(|bar| Some(bar.stretch) == stretch).copied().unwrap_or_default()
        })
    }

    fn stretch(&self, now: Instant) -> u64 {
        now.duration_since(self.start).as_secs() / WIDTH.as_secs()
    }
}

/// All bars together.
pub(crate) fn total(bars: &[Bar]) -> Bar {
    bars.iter().fold(Bar::default(), |mut total, bar| {
        total.add(bar);
        total
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_move_on_and_old_ones_are_forgotten() {
        let recent = RecentDecisions::new();
        let ms = Duration::from_millis;
        recent.count(recent.start, DecisionKind::Positive, ms(2));
        recent.count(recent.start, DecisionKind::Referred, ms(4));
        recent.count(recent.start + WIDTH, DecisionKind::Negative, ms(1));
        let bars = recent.bars(recent.start + WIDTH);
        assert_eq!((bars[BARS - 2].counts, bars[BARS - 1].counts), ([1, 0, 1], [0, 1, 0]));
        assert_eq!((bars[BARS - 2].mean(), bars[BARS - 2].slowest), (Some(ms(3)), ms(4)));
        assert_eq!(total(&bars).counts, [1, 1, 1]);
        let later = recent.bars(recent.start + WIDTH * BARS as u32);
        assert_eq!(total(&later).counts, [0, 1, 0], "the first bar is older than all that are shown");
        for stretch in 0..100 {
            recent.count(recent.start + WIDTH * stretch, DecisionKind::Positive, ms(1));
        }
        assert_eq!(recent.bars.lock().unwrap().len(), BARS);
        assert_eq!(total(&RecentDecisions::new().bars(Instant::now())).mean(), None);
    }
}
