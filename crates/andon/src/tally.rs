//! The tally: one table of counts by protected groups, label and score, from which every statistic is folded.
//!
//! Two tallies add. Counts are whole numbers, so rows may come in any order, in chunks, on any number of threads, and
//! every statistic has the same bits. Scores are whole ten-thousandths, so nothing is lost in the table.

use crate::frame::Attribute;
use crate::score::Score;

/// A protected attribute and its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// The column's name.
    pub name: String,
    /// Every group that the contract allows.
    pub groups: Vec<String>,
    /// The groups that the policy wants judged.
    pub judged: Vec<String>,
}

/// Two tallies count different things.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("tallies over different groups do not add")]
pub struct DifferentAxes;

/// Counts by (combination of protected groups) x (label) x (score).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    axes: Vec<Axis>,
    counts: Vec<u64>,
}

/// How many rows have a score and a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The score in ten-thousandths.
    pub score: usize,
    /// The label.
    pub label: bool,
}

impl Tally {
    /// An empty table for these attributes.
    #[must_use]
    pub fn new(attributes: &[Attribute]) -> Self {
        let axes: Vec<Axis> = attributes
            .iter()
            .map(|a| Axis { name: a.name.clone(), groups: a.groups.clone(), judged: a.judged.clone() })
            .collect();
        let cells: usize = axes.iter().map(|axis| axis.groups.len()).product();
        Self { axes, counts: vec![0; cells * 2 * Score::STEPS] }
    }

    /// Counts all rows of a frame with the scores they are judged by.
    #[must_use]
    pub fn of(frame: &crate::frame::Frame, scores: &[Score]) -> Self {
        let mut tally = Self::new(&frame.attributes);
        for (row, (label, score)) in frame.labels.iter().zip(scores).enumerate() {
            let cell = frame.attributes.iter().fold(0, |cell, axis| cell * axis.groups.len() + axis.group_of[row]);
            tally.counts[(cell * 2 + usize::from(*label)) * Score::STEPS + score.index()] += 1;
        }
        tally
    }

    /// Adds another table of the same axes.
    ///
    /// # Errors
    /// [`DifferentAxes`] otherwise.
    pub fn add(&mut self, other: &Self) -> Result<(), DifferentAxes> {
        if self.axes != other.axes {
            return Err(DifferentAxes);
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        Ok(())
    }

    /// The protected attributes.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Every score and label that occurs, by score, with how often.
    #[must_use]
    pub fn entries(&self) -> (Vec<Entry>, Vec<u64>) {
        let mut totals = vec![0_u64; 2 * Score::STEPS];
        for table in self.counts.chunks(2 * Score::STEPS) {
            totals.iter_mut().zip(table).for_each(|(total, count)| *total += count);
        }
        let place = |score: usize, label: bool| usize::from(label) * Score::STEPS + score;
        (0..Score::STEPS)
            .flat_map(|score| [false, true].map(|label| Entry { score, label }))
            .map(|entry| (entry, totals[place(entry.score, entry.label)]))
            .filter(|(_, count)| *count > 0)
            .unzip()
    }

    /// For each group of an attribute: rows with label 0 and 1, below and at or above the threshold.
    #[must_use]
    pub fn outcomes(&self, axis: &str, threshold: Score) -> Vec<Outcomes> {
        let Some(place) = self.axes.iter().position(|known| known.name == axis) else { return Vec::new() };
        let inner: usize = self.axes[place + 1..].iter().map(|axis| axis.groups.len()).product();
        let groups = &self.axes[place].groups;
        let mut outcomes: Vec<Outcomes> = groups.iter().map(|group| Outcomes::new(group)).collect();
        for (cell, table) in self.counts.chunks(2 * Score::STEPS).enumerate() {
            let group = &mut outcomes[cell / inner % groups.len()];
            for (label, scores) in table.chunks(Score::STEPS).enumerate() {
                let (below, above) = scores.split_at(threshold.index());
                group.below[label] += below.iter().sum::<u64>();
                group.above[label] += above.iter().sum::<u64>();
            }
        }
        outcomes
    }
}

/// What happened to the rows of one group; arrays by label, 0 then 1.
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
    fn new(group: &str) -> Self {
        Self { group: group.to_owned(), below: [0; 2], above: [0; 2] }
    }

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

    /// Share of rows with the positive answer; `None` without rows.
    #[must_use]
    pub fn selection_rate(&self) -> Option<f64> {
        (self.rows() > 0).then(|| self.selected() as f64 / self.rows() as f64)
    }

    /// Share of rows whose label is 1; `None` without rows.
    #[must_use]
    pub fn base_rate(&self) -> Option<f64> {
        (self.rows() > 0).then(|| (self.below[1] + self.above[1]) as f64 / self.rows() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Frame, Matrix};
    use proptest::prelude::*;

    fn frame(rows: &[(usize, usize, bool)]) -> Frame {
        let axis = |name: &str, groups: &[&str], group_of| Attribute {
            name: name.to_owned(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            judged: Vec::new(),
            group_of,
        };
        let first = axis("first", &["a", "b"], rows.iter().map(|row| row.0).collect());
        let second = axis("second", &["x", "y", "z"], rows.iter().map(|row| row.1).collect());
        let labels = rows.iter().map(|row| row.2).collect();
        Frame { features: Vec::new(), matrix: Matrix::new(1), labels, attributes: vec![first, second] }
    }

    fn scores(shares: &[f64]) -> Vec<Score> {
        shares.iter().map(|share| Score::nearest(*share).unwrap()).collect()
    }

    #[test]
    fn outcomes_by_hand_on_the_outer_and_the_inner_axis() {
        let rows = [(0, 0, true), (0, 1, false), (1, 1, true), (1, 2, true)];
        let tally = Tally::of(&frame(&rows), &scores(&[0.5, 0.4999, 0.9, 0.1]));
        let half = Score::nearest(0.5).unwrap();
        let b = &tally.outcomes("first", half)[1];
        assert_eq!((b.below, b.above), ([0, 1], [0, 1]));
        let y = &tally.outcomes("second", half)[1];
        assert_eq!((y.below, y.above), ([1, 0], [0, 1]));
        assert_eq!(tally.outcomes("first", half)[0].selection_rate(), Some(0.5));
    }

    proptest! {
        #[test]
        fn chunks_in_any_order_give_the_same_table(
            rows in proptest::collection::vec((0_usize..2, 0_usize..3, any::<bool>(), 0.0..1.0_f64), 0..60), cut in 0_usize..60
        ) {
            let part = |rows: &[(usize, usize, bool, f64)]| {
                let plain: Vec<_> = rows.iter().map(|row| (row.0, row.1, row.2)).collect();
                Tally::of(&frame(&plain), &scores(&rows.iter().map(|row| row.3).collect::<Vec<_>>()))
            };
            let (head, tail) = rows.split_at(cut.min(rows.len()));
            let (mut forward, mut backward) = (part(head), part(tail));
            forward.add(&part(tail)).unwrap();
            backward.add(&part(head)).unwrap();
            prop_assert_eq!(&forward, &backward);
            prop_assert_eq!(&forward, &part(&rows));
            prop_assert_eq!(forward.rows(), rows.len() as u64);
        }
    }
}
