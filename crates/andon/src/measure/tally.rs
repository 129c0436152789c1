//! The tally: one table of counts by groups, label and score, from which every statistic is folded.
//!
//! Two tallies add. Counts are whole numbers, so rows may come in any order, in chunks, on any number of threads, and
//! every statistic has the same bits. Scores are whole ten-thousandths, so nothing is lost in the table.

use std::collections::BTreeMap;

use crate::data::frame::{Attribute, Frame};
use crate::measure::table::{LabelledScore, Outcomes, Table};
use crate::model::score::Score;
use crate::threads::share_out;

/// The part that an axis plays in the tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A protected attribute: its groups are compared.
    Protected,
    /// A control feature: groups are compared within its bands, see [`crate::measure::bands`].
    Control,
}

/// An attribute by which rows are counted apart, and its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Axis {
    /// The column's name.
    pub name: String,
    /// Its part.
    pub role: Role,
    /// Every group that the contract allows.
    pub groups: Vec<String>,
    /// The groups that the policy wants judged.
    pub judged: Vec<String>,
}

/// Two tallies count different things.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("tallies over different groups do not add")]
pub struct DifferentAxes;

/// Counts by (combination of groups) x (label) x (score).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    axes: Vec<Axis>,
    /// A table for each combination of groups, the last axis running fastest.
    cells: Vec<Table>,
}

/// The rows of one group, or of one combination of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupCounts {
    /// The group of each axis asked for, joined by a space.
    pub name: String,
    /// True if the policy wants it judged: each of its groups is.
    pub judged: bool,
    /// Its counts.
    pub table: Table,
}

/// Rows from which another thread is worth its own table.
const ROWS_PER_THREAD: usize = 50_000;

impl Tally {
    /// An empty table for these attributes.
    #[must_use]
    pub fn new(protected: &[Attribute], controls: &[Attribute]) -> Self {
        let axis = |role| {
            move |a: &Attribute| Axis { name: a.name.clone(), role, groups: a.groups.clone(), judged: a.judged.clone() }
        };
        let controls = controls.iter().map(axis(Role::Control));
        let axes: Vec<Axis> = protected.iter().map(axis(Role::Protected)).chain(controls).collect();
        let cells: usize = axes.iter().map(|axis| axis.groups.len()).product();
        Self { axes, cells: vec![Table::default(); cells] }
    }

    /// Counts all rows of a frame with the scores they are judged by.
    #[must_use]
    pub fn count(frame: &Frame, scores: &[Score]) -> Self {
        Self::count_with_controls(frame, &[], scores, 1)
    }

    /// Counts all rows by control features too, on up to `threads` threads; their number changes no bit.
    #[must_use]
    pub fn count_with_controls(frame: &Frame, controls: &[Attribute], scores: &[Score], threads: usize) -> Self {
        let rows = frame.labels.len().min(scores.len());
        let threads = threads.clamp(1, rows / ROWS_PER_THREAD + 1);
        let chunk = rows.div_ceil(threads).max(1);
        let part = |first: usize| {
            let mut tally = Self::new(&frame.attributes, controls);
            tally.set_rows(frame, controls, scores, first..(first + chunk).min(rows));
            tally
        };
        let add = |mut whole: Self, more: Self| {
            whole.cells.iter_mut().zip(&more.cells).for_each(|(cell, more)| cell.add(more));
            whole
        };
        let parts = share_out(threads, threads, |at| part(at * chunk)).into_iter();
        parts.reduce(add).unwrap_or_else(|| Self::new(&frame.attributes, controls))
    }

    /// Counts some rows in an empty table.
    fn set_rows(&mut self, frame: &Frame, controls: &[Attribute], scores: &[Score], rows: std::ops::Range<usize>) {
        let mut places = vec![Vec::new(); self.cells.len()];
        for row in rows {
            let attributes = frame.attributes.iter().chain(controls);
            let cell = attributes.fold(0, |cell, axis| cell * axis.groups.len() + axis.group_of[row]);
            let entry = LabelledScore { score: scores[row].index(), label: frame.labels[row] };
            places[cell].push(Table::place(entry));
        }
        self.cells = places.into_iter().map(Table::of).collect();
    }

    /// The tally of rows that were counted elsewhere: the groups as places in those of the attributes, label and score,
    /// and the number of such rows.
    pub(crate) fn of_counts(
        protected: &[Attribute],
        counts: impl IntoIterator<Item = (Vec<usize>, LabelledScore, u64)>,
    ) -> Self {
        let mut tally = Self::new(protected, &[]);
        let mut cells = vec![BTreeMap::new(); tally.cells.len()];
        for (groups, entry, rows) in counts {
            let cell = protected.iter().zip(groups).fold(0, |cell, (axis, group)| cell * axis.groups.len() + group);
            *cells[cell].entry(Table::place(entry)).or_default() += rows;
        }
        tally.cells = cells.into_iter().map(Table::of_counts).collect();
        tally
    }

    /// Adds another table of the same axes.
    ///
    /// ```
    /// use andon::measure::tally::{DifferentAxes, Tally};
    /// let mut tally = Tally::new(&[], &[]);
    /// assert_eq!(tally.add(&Tally::new(&[], &[])), Ok::<(), DifferentAxes>(()));
    /// ```
    ///
    /// # Errors
    /// [`DifferentAxes`] otherwise.
    pub fn add(&mut self, other: &Self) -> Result<(), DifferentAxes> {
        if self.axes != other.axes {
            return Err(DifferentAxes);
        }
        self.cells.iter_mut().zip(&other.cells).for_each(|(cell, more)| cell.add(more));
        Ok(())
    }

    /// The attributes by which rows are counted apart.
    #[must_use]
    pub(crate) fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// One attribute.
    #[must_use]
    pub(crate) fn axis(&self, name: &str) -> Option<&Axis> {
        self.axes.iter().find(|axis| axis.name == name)
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.cells.iter().map(Table::rows).sum()
    }

    /// The counts of all rows together.
    #[must_use]
    pub fn table(&self) -> Table {
        Table::sum(self.cells.iter())
    }

    /// Every score and label that occurs, by score, with how often.
    #[must_use]
    pub fn entries(&self) -> (Vec<LabelledScore>, Vec<u64>) {
        self.table().entries()
    }

    /// The counts of each combination of groups of these axes, in order, the last axis running fastest; empty when an
    /// axis is not in the tally.
    #[must_use]
    pub(crate) fn groups(&self, axes: &[&str]) -> Vec<GroupCounts> {
        let place = |name: &&str| self.axes.iter().position(|axis| axis.name == **name);
        let Some(places) = axes.iter().map(place).collect::<Option<Vec<usize>>>() else { return Vec::new() };
        let mut groups = vec![GroupCounts { name: String::new(), judged: true, table: Table::default() }];
        for axis in places.iter().map(|place| &self.axes[*place]) {
            let join = |one: &GroupCounts, name: &String| GroupCounts {
                name: if one.name.is_empty() { name.clone() } else { format!("{} {name}", one.name) },
                judged: one.judged && axis.judged.contains(name),
                table: Table::default(),
            };
            groups = groups.iter().flat_map(|one| axis.groups.iter().map(move |name| join(one, name))).collect();
        }
        let mut cells = vec![Vec::new(); groups.len()];
        for (cell, counts) in self.cells.iter().enumerate().filter(|(_, table)| !table.is_empty()) {
            let at = places.iter().fold(0, |at, place| at * self.axes[*place].groups.len() + self.digit(cell, *place));
            cells[at].push(counts);
        }
        groups.iter_mut().zip(cells).for_each(|(group, cells)| group.table = Table::sum(cells.into_iter()));
        groups
    }

    /// The group that a cell has on an axis.
    fn digit(&self, cell: usize, place: usize) -> usize {
        let inner: usize = self.axes[place + 1..].iter().map(|axis| axis.groups.len()).product();
        cell / inner % self.axes[place].groups.len()
    }

    /// For each group of an attribute: rows with label 0 and 1, below and at or above the threshold.
    #[must_use]
    pub fn outcomes(&self, axis: &str, threshold: Score) -> Vec<Outcomes> {
        self.groups(&[axis]).iter().map(|group| group.outcomes(threshold)).collect()
    }
}

impl GroupCounts {
    /// The outcomes of the group's rows at a threshold.
    #[must_use]
    pub(crate) fn outcomes(&self, threshold: Score) -> Outcomes {
        Outcomes { group: self.name.clone(), ..self.table.outcomes(threshold) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::frame::Frame;
    use crate::data::matrix::Matrix;
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
        Frame {
            features: Vec::new(),
            matrix: Matrix::new(1),
            labels,
            attributes: vec![first, second],
            persons: Vec::new(),
        }
    }

    fn scores(shares: &[f64]) -> Vec<Score> {
        shares.iter().map(|share| Score::nearest(*share).unwrap()).collect()
    }

    #[test]
    fn outcomes_by_hand_on_the_outer_and_the_inner_axis() {
        let rows = [(0, 0, true), (0, 1, false), (1, 1, true), (1, 2, true)];
        let tally = Tally::count(&frame(&rows), &scores(&[0.5, 0.4999, 0.9, 0.1]));
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
                Tally::count(&frame(&plain), &scores(&rows.iter().map(|row| row.3).collect::<Vec<_>>()))
            };
            let (head, tail) = rows.split_at(cut.min(rows.len()));
            let mut forward = part(head);
            let mut backward = part(tail);
            forward.add(&part(tail)).unwrap();
            backward.add(&part(head)).unwrap();
            prop_assert_eq!(&forward, &backward);
            prop_assert_eq!(&forward, &part(&rows));
            prop_assert_eq!(forward.rows(), rows.len() as u64);
        }
    }
}
