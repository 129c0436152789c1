//! The decisions of the last ten minutes: their number, kind and duration. It keeps nothing of any record.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use andon::evidence::policy::Policy;
use andon::{REFER, Reply};

/// The duration of one time slot.
const SLOT_TIME: Duration = Duration::from_secs(30);

/// The number of time slots: ten minutes.
pub(crate) const SLOTS: usize = 20;

/// The kind of a decision.
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
    /// Finds the kind of a reply, by the policy's words.
    pub(crate) fn classify(reply: &Reply, policy: &Policy) -> Self {
        match reply.decision.as_str() {
            REFER => Self::Referred,
            word if word == policy.answer.positive => Self::Positive,
            _ => Self::Negative,
        }
    }
}

/// The decisions of one time slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TimeSlot {
    /// The number of the slot, counted from the start.
    stretch: u64,
    /// The number of positive, negative and referred decisions.
    pub(crate) counts: [u64; 3],
    /// The time that all of them took.
    total: Duration,
    /// The time that the slowest took.
    pub(crate) slowest: Duration,
}

impl TimeSlot {
    /// The number of decisions.
    pub(crate) fn decisions(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The average time; `None` without a decision.
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

/// A ring of the last time slots.
#[derive(Debug)]
pub(crate) struct RecentDecisions {
    start: Instant,
    slots: Mutex<VecDeque<TimeSlot>>,
}

impl RecentDecisions {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), slots: Mutex::new(VecDeque::with_capacity(SLOTS + 1)) }
    }

    /// Counts one decision.
    pub(crate) fn count(&self, now: Instant, outcome: DecisionKind, took: Duration) {
        let stretch = self.stretch(now);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        // Two threads may read the clock in one order and arrive in another.
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

    /// Every slot up to now, the oldest first, also those without a decision.
    pub(crate) fn slots(&self, now: Instant) -> [TimeSlot; SLOTS] {
        let last = self.stretch(now);
        let kept = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        std::array::from_fn(|place| {
            // Before the service started there was no slot.
            let stretch = (last + 1 + place as u64).checked_sub(SLOTS as u64);
            kept.iter().find(|slot| Some(slot.stretch) == stretch).copied().unwrap_or_default()
        })
    }

    fn stretch(&self, now: Instant) -> u64 {
        now.duration_since(self.start).as_secs() / SLOT_TIME.as_secs()
    }
}

/// Adds up all slots.
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
