//! What was decided in the last minutes: how many, which way, how fast. Nothing of any record is kept.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use andon::decide::reply::{REFER, Reply};
use andon::evidence::policy::Policy;

/// How much time one slot stands for.
const SLOT_TIME: Duration = Duration::from_secs(30);

/// How many slots there are: ten minutes.
pub(crate) const SLOTS: usize = 20;

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
pub(crate) struct TimeSlot {
    /// Which stretch, counted from the start.
    stretch: u64,
    /// How many were positive, negative, referred.
    pub(crate) counts: [u64; 3],
    /// Time taken by all of them.
    total: Duration,
    /// Time taken by the slowest.
    pub(crate) slowest: Duration,
}

impl TimeSlot {
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

/// A ring of the last slots.
#[derive(Debug)]
pub(crate) struct RecentDecisions {
    start: Instant,
    slots: Mutex<VecDeque<TimeSlot>>,
}

impl RecentDecisions {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), slots: Mutex::new(VecDeque::with_capacity(SLOTS + 1)) }
    }

    /// Counts one decision at a time.
    pub(crate) fn count(&self, now: Instant, outcome: DecisionKind, took: Duration) {
        let stretch = self.stretch(now);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        // Two threads may read the clock in one order and arrive in the other.
        if slots.back().is_none_or(|slot| slot.stretch < stretch) {
            slots.push_back(TimeSlot { stretch, ..TimeSlot::default() });
        }
        if slots.len() > SLOTS {
            slots.pop_front();
        }
        if let Some(slot) = slots.back_mut() {
            let mut counts = [0; 3];
            counts[outcome as usize] = 1;
            slot.add(&TimeSlot { stretch, counts, total: took, slowest: took });
        }
    }

    /// Every slot up to now, the oldest first, also those in which nothing was decided.
    pub(crate) fn slots(&self, now: Instant) -> [TimeSlot; SLOTS] {
        let last = self.stretch(now);
        let kept = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        std::array::from_fn(|place| {
            // Before the service started there is no stretch, and no slot.
            let stretch = (last + 1 + place as u64).checked_sub(SLOTS as u64);
            kept.iter().find(|slot| Some(slot.stretch) == stretch).copied().unwrap_or_default()
        })
    }

    fn stretch(&self, now: Instant) -> u64 {
        now.duration_since(self.start).as_secs() / SLOT_TIME.as_secs()
    }
}

/// All slots together.
pub(crate) fn total(slots: &[TimeSlot]) -> TimeSlot {
    slots.iter().fold(TimeSlot::default(), |mut total, slot| {
        total.add(slot);
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
        recent.count(recent.start + SLOT_TIME, DecisionKind::Negative, ms(1));
        let slots = recent.slots(recent.start + SLOT_TIME);
        assert_eq!((slots[SLOTS - 2].counts, slots[SLOTS - 1].counts), ([1, 0, 1], [0, 1, 0]));
        assert_eq!((slots[SLOTS - 2].mean(), slots[SLOTS - 2].slowest), (Some(ms(3)), ms(4)));
        assert_eq!(total(&slots).counts, [1, 1, 1]);
        let later = recent.slots(recent.start + SLOT_TIME * SLOTS as u32);
        assert_eq!(total(&later).counts, [0, 1, 0], "the first slot is older than all that are shown");
        for stretch in 0..100 {
            recent.count(recent.start + SLOT_TIME * stretch, DecisionKind::Positive, ms(1));
        }
        assert_eq!(recent.slots.lock().unwrap().len(), SLOTS);
        assert_eq!(total(&RecentDecisions::new().slots(Instant::now())).mean(), None);
    }
}
