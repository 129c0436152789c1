//! Counts by label and score: what the statistics of any set of rows are folded from.

use std::collections::BTreeMap;

use crate::model::score::Score;

/// A label at a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelledScore {
    /// The score in ten-thousandths.
    pub score: usize,
    /// The label.
    pub label: bool,
}

/// Counts by (label) x (score): the places that occur, in order, with how often. Hundreds of tables stand side by side
/// when a statistic is taken over the repeats of a cross-validation, so a place without rows takes no room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table(Vec<(u32, u64)>);

impl Table {
    /// The place at which a label at a score is counted; places are in the order of the scores.
    #[must_use]
    pub(crate) fn place(entry: LabelledScore) -> u32 {
        2 * entry.score as u32 + u32::from(entry.label)
    }

    /// The table of some places, one for each row.
    pub(crate) fn of(mut places: Vec<u32>) -> Self {
        places.sort_unstable();
        Self(places.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect())
    }

    /// The table of rows that were counted elsewhere, by place.
    pub(crate) fn of_counts(counts: BTreeMap<u32, u64>) -> Self {
        Self(counts.into_iter().collect())
    }

    /// The counts of some tables together.
    pub(crate) fn sum<'a>(tables: impl Iterator<Item = &'a Self>) -> Self {
        let mut counts: Vec<(u32, u64)> = tables.flat_map(|table| &table.0).copied().collect();
        // Runs in order: the stable sort merges them.
        counts.sort_by_key(|(place, _)| *place);
        counts.dedup_by(|(place, more), (kept, count)| {
            let is_same = place == kept;
            *count += if is_same { *more } else { 0 };
            is_same
        });
        Self(counts)
    }

    /// Adds the counts of another table.
    pub(crate) fn add(&mut self, other: &Self) {
        *self = Self::sum([&*self, other].into_iter());
    }

    /// True if nothing was counted.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All rows.
    pub(crate) fn rows(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// Every score and label that occurs, by score, with how often.
    #[must_use]
    pub(crate) fn entries(&self) -> (Vec<LabelledScore>, Vec<u64>) {
        let entry = |place: u32| LabelledScore { score: place as usize / 2, label: place % 2 == 1 };
        self.0.iter().map(|(place, count)| (entry(*place), *count)).unzip()
    }

    /// Rows by label, below and at or above a threshold; of no named group.
    #[must_use]
    pub fn outcomes(&self, threshold: Score) -> Outcomes {
        let mut outcomes = Outcomes { group: String::new(), below: [0; 2], above: [0; 2] };
        for (place, count) in &self.0 {
            let is_below = (*place as usize / 2) < threshold.index();
            let side = if is_below { &mut outcomes.below } else { &mut outcomes.above };
            side[*place as usize % 2] += count;
        }
        outcomes
    }
}

/// The outcomes of the rows of one group; arrays by label, 0 then 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcomes {
    /// The group.
    pub group: String,
    /// Rows scored below the threshold.
    pub below: [u64; 2],
    /// Rows scored at or above the threshold.
    pub above: [u64; 2],
}

impl Outcomes {
    /// All rows of the group.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.selected() + self.below.iter().sum::<u64>()
    }

    /// Rows with the positive answer.
    #[must_use]
    pub fn selected(&self) -> u64 {
        self.above.iter().sum()
    }

    /// Rows whose label is this.
    #[must_use]
    pub(crate) fn labelled(&self, label: bool) -> u64 {
        self.below[usize::from(label)] + self.above[usize::from(label)]
    }

    /// Share of rows with the positive answer; `None` without rows.
    #[must_use]
    pub(crate) fn selection_rate(&self) -> Option<f64> {
        (self.rows() > 0).then(|| self.selected() as f64 / self.rows() as f64)
    }

    /// Share of rows whose label is 1; `None` without rows.
    #[must_use]
    pub(crate) fn base_rate(&self) -> Option<f64> {
        (self.rows() > 0).then(|| self.labelled(true) as f64 / self.rows() as f64)
    }
}

/// Entries from which a resampled statistic is computed on coarser scores.
const MAX_FINE_ENTRIES: usize = 2_048;

/// Ten-thousandths that a coarse score spans; a divisor of every edge of a calibration bin.
const COARSE_SPAN: usize = 20;

/// The entries with scores within 0.002 of each other put together at their mean score, when there are more than 2,048;
/// the order of scores and of coarse bins stays.
///
/// Intervals of large tallies are taken on these, and then moved by what the coarser scores change in the statistic
/// itself, so that 1,000 draws cost the same for a million rows as for ten thousand.
#[must_use]
pub fn coarse(entries: &[LabelledScore], counts: &[u64]) -> (Vec<LabelledScore>, Vec<u64>) {
    if entries.len() <= MAX_FINE_ENTRIES {
        return (entries.to_vec(), counts.to_vec());
    }
    // By span and label: rows, and the sum of their scores.
    let mut sums = vec![(0_u64, 0_u128); 2 * Score::STEPS / COARSE_SPAN];
    for (entry, count) in entries.iter().zip(counts) {
        let sum = &mut sums[entry.score / COARSE_SPAN * 2 + usize::from(entry.label)];
        sum.0 += count;
        sum.1 += u128::from(*count) * entry.score as u128;
    }
    let mean = |place: usize| {
        // Both labels of a span stand at one score, so that their ties stay ties.
        let (rows, total) = (place & !1..=place | 1).fold((0, 0), |all, at| (all.0 + sums[at].0, all.1 + sums[at].1));
        ((total + u128::from(rows) / 2) / u128::from(rows)) as usize
    };
    let occupied = sums.iter().enumerate().filter(|(_, (rows, _))| *rows > 0);
    occupied.map(|(place, (rows, _))| (LabelledScore { score: mean(place), label: place % 2 == 1 }, *rows)).unzip()
}
