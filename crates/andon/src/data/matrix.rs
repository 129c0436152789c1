//! Encoded rows as one array of numbers, and the number that stands for a missing value.

use std::sync::{Arc, OnceLock};

use crate::data::places::Places;

/// The code of a missing value: below every value that a contract can allow, so that each split sends it left.
pub const MISSING: f64 = -1e300;

/// True if an encoded value stands for a missing one.
#[must_use]
pub(crate) fn is_missing(value: f64) -> bool {
    value.to_bits() == MISSING.to_bits()
}

/// Numbers of all rows, row by row.
#[derive(Debug, Clone)]
pub struct Matrix {
    columns: usize,
    values: Vec<f64>,
    /// For each column, true if its numbers are names without an order; empty if there is no such column.
    nominal: Vec<bool>,
    /// The same numbers as places, if somebody worked them out.
    places: Option<Places>,
    /// For each row the first row that is its twin, as found with these columns for categories.
    twins: OnceLock<Twins>,
}

/// The columns that are categories, and for each row the first row that is its twin.
type Twins = (Vec<bool>, Arc<Vec<usize>>);

impl PartialEq for Matrix {
    fn eq(&self, other: &Self) -> bool {
        (self.columns, &self.values, &self.nominal) == (other.columns, &other.values, &other.nominal)
    }
}

impl Matrix {
    /// An empty matrix with this many columns.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { columns, values: Vec::new(), nominal: Vec::new(), places: None, twins: OnceLock::new() }
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

    /// The matrix with its numbers as places, so that a learner need not sort them.
    #[must_use]
    pub(crate) fn with_places(self, places: Places) -> Self {
        Self { places: Some(places), ..self }
    }

    /// The numbers as places, worked out on up to `threads` threads.
    #[must_use]
    pub(crate) fn sort_places(&self, threads: usize) -> Places {
        Places::of(&self.values, self.columns, threads)
    }

    /// The numbers as places, if somebody worked them out.
    #[must_use]
    pub(crate) fn places(&self) -> Option<&Places> {
        self.places.as_ref()
    }

    /// For each row the first row that is its twin: searched for once, since many ask.
    pub(crate) fn twins(&self, is_category: Vec<bool>, search: impl Fn() -> Vec<usize>) -> Arc<Vec<usize>> {
        let (known, twins) = self.twins.get_or_init(|| (is_category.clone(), Arc::new(search())));
        if *known == is_category { Arc::clone(twins) } else { Arc::new(search()) }
    }

    /// Appends one row; a row of another length is cut or filled with [`MISSING`].
    pub fn push(&mut self, row: &[f64]) {
        let filled = row.iter().copied().chain(std::iter::repeat(MISSING)).take(self.columns);
        self.values.extend(filled);
        self.places = None;
        self.twins = OnceLock::new();
    }

    /// Numbers a row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    /// True if there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One row; empty when there is no such row.
    #[must_use]
    pub fn row(&self, index: usize) -> &[f64] {
        self.values.get(index * self.columns..(index + 1) * self.columns).unwrap_or_default()
    }

    /// All numbers, row by row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The rows at these places, in this order.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut selected = Self { nominal: self.nominal.clone(), ..Self::new(self.columns) };
        selected.values.reserve_exact(rows.len() * self.columns);
        rows.iter().for_each(|row| selected.values.extend_from_slice(self.row(*row)));
        selected
    }
}
