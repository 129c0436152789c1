//! A long trail in parts, so that the notes between its decisions need not all be in memory.

use std::ops::RangeInclusive;

/// The rows of a part.
const CHUNK_ROWS: u64 = 20_000;

/// The parts of a range, in order.
pub(crate) fn chunks(rows: RangeInclusive<u64>) -> impl Iterator<Item = RangeInclusive<u64>> {
    let (mut start, end) = rows.into_inner();
    std::iter::from_fn(move || {
        if start > end {
            return None;
        }
        let last = end.min(start.saturating_add(CHUNK_ROWS - 1));
        let chunk = start..=last;
        start = last.saturating_add(1);
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_whole_without_overlap() {
        let of = |rows| chunks(rows).collect::<Vec<_>>();
        let before = 0;
        assert_eq!(of(1..=before), []);
        assert_eq!(of(1..=20_000), [1..=20_000]);
        assert_eq!(of(7..=40_010), [7..=20_006, 20_007..=40_006, 40_007..=40_010]);
    }
}
