//! Values as places in the order of their column. A split depends on nothing else of a value.

use crate::data::missing::is_missing;
use crate::threads::share_out;

/// Places to a row up to which marking those that occur costs less than sorting them.
const MAX_MARKED_PLACES: usize = 32;

/// Chosen rows to a known place from which the places are kept as they are: few of them would go.
const ROWS_PER_KEPT_PLACE: usize = 16;

/// Rows that are fetched before they are sorted into columns, so that the memory is asked for many of them at once.
const ROWS_PER_BLOCK: usize = 128;

/// A file, row by row, as places among each column's distinct values.
///
/// linfa-trees takes values for equal that are less than 0.00001 apart, whatever the column's unit, and halves the way
/// between two values even if no number lies between them. Places are whole numbers, so neither can matter.
#[derive(Debug)]
pub(crate) struct FilePlaces {
    /// For each column, its distinct values in order, or the range of values of each bin.
    values: Vec<Vec<[f64; 2]>>,
    /// For each row, the place in each column: what one row has lies close together.
    places: Vec<u32>,
}

/// Some rows, column by column, as places among their own values.
#[derive(Debug)]
pub(crate) struct Places {
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    /// The distinct values in order, or the range of values of each bin.
    values: Vec<[f64; 2]>,
    /// For each row, the place of its value among them.
    places: Vec<u32>,
}

impl FilePlaces {
    /// The places of finite numbers, row by row in so many columns, on up to `threads` threads.
    ///
    /// With a number of bins the values of a column are put into at most so many ranges of about as many rows each,
    /// which then share a place. Missing values keep a place of their own, and so does each name of a column without an
    /// order (`nominal`).
    pub(crate) fn of(
        values: &[f64],
        columns: usize,
        (max_bins, nominal): (Option<usize>, &[bool]),
        threads: usize,
    ) -> Self {
        let column = |at: usize| {
            let column = Column::of(values.iter().copied().skip(at).step_by(columns));
            match max_bins {
                Some(max_bins) if !nominal.get(at).copied().unwrap_or(false) => column.binned(max_bins),
                _ => column,
            }
        };
        let mut places = vec![0; values.len()];
        let values = share_out(columns, threads, column).into_iter().enumerate().map(|(at, column)| {
            places.iter_mut().skip(at).step_by(columns).zip(column.places).for_each(|(to, place)| *to = place);
            column.values
        });
        Self { values: values.collect(), places }
    }

    /// The places of some rows, in this order, among their own values alone: fewer places, which lie close together.
    pub(crate) fn of_rows(&self, rows: &[u32]) -> Places {
        let width = self.values.len();
        let mut chosen: Vec<Vec<u32>> = (0..width).map(|_| Vec::with_capacity(rows.len())).collect();
        let mut block = Vec::with_capacity(ROWS_PER_BLOCK * width);
        for rows in rows.chunks(ROWS_PER_BLOCK) {
            block.clear();
            rows.iter().for_each(|row| block.extend_from_slice(&self.places[*row as usize * width..][..width]));
            let columns = chosen.iter_mut().enumerate();
            columns.for_each(|(at, column)| column.extend(block.chunks_exact(width).map(|row: &[u32]| row[at])));
        }
        let columns = self.values.iter().zip(chosen).map(|(values, chosen)| Column::compact(values, chosen));
        Places { columns: columns.collect() }
    }
}

impl Places {
    /// For each row, the place of its value in a column.
    pub(crate) fn column(&self, column: usize) -> &[u32] {
        &self.columns[column].places
    }

    /// The number of places of a column.
    pub(crate) fn distinct(&self, column: usize) -> usize {
        self.columns[column].values.len()
    }

    /// The value at a place, the lowest one of a bin.
    pub(crate) fn value(&self, column: usize, place: u32) -> f64 {
        self.columns[column].values[place as usize][0]
    }

    /// A number above the values at place `low` and at most those at place `high`; halfway if there is one.
    pub(crate) fn between(&self, column: usize, low: u32, high: u32) -> f64 {
        let values = &self.columns[column].values;
        let [low, high] = [values[low as usize][1], values[high as usize][0]];
        let halfway = low.midpoint(high);
        if halfway > low { halfway } else { high }
    }
}

impl Column {
    fn of(cells: impl Iterator<Item = f64>) -> Self {
        let mut order: Vec<(f64, u32)> = (0..).zip(cells).map(|(row, cell)| (cell, row)).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut places = vec![0; order.len()];
        let mut values: Vec<[f64; 2]> = Vec::new();
        for (value, row) in order {
            if values.last().is_none_or(|last| last[1] < value) {
                values.push([value; 2]);
            }
            places[row as usize] = values.len() as u32 - 1;
        }
        Self { values, places }
    }

    fn binned(self, max_bins: usize) -> Self {
        let mut rows = vec![0_u64; self.values.len()];
        self.places.iter().for_each(|place| rows[*place as usize] += 1);
        let missing = usize::from(self.values.first().is_some_and(|first| is_missing(first[0])));
        if self.values.len() - missing <= max_bins {
            return self;
        }
        let all: u64 = rows[missing..].iter().sum();
        let mut before = 0;
        let mut last_bin = None;
        let mut values = self.values[..missing].to_vec();
        let mut bin_of: Vec<u32> = (0..missing as u32).collect();
        for (range, rows) in self.values.iter().zip(rows).skip(missing) {
            // The bin in which the middle one of the value's rows lies.
            let bin = (2 * before + rows) * max_bins as u64 / (2 * all).max(1);
            before += rows;
            match values.last_mut().filter(|_| last_bin == Some(bin)) {
                Some(wide) => wide[1] = range[1],
                None => values.push(*range),
            }
            last_bin = Some(bin);
            bin_of.push(values.len() as u32 - 1);
        }
        let places = self.places.iter().map(|place| bin_of[*place as usize]).collect();
        Self { values, places }
    }

    /// The chosen places of a column among themselves alone.
    fn compact(known: &[[f64; 2]], chosen: Vec<u32>) -> Self {
        if known.len() * ROWS_PER_KEPT_PLACE <= chosen.len() {
            return Self { values: known.to_vec(), places: chosen };
        }
        let mut occurring = chosen.clone();
        let mut new_place: Vec<u32> = Vec::new();
        if known.len() <= MAX_MARKED_PLACES * chosen.len() {
            new_place = vec![0; known.len()];
            chosen.iter().for_each(|place| new_place[*place as usize] = 1);
            let is_marked = |place: &u32| new_place[*place as usize] > 0;
            occurring = (0..known.len() as u32).filter(is_marked).collect();
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
        let values = occurring.iter().map(|place| known[*place as usize]).collect();
        Self { values, places }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code of a missing value.
    const MISSING: f64 = -1e300;

    fn places(cells: &[f64]) -> Places {
        binned(cells, None, &[])
    }

    fn binned(cells: &[f64], max_bins: Option<usize>, nominal: &[bool]) -> Places {
        let rows: Vec<u32> = (0..cells.len() as u32).collect();
        FilePlaces::of(cells, 1, (max_bins, nominal), 1).of_rows(&rows)
    }

    #[test]
    fn equal_values_share_a_place_and_the_smallest_difference_is_one() {
        let cells = [2.0, 1e-9, 0.0, -0.0, 2.0, MISSING, 2e-9];
        let places = places(&cells);
        assert_eq!(places.column(0), [4, 2, 1, 1, 4, 0, 3]);
    }

    #[test]
    fn threads_change_nothing() {
        let cells: Vec<f64> =
            (0..50_i32).flat_map(|row| [row * 7 % 11, row * row % 13, row % 2].map(f64::from)).collect();
        let [whole, threaded] = [1, 2].map(|threads| FilePlaces::of(&cells, 3, (None, &[]), threads));
        assert_eq!((&whole.places, &whole.values), (&threaded.places, &threaded.values));
        let value = |at: usize| whole.values[at % 3][whole.places[at] as usize];
        assert!((0..150).all(|at| value(at).map(f64::to_bits) == [cells[at].to_bits(); 2]));
    }

    #[test]
    fn bins_hold_about_as_many_rows_and_part_where_values_do() {
        // 300 rows of one value, 700 that differ, 5 that are missing.
        let cells: Vec<f64> =
            (0..1_000_i32).map(|row| f64::from((row - 300).max(0))).chain(std::iter::repeat_n(MISSING, 5)).collect();
        let ranges = binned(&cells, Some(10), &[]);
        let rows = |place: u32| ranges.column(0).iter().filter(|other| **other == place).count();
        let found: Vec<usize> = (0..ranges.distinct(0) as u32).map(rows).collect();
        assert_eq!(found, [5, 301, 99, 100, 100, 100, 100, 100, 100]);
        for place in 1..8 {
            let threshold = ranges.between(0, place, place + 1);
            let low = ranges.columns[0].values[place as usize][1];
            assert!(low < threshold && threshold < low + 1.0, "{threshold} is not behind {low}");
        }
        assert_eq!(binned(&cells, Some(10), &[true]).distinct(0), 701);
        assert_eq!(binned(&cells, Some(700), &[]).distinct(0), 701);
    }

    #[test]
    fn compact_places_keep_values_and_their_order() {
        let cells: Vec<f64> = (0..200_i32).flat_map(|row| [row * 7 % 199, row % 3].map(f64::from)).collect();
        let whole = FilePlaces::of(&cells, 2, (None, &[]), 1);
        // Few rows are sorted, and many are marked.
        for rows in [vec![150, 3, 77], (0..100).collect::<Vec<u32>>()] {
            let compact = whole.of_rows(&rows);
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
