//! Encoded rows as one array of numbers.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

pub use crate::data::missing::MISSING;
pub(crate) use crate::data::missing::is_missing;
use crate::data::places::{FilePlaces, Places};

/// Numbers of all rows, row by row. Rows that are [selected](Self::select) are not copied.
#[derive(Debug, Clone)]
pub struct Matrix {
    columns: usize,
    values: Arc<Vec<f64>>,
    /// The rows of `values` that are selected, in this order; every row if there is none.
    selected: Option<Arc<Vec<u32>>>,
    /// For each column, true if its numbers are names without an order; empty if there is no such column.
    nominal: Vec<bool>,
    /// For each row the group that it is reweighed in; empty if rows are not reweighed.
    groups: Vec<u32>,
    /// The same numbers as places, by row of `values`, if somebody worked them out.
    places: Option<Arc<FilePlaces>>,
    /// The twins, as found with these columns for categories.
    twins: OnceLock<(Vec<bool>, Arc<Twins>)>,
    /// The groups of equal rows.
    equal_rows: OnceLock<Arc<Vec<Vec<usize>>>>,
}

/// Rows that are equal or nearly equal to others.
#[derive(Debug)]
pub(crate) struct Twins {
    /// For each row the first row that is its twin, or a twin of its twin; itself if there is none before it.
    pub(crate) first_of: Vec<usize>,
    /// The number of rows of which a near twin can be told from a stranger.
    pub(crate) tellable_rows: usize,
}

impl PartialEq for Matrix {
    fn eq(&self, other: &Self) -> bool {
        let is_same_table = (self.columns, self.values()) == (other.columns, other.values());
        is_same_table && (&self.nominal, &self.groups) == (&other.nominal, &other.groups)
    }
}

impl Matrix {
    /// An empty matrix with this many columns.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self {
            columns,
            values: Arc::default(),
            selected: None,
            nominal: Vec::new(),
            groups: Vec::new(),
            places: None,
            twins: OnceLock::new(),
            equal_rows: OnceLock::new(),
        }
    }

    /// The matrix with these columns marked as names without an order.
    #[must_use]
    pub fn with_nominal(self, nominal: Vec<bool>) -> Self {
        let nominal = if nominal.contains(&true) { nominal } else { Vec::new() };
        Self { nominal, ..self }
    }

    /// True for the columns whose numbers are names without an order; empty if there is none.
    #[must_use]
    pub fn nominal(&self) -> &[bool] {
        &self.nominal
    }

    /// The matrix with the group that each row is reweighed in. A learner trains as if group and label were
    /// independent, and no score ever depends on a group.
    #[must_use]
    pub(crate) fn with_groups(self, groups: Vec<u32>) -> Self {
        Self { groups, ..self }
    }

    /// For each row the group that it is reweighed in; empty if rows are not reweighed. A learner of a release's own
    /// must heed it.
    #[must_use]
    pub fn groups(&self) -> &[u32] {
        &self.groups
    }

    /// The matrix with its numbers as places, so that no learner sorts a column again; worked out on up to `threads`
    /// threads. At most `max_bins` places a column, if stated.
    #[must_use]
    pub(crate) fn with_places(self, max_bins: Option<usize>, threads: usize) -> Self {
        let values = match &self.selected {
            None => self.values,
            Some(selected) => Arc::new(self.copied(selected)),
        };
        let dense = Self { values, nominal: self.nominal, groups: self.groups, ..Self::new(self.columns) };
        let places = FilePlaces::of(&dense.values, self.columns, (max_bins, &dense.nominal), threads);
        Self { places: Some(Arc::new(places)), ..dense }
    }

    /// True if the numbers are there as places.
    #[must_use]
    pub(crate) fn has_places(&self) -> bool {
        self.places.is_some()
    }

    /// The places of some rows among their own values alone, if the numbers are there as places.
    #[must_use]
    pub(crate) fn places_of(&self, rows: &[u32]) -> Option<Places> {
        let places = self.places.as_ref()?;
        Some(match &self.selected {
            None => places.of_rows(rows),
            Some(selected) => places.of_rows(&rows.iter().map(|row| selected[*row as usize]).collect::<Vec<_>>()),
        })
    }

    /// The twins among the rows: searched for once, since many ask.
    pub(crate) fn twins(&self, is_category: Vec<bool>, search: impl Fn() -> Twins) -> Arc<Twins> {
        let (known, twins) = self.twins.get_or_init(|| (is_category.clone(), Arc::new(search())));
        if *known == is_category { Arc::clone(twins) } else { Arc::new(search()) }
    }

    /// The groups of equal rows: searched for once, since many ask.
    pub(crate) fn equal_rows(&self, search: impl Fn() -> Vec<Vec<usize>>) -> Arc<Vec<Vec<usize>>> {
        Arc::clone(self.equal_rows.get_or_init(|| Arc::new(search())))
    }

    /// Appends one row; a row of another length is cut or filled with [`MISSING`].
    pub fn push(&mut self, row: &[f64]) {
        if let Some(selected) = self.selected.take() {
            self.values = Arc::new(self.copied(&selected));
        }
        let filled = row.iter().copied().chain(std::iter::repeat(MISSING)).take(self.columns);
        Arc::make_mut(&mut self.values).extend(filled);
        self.groups = Vec::new();
        self.places = None;
        self.twins = OnceLock::new();
        self.equal_rows = OnceLock::new();
    }

    fn copied(&self, rows: &[u32]) -> Vec<f64> {
        let mut copied = Vec::with_capacity(rows.len() * self.columns);
        rows.iter().for_each(|row| copied.extend_from_slice(self.stored_row(*row as usize)));
        copied
    }

    fn stored_row(&self, row: usize) -> &[f64] {
        self.values.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default()
    }

    /// Numbers a row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.selected.as_ref().map_or_else(|| self.values.len() / self.columns.max(1), |selected| selected.len())
    }

    /// True if there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row; empty when there is no such row.
    #[must_use]
    pub fn row(&self, index: usize) -> &[f64] {
        match &self.selected {
            None => self.stored_row(index),
            Some(selected) => selected.get(index).map_or(&[], |row| self.stored_row(*row as usize)),
        }
    }

    /// All numbers, row by row; of selected rows a copy.
    #[must_use]
    pub fn values(&self) -> Cow<'_, [f64]> {
        match &self.selected {
            None => Cow::Borrowed(&self.values),
            Some(selected) => Cow::Owned(self.copied(selected)),
        }
    }

    /// The numbers of blocks of at most so many rows, row by row and in their order. Of selected rows no more than a
    /// block is copied at a time.
    pub(crate) fn blocks(&self, rows: usize) -> impl Iterator<Item = Cow<'_, [f64]>> {
        let rows = rows.max(1);
        let stored = if self.selected.is_none() { self.values.as_slice() } else { &[] };
        let selected = self.selected.as_ref().map_or(&[][..], |selected| selected.as_slice());
        let stored = stored.chunks(rows * self.columns.max(1)).map(Cow::Borrowed);
        stored.chain(selected.chunks(rows).map(|rows| Cow::Owned(self.copied(rows))))
    }

    /// The rows at these places, in this order; a place behind the last row gives an empty row.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let stored = |row: &usize| match &self.selected {
            None => *row as u32,
            Some(selected) => selected.get(*row).copied().unwrap_or(u32::MAX),
        };
        let selected = Some(Arc::new(rows.iter().map(stored).collect()));
        Self {
            selected,
            twins: OnceLock::new(),
            equal_rows: OnceLock::new(),
            nominal: self.nominal.clone(),
            groups: rows.iter().filter_map(|row| self.groups.get(*row).copied()).collect(),
            places: self.places.clone(),
            values: Arc::clone(&self.values),
            columns: self.columns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[[f64; 2]]) -> Matrix {
        let mut matrix = Matrix::new(2);
        rows.iter().for_each(|row| matrix.push(row));
        matrix
    }

    #[test]
    fn selected_rows_are_those_rows_and_stay_so() {
        let whole = matrix(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]);
        let some = whole.select(&[3, 1, 1]);
        assert_eq!(some, matrix(&[[7.0, 8.0], [3.0, 4.0], [3.0, 4.0]]));
        let mut fewer = some.select(&[1, 0]);
        assert_eq!((fewer.len(), fewer.row(1), fewer.row(2)), (2, [7.0, 8.0].as_slice(), [].as_slice()));
        fewer.push(&[9.0]);
        assert_eq!(fewer, matrix(&[[3.0, 4.0], [7.0, 8.0], [9.0, MISSING]]));
        assert_eq!((some.len(), whole.len()), (3, 4));
    }

    #[test]
    fn places_go_with_the_rows_that_are_selected() {
        let whole = matrix(&[[1.0, 9.0], [3.0, 8.0], [5.0, 7.0], [7.0, 6.0]]);
        assert!(whole.places_of(&[0]).is_none());
        let placed = whole.clone().with_places(None, 2).select(&[3, 1, 0]);
        let places = placed.places_of(&[0, 2]).unwrap();
        assert_eq!((places.column(0), places.column(1)), ([1, 0].as_slice(), [0, 1].as_slice()));
        // Of selected rows alone the places are worked out as of a matrix of these rows.
        let again = whole.select(&[3, 1, 0]).with_places(None, 1).places_of(&[0, 2]).unwrap();
        assert_eq!((again.column(0), again.value(0, 1)), (places.column(0), 7.0));
    }
}
