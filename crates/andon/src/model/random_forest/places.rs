//! Values as places in the order of their column. A split depends on nothing else of a value.

use crate::data::matrix::Matrix;

/// A matrix, column by column, as places among the column's distinct values.
///
/// linfa-trees takes values for equal that are less than 0.00001 apart, whatever the column's unit, and halves the way
/// between two values even if no number lies between them. Places are whole numbers, so neither can matter.
#[derive(Debug)]
pub(super) struct Places {
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    /// The distinct values in order.
    values: Vec<f64>,
    /// For each row, the place of its value among them.
    places: Vec<u32>,
}

impl Places {
    /// The places of a matrix of finite numbers.
    pub(super) fn of(matrix: &Matrix) -> Self {
        let column =
            |at: usize| Column::of(matrix.values().iter().copied().skip(at).step_by(matrix.columns()).collect());
        Self { columns: (0..matrix.columns()).map(column).collect() }
    }

    /// The number of columns.
    pub(super) fn columns(&self) -> usize {
        self.columns.len()
    }

    /// The place of a row's value in a column.
    pub(super) fn place(&self, column: usize, row: usize) -> u32 {
        self.columns[column].places[row]
    }

    /// The value at a place.
    pub(super) fn value(&self, column: usize, place: u32) -> f64 {
        self.columns[column].values[place as usize]
    }

    /// A number above the value at place `low` and at most the value at place `high`; halfway if there is one.
    pub(super) fn between(&self, column: usize, low: u32, high: u32) -> f64 {
        let values = &self.columns[column].values;
        let [low, high] = [low, high].map(|place| values[place as usize]);
        let halfway = low.midpoint(high);
        if halfway > low { halfway } else { high }
    }
}

impl Column {
    fn of(cells: Vec<f64>) -> Self {
        let place = |values: &[f64], cell: f64| values.partition_point(|value| *value < cell) as u32;
        let mut values = cells.clone();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup_by(|a, b| *a <= *b);
        let places = cells.iter().map(|cell| place(&values, *cell)).collect();
        Self { values, places }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::matrix::MISSING;

    fn places(cells: &[f64]) -> Places {
        let mut matrix = Matrix::new(1);
        cells.iter().for_each(|cell| matrix.push(&[*cell]));
        Places::of(&matrix)
    }

    #[test]
    fn equal_values_share_a_place_and_the_smallest_difference_is_one() {
        let cells = [2.0, 1e-9, 0.0, -0.0, 2.0, MISSING, 2e-9];
        let places = places(&cells);
        assert_eq!((0..cells.len()).map(|row| places.place(0, row)).collect::<Vec<_>>(), [4, 2, 1, 1, 4, 0, 3]);
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
