//! Values as places in the order of their column. A split depends on nothing else of a value.

use std::sync::Arc;

/// Places to a row up to which marking those that occur costs less than sorting them.
const MAX_MARKED_PLACES: usize = 32;

/// A matrix, column by column, as places among the column's distinct values.
///
/// linfa-trees takes values for equal that are less than 0.00001 apart, whatever the column's unit, and halves the way
/// between two values even if no number lies between them. Places are whole numbers, so neither can matter.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    columns: Vec<Column>,
}

#[derive(Debug, Clone)]
struct Column {
    /// The distinct values in order; rows that were selected do not have all of them.
    values: Arc<Vec<f64>>,
    /// For each row, the place of its value among them.
    places: Vec<u32>,
}

impl Places {
    /// The places of finite numbers, row by row in so many columns, on up to `threads` threads.
    pub(crate) fn of(values: &[f64], columns: usize, threads: usize) -> Self {
        let column = |at: usize| Column::of(values.iter().copied().skip(at).step_by(columns));
        let threads = threads.clamp(1, columns.max(1));
        let every = |first: usize| -> Vec<(usize, Column)> {
            (first..columns).step_by(threads).map(|at| (at, column(at))).collect()
        };
        let mut columns: Vec<(usize, Column)> = std::thread::scope(|scope| {
            let every = &every;
            let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || every(first))).collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        columns.sort_unstable_by_key(|(at, _)| *at);
        Self { columns: columns.into_iter().map(|(_, column)| column).collect() }
    }

    /// The places of the rows at these places of the matrix, in this order, so that no column is sorted again.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let column = |column: &Column| Column {
            values: Arc::clone(&column.values),
            places: rows.iter().map(|row| column.places[*row]).collect(),
        };
        Self { columns: self.columns.iter().map(column).collect() }
    }

    /// The same for some rows, among their own values alone: fewer places, which lie close together.
    pub(crate) fn compact(&self, rows: &[u32]) -> Self {
        Self { columns: self.columns.iter().map(|column| column.compact(rows)).collect() }
    }

    /// For each row, the place of its value in a column.
    pub(crate) fn column(&self, column: usize) -> &[u32] {
        &self.columns[column].places
    }

    /// The number of places of a column.
    pub(crate) fn distinct(&self, column: usize) -> usize {
        self.columns[column].values.len()
    }

    /// The value at a place.
    pub(crate) fn value(&self, column: usize, place: u32) -> f64 {
        self.columns[column].values[place as usize]
    }

    /// A number above the value at place `low` and at most the value at place `high`; halfway if there is one.
    pub(crate) fn between(&self, column: usize, low: u32, high: u32) -> f64 {
        let values = &self.columns[column].values;
        let [low, high] = [low, high].map(|place| values[place as usize]);
        let halfway = low.midpoint(high);
        if halfway > low { halfway } else { high }
    }
}

impl Column {
    fn of(cells: impl Iterator<Item = f64>) -> Self {
        let mut order: Vec<(f64, u32)> = (0..).zip(cells).map(|(row, cell)| (cell, row)).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut places = vec![0; order.len()];
        let mut values: Vec<f64> = Vec::new();
        for (value, row) in order {
            if values.last().is_none_or(|last| *last < value) {
                values.push(value);
            }
            places[row as usize] = values.len() as u32 - 1;
        }
        Self { values: Arc::new(values), places }
    }

    fn compact(&self, rows: &[u32]) -> Self {
        let mut occurring: Vec<u32> = rows.iter().map(|row| self.places[*row as usize]).collect();
        let chosen = occurring.clone();
        let mut new_place: Vec<u32> = Vec::new();
        if self.values.len() <= MAX_MARKED_PLACES * rows.len() {
            new_place = vec![0; self.values.len()];
            chosen.iter().for_each(|place| new_place[*place as usize] = 1);
            let is_marked = |place: &u32| new_place[*place as usize] > 0;
            occurring = (0..self.values.len() as u32).filter(is_marked).collect();
            occurring.iter().zip(0..).for_each(|(place, new)| new_place[*place as usize] = new);
        } else {
            occurring.sort_unstable();
            occurring.dedup();
        }
        let compacted = |place: &u32| match new_place.get(*place as usize) {
            Some(new) => *new,
            None => occurring.partition_point(|other| other < place) as u32,
        };
        let places = chosen.iter().map(compacted).collect();
        let values = occurring.iter().map(|place| self.values[*place as usize]).collect();
        Self { values: Arc::new(values), places }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code of a missing value.
    const MISSING: f64 = -1e300;

    fn places(cells: &[f64]) -> Places {
        Places::of(cells, 1, 1)
    }

    #[test]
    fn equal_values_share_a_place_and_the_smallest_difference_is_one() {
        let cells = [2.0, 1e-9, 0.0, -0.0, 2.0, MISSING, 2e-9];
        let places = places(&cells);
        assert_eq!(places.column(0), [4, 2, 1, 1, 4, 0, 3]);
    }

    #[test]
    fn selected_rows_keep_their_places_and_threads_change_nothing() {
        let cells: Vec<f64> =
            (0..50_i32).flat_map(|row| [row * 7 % 11, row * row % 13, row % 2].map(f64::from)).collect();
        let whole = Places::of(&cells, 3, 1);
        let threaded = Places::of(&cells, 3, 2);
        let selected = whole.select(&[40, 3, 3]);
        for column in 0..3 {
            let places = whole.column(column);
            assert_eq!(places, threaded.column(column));
            assert_eq!(selected.column(column), [40, 3, 3].map(|row: usize| places[row]));
            let value = |row: usize| whole.value(column, places[row]);
            assert!((0..50).all(|row| value(row).to_bits() == cells[3 * row + column].to_bits()));
        }
    }

    #[test]
    fn compact_places_keep_values_and_their_order() {
        let cells: Vec<f64> = (0..200_i32).flat_map(|row| [row * 7 % 199, row % 3].map(f64::from)).collect();
        let whole = Places::of(&cells, 2, 1);
        // Few rows are sorted, and many are marked.
        for rows in [vec![150, 3, 77], (0..100).collect::<Vec<u32>>()] {
            let compact = whole.compact(&rows);
            for column in 0..2 {
                let places = compact.column(column);
                let value = |at: usize| compact.value(column, places[at]);
                let cell = |at: usize| cells[2 * rows[at] as usize + column];
                assert!((0..rows.len()).all(|at| value(at).to_bits() == cell(at).to_bits()));
                assert!(compact.distinct(column) <= rows.len() && places.iter().min() == Some(&0));
            }
        }
    }

    #[test]
    fn a_threshold_parts_its_neighbours_even_if_no_number_lies_between_them() {
        let large = 1e17_f64;
        for (low, high) in [(1.0, 2.0), (large, large.next_up()), (0.0, f64::MIN_POSITIVE), (MISSING, 3.0)] {
            let threshold = places(&[low, high]).between(0, 0, 1);
            assert!(low < threshold && threshold <= high, "{threshold} does not part {low} and {high}");
        }
        assert!((places(&[1.0, 2.0]).between(0, 0, 1) - 1.5).abs() < f64::EPSILON);
    }
}
