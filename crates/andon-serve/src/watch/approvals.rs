//! The approval rate by hour, for the last day.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use andon::evidence::evidence::Timestamp;

/// The number of hours that are kept.
const WATCHED_HOURS: usize = 24;

/// The approvals and decisions of the last hours.
#[derive(Debug, Default)]
pub(super) struct HourlyApprovals([AtomicU64; WATCHED_HOURS]);

impl HourlyApprovals {
    /// Counts a decision of an hour.
    pub(super) fn count(&self, hour: u64, approved: bool) {
        let slot = &self.0[(hour % WATCHED_HOURS as u64) as usize];
        // Only a `None` of this closure is an error, and it never gives one.
        let _infallible =
            slot.fetch_update(Relaxed, Relaxed, |slot| Some(Hour::unpack(slot, hour).count_one(approved).pack()));
    }

    /// Each of the last hours with a decision, and its approval rate.
    pub(super) fn rates(&self, now: u64) -> impl Iterator<Item = (String, f64)> {
        ((now + 1).saturating_sub(WATCHED_HOURS as u64)..=now).filter_map(|hour| {
            let counted = Hour::unpack(self.0[(hour % WATCHED_HOURS as u64) as usize].load(Relaxed), hour);
            (counted.all > 0).then(|| (format_hour(hour), counted.approved as f64 / counted.all as f64))
        })
    }
}

/// Formats an hour as in `2026-01-31T23`.
fn format_hour(hour: u64) -> String {
    let time = i64::try_from(hour * 3600).ok().and_then(|second| Timestamp::from_second(second).ok());
    time.map(|time| time.to_string().chars().take(13).collect()).unwrap_or_default()
}

/// The decisions of one hour. One number holds them, so that they are counted in one step: 8 bits tell this hour from
/// earlier ones in the same slot (wrong only after 256 days without a decision), 28 bits count approvals and 28 all
/// decisions, which is enough for 74,000 decisions a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hour {
    tag: u64,
    approved: u64,
    all: u64,
}

impl Hour {
    const COUNT_BITS: u32 = 28;
    const MAX_COUNT: u64 = (1 << Self::COUNT_BITS) - 1;

    /// Reads the counts of an hour from a slot; zero if the slot holds another hour.
    fn unpack(slot: u64, hour: u64) -> Self {
        let tag = hour / WATCHED_HOURS as u64 % 256;
        let held = Self {
            tag: slot >> (2 * Self::COUNT_BITS),
            approved: slot >> Self::COUNT_BITS & Self::MAX_COUNT,
            all: slot & Self::MAX_COUNT,
        };
        if held.tag == tag { held } else { Self { tag, approved: 0, all: 0 } }
    }

    /// Adds one decision. A full hour stays as it is, and so does its rate.
    fn count_one(self, approved: bool) -> Self {
        let one = u64::from(self.all < Self::MAX_COUNT);
        Self { approved: self.approved + one * u64::from(approved), all: self.all + one, ..self }
    }

    fn pack(self) -> u64 {
        self.tag << (2 * Self::COUNT_BITS) | self.approved << Self::COUNT_BITS | self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_begins_anew_in_the_place_of_another_and_never_overflows() {
        let hour = 24 * 20_000 + 7;
        let mut slot = 0;
        for approved in [true, false, true] {
            slot = Hour::unpack(slot, hour).count_one(approved).pack();
        }
        let counted = Hour::unpack(slot, hour);
        assert_eq!((counted.approved, counted.all), (2, 3));
        assert_eq!(Hour::unpack(slot, hour + 24).all, 0);
        let full = Hour { approved: Hour::MAX_COUNT, all: Hour::MAX_COUNT, ..counted };
        assert_eq!(Hour::unpack(full.count_one(true).pack(), hour), full);
        assert_eq!(format_hour(493_363), "2026-04-13T19");
    }
}
