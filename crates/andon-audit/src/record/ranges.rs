//! Sets of sequence numbers, written as in `1-500,502`.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Ascending ranges that neither overlap nor touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ranges(Vec<RangeInclusive<u64>>);

impl Ranges {
    /// Adds a number that is above all others.
    pub(crate) fn push(&mut self, number: u64) {
        match self.0.last_mut() {
            Some(last) if last.end().saturating_add(1) >= number => *last = *last.start()..=number,
            _ => self.0.push(number..=number),
        }
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        let at = self.0.partition_point(|range| *range.end() < number);
        self.0.get(at).is_some_and(|range| range.contains(&number))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &RangeInclusive<u64>> {
        self.0.iter()
    }

    /// The number of numbers.
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().fold(0, |sum: u64, range| sum.saturating_add((range.end() - range.start()).saturating_add(1)))
    }

    /// Sorted and joined.
    pub(crate) fn union(sets: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<_> = sets.into_iter().flat_map(|set| set.0).collect();
        all.sort_unstable_by_key(|range| *range.start());
        let mut joined: Vec<RangeInclusive<u64>> = Vec::new();
        for range in all {
            match joined.last_mut() {
                Some(last) if last.end().saturating_add(1) >= *range.start() => {
                    *last = *last.start()..=*range.end().max(last.end());
                }
                _ => joined.push(range),
            }
        }
        Self(joined)
    }
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, range) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            match (range.start(), range.end()) {
                (start, end) if start == end => write!(f, "{comma}{start}")?,
                (start, end) => write!(f, "{comma}{start}-{end}")?,
            }
        }
        Ok(())
    }
}

/// Not of the form, or not ascending.
#[derive(Debug)]
pub(crate) struct NotRanges;

impl FromStr for Ranges {
    type Err = NotRanges;

    fn from_str(text: &str) -> Result<Self, NotRanges> {
        let number = |text: &str| text.parse::<u64>().map_err(|_| NotRanges);
        let range = |text: &str| {
            let (start, end) = text.split_once('-').unwrap_or((text, text));
            Ok(number(start)?..=number(end)?)
        };
        let ranges = text.split(',').map(range).collect::<Result<Vec<_>, _>>()?;
        let ordered = ranges.iter().all(|range| range.start() <= range.end());
        let ascending = ranges.windows(2).all(|two| two[0].end() < two[1].start());
        if ordered && ascending { Ok(Self(ranges)) } else { Err(NotRanges) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_read_back_as_written() {
        let mut ranges = Ranges::default();
        [1, 2, 3, 5, 8, 9].into_iter().for_each(|number| ranges.push(number));
        assert_eq!((ranges.to_string().as_str(), ranges.count()), ("1-3,5,8-9", 6));
        let members: Vec<u64> = (0..12).filter(|number| ranges.contains(*number)).collect();
        assert_eq!(members, [1, 2, 3, 5, 8, 9]);
        assert_eq!("1-3,5,8-9".parse::<Ranges>().unwrap(), ranges);
        for bad in ["", "x", "3-1", "1-3,2", "1,1"] {
            assert!(bad.parse::<Ranges>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_union_joins_what_touches() {
        let sets = ["5-6", "1-2", "3,10", "6-7"].map(|text| text.parse::<Ranges>().unwrap());
        assert_eq!(Ranges::union(sets).to_string(), "1-3,5-7,10");
    }
}
