//! Rows that belong together: the same values, nearly the same values, or the same person. They share a fold, so that
//! no row is judged by a model that saw the same person.
//!
//! Rows are nearly the same if they are equal in every category and at most two percent apart in every number. With few
//! features, or few values, that happens between strangers; rows are taken for twins only where chance would not bring
//! even one such row in ten thousand cases, were the features independent. The search is linear but for sorting: it
//! rounds all numbers of a row to a coarse grid, several times with the lines of the grid elsewhere, and compares the
//! rows that meet.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::data::frame::Frame;
use crate::data::matrix::{Twins, is_missing};
use crate::data::mix::mix;
use crate::threads::share_out;

/// The greatest relative difference of a number between two rows that are nearly the same.
const TOLERANCE: f64 = 0.02;

/// A row of which chance would bring about as many near twins as this, or more, has none that can be told.
const MAX_EXPECTED: f64 = 1e-4;

/// Width of a cell of the grid, in tolerances.
const CELL: f64 = 6.0;

/// Grids, each with its lines elsewhere.
const GRIDS: usize = 24;

/// Threads that share out the grids. The pairs do not depend on their number.
const THREADS: usize = 4;

/// Rows of one cell that a row is compared with.
const MAX_COMPARED: usize = 8;

/// For each row the first row that it belongs together with, itself if there is none before it.
#[must_use]
pub(crate) fn first_of_bound(frame: &Frame) -> Vec<usize> {
    let mut sets = Sets(twins(frame).first_of.clone());
    let mut persons: BTreeMap<usize, usize> = BTreeMap::new();
    for (row, person) in frame.persons.iter().enumerate() {
        sets.join(*persons.entry(*person).or_insert(row), row);
    }
    (0..frame.labels.len()).map(|row| sets.first(row)).collect()
}

/// The rows that are equal or nearly equal.
fn twins(frame: &Frame) -> Arc<Twins> {
    let is_category = (0..frame.matrix.columns()).map(|place| is_category(frame, place)).collect();
    frame.matrix.twins(is_category, || {
        let mut sets = Sets((0..frame.labels.len()).collect());
        let (near_pairs, tellable_rows) = near_pairs(frame);
        equal_pairs(frame).into_iter().chain(near_pairs).for_each(|(a, b)| sets.join(a, b));
        Twins { first_of: (0..frame.labels.len()).map(|row| sets.first(row)).collect(), tellable_rows }
    })
}

/// The groups of two rows or more that are nearly the same in every feature, or wholly, each in ascending order.
#[must_use]
pub(crate) fn near_twins(frame: &Frame) -> Vec<Vec<usize>> {
    groups(&twins(frame).first_of)
}

/// The number of rows of which a near twin can be told from a stranger.
#[must_use]
pub(crate) fn tellable_rows(frame: &Frame) -> usize {
    twins(frame).tellable_rows
}

/// The groups of two rows or more that must share a fold.
#[must_use]
pub(crate) fn bound(frame: &Frame) -> Vec<Vec<usize>> {
    groups(&first_of_bound(frame))
}

fn groups(first_of: &[usize]) -> Vec<Vec<usize>> {
    // Most rows of a large file are alone, and need no list.
    let mut has_twin = vec![false; first_of.len()];
    first_of.iter().enumerate().for_each(|(row, first)| has_twin[*first] |= *first != row);
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let together = first_of.iter().enumerate().filter(|(_, first)| has_twin[**first]);
    together.for_each(|(row, first)| groups.entry(*first).or_default().push(row));
    groups.into_values().collect()
}

/// Disjoint sets of rows, each known by its first row.
struct Sets(Vec<usize>);

impl Sets {
    fn first(&mut self, row: usize) -> usize {
        let mut at = row;
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let first = self.first(a);
        let other = self.first(b);
        self.0[first.max(other)] = first.min(other);
    }
}

/// Each row that is equal to an earlier one, with the first such row; 0 and -0 differ here.
fn equal_pairs(frame: &Frame) -> Vec<(usize, usize)> {
    let bits = |row: usize| frame.matrix.row(row).iter().map(|value| value.to_bits());
    let hash = |row: usize| bits(row).fold(0, |mixed, bits| mix(mixed ^ bits));
    let mut by_hash = with_company((0..frame.labels.len()).map(|row| (hash(row), row)).collect());
    by_hash.sort_unstable();
    let mut pairs = Vec::new();
    for same in by_hash.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        // Rows of one hash are equal, but for a chance of one in billions.
        let mut firsts: Vec<usize> = Vec::new();
        for (_, row) in same {
            match firsts.iter().find(|first| bits(**first).eq(bits(*row))) {
                Some(first) => pairs.push((*first, *row)),
                None => firsts.push(*row),
            }
        }
    }
    pairs
}

/// The rows that share a slot of a table with another row, among them all that have the same hash as another one. Most
/// rows of a large file are alone, and need not be sorted.
fn with_company(hashed: Vec<(u64, usize)>) -> Vec<(u64, usize)> {
    let slots = (4 * hashed.len()).next_power_of_two();
    let slot = |hash: u64| hash as usize & (slots - 1);
    let mut rows = vec![0_u8; slots];
    hashed.iter().for_each(|(hash, _)| rows[slot(*hash)] = rows[slot(*hash)].saturating_add(1));
    hashed.into_iter().filter(|(hash, _)| rows[slot(*hash)] > 1).collect()
}

/// Pairs of rows that are nearly the same, and not by chance; and the number of rows that chance gives no near twin.
fn near_pairs(frame: &Frame) -> (Vec<(usize, usize)>, usize) {
    let scaled: Vec<Vec<f64>> = (0..frame.matrix.columns()).map(|place| scaled(frame, place)).collect();
    let rare = rare_rows(&scaled, frame.labels.len());
    let pairs = share_out(GRIDS, THREADS, |grid| pairs_of_grid(&scaled, &rare, grid as u64));
    let mut pairs: Vec<(usize, usize)> = pairs.into_iter().flatten().collect();
    pairs.sort_unstable();
    pairs.dedup();
    (pairs, rare.len())
}

/// The pairs among the rows that meet in a cell of a grid.
fn pairs_of_grid(scaled: &[Vec<f64>], rare: &[usize], grid: u64) -> Vec<(usize, usize)> {
    let near = |a: usize, b: usize| scaled.iter().all(|column| (column[a] - column[b]).abs() <= 1.0);
    let shift = |place: u64| mix((grid << 32) | place) as f64 / u64::MAX as f64;
    let shifts: Vec<f64> = (0..scaled.len() as u64).map(shift).collect();
    let cells = rare.iter().map(|row| (cell(scaled, &shifts, (*row, grid)), *row)).collect();
    let mut cells = with_company(cells);
    cells.sort_unstable();
    let mut pairs = Vec::new();
    for same in cells.chunk_by(|a, b| a.0 == b.0) {
        for (place, (_, row)) in same.iter().enumerate() {
            let others = same[place + 1..].iter().take(MAX_COMPARED).map(|(_, other)| *other);
            pairs.extend(others.filter(|other| near(*row, *other)).map(|other| (*row, other)));
        }
    }
    pairs
}

fn is_category(frame: &Frame, place: usize) -> bool {
    frame.features.get(place).is_some_and(|feature| !feature.levels.is_empty())
}

/// A column in units of the tolerance: nearly its logarithm, and linear below its usual size, so that 0 is near 1.
fn scaled(frame: &Frame, place: usize) -> Vec<f64> {
    let values: Vec<f64> = (0..frame.labels.len()).map(|row| frame.matrix.row(row)[place]).collect();
    let is_category = is_category(frame, place);
    let mut sizes: Vec<f64> = values
        .iter()
        .filter(|value| !is_missing(**value))
        .map(|value| value.abs())
        .filter(|size| *size > 0.0)
        .collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let usual = sizes.get(sizes.len() / 2).copied().unwrap_or(1.0);
    let unit = |value: f64| match value {
        value if is_missing(value) => f64::from(i32::MIN),
        value if is_category => 10.0 * value,
        value => libm::asinh(value / usual) / TOLERANCE,
    };
    values.into_iter().map(unit).collect()
}

/// The rows that chance gives no near twin.
fn rare_rows(scaled: &[Vec<f64>], rows: usize) -> Vec<usize> {
    let mut expected = vec![rows as f64; rows];
    for column in scaled {
        let mut sorted = column.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        for (value, expected) in column.iter().zip(&mut expected) {
            let low = sorted.partition_point(|other| *other < value - 1.0);
            let high = sorted.partition_point(|other| *other <= value + 1.0);
            *expected *= (high - low) as f64 / rows as f64;
        }
    }
    (0..rows).filter(|row| expected[*row] <= MAX_EXPECTED).collect()
}

/// The cell of a row, as a number that other cells hardly have.
fn cell(scaled: &[Vec<f64>], shifts: &[f64], (row, grid): (usize, u64)) -> u64 {
    let mut mixed = grid;
    for (column, shift) in scaled.iter().zip(shifts) {
        let line = (column[row] / CELL + shift).floor() as i64;
        mixed = mix(mixed ^ line.cast_unsigned());
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::matrix::Matrix;

    /// Rows of six numbers that have nothing to do with each other.
    fn strangers(rows: u64) -> Matrix {
        let mut matrix = Matrix::new(6);
        for row in 0..rows {
            let values: Vec<f64> = (0..6).map(|place| (mix(row * 6 + place) % 90_000 + 10_000) as f64).collect();
            matrix.push(&values);
        }
        matrix
    }

    fn frame(matrix: Matrix) -> Frame {
        let labels = vec![true; matrix.len()];
        Frame { features: Vec::new(), matrix, labels, attributes: Vec::new(), persons: Vec::new() }
    }

    #[test]
    fn strangers_are_no_twins_and_persons_again_are() {
        let mut matrix = strangers(1_000);
        assert!(near_twins(&frame(matrix.clone())).is_empty());
        let again = |matrix: &mut Matrix, row: usize, off: f64| {
            let values: Vec<f64> = matrix.row(row).iter().map(|value| value * (1.0 + off)).collect();
            matrix.push(&values);
        };
        (0..100).for_each(|row| again(&mut matrix, row, 0.01));
        (100..110).for_each(|row| again(&mut matrix, row, 0.00001));
        (110..120).for_each(|row| again(&mut matrix, row, 0.1));
        let groups = near_twins(&frame(matrix));
        assert_eq!(groups.len(), 110);
        assert_eq!((&groups[0], &groups[109]), (&vec![0, 1_000], &vec![109, 1_109]));
    }

    #[test]
    fn a_dollar_and_nothing_are_near() {
        let mut matrix = strangers(1_000);
        for value in [0.0, 1.0] {
            let mut row = matrix.row(3).to_vec();
            row[2] = value;
            matrix.push(&row);
        }
        assert_eq!(near_twins(&frame(matrix)), [vec![1_000, 1_001]]);
    }

    #[test]
    fn few_values_bring_no_twins_but_equal_rows() {
        let mut matrix = Matrix::new(2);
        (0..1_000).for_each(|row: i32| matrix.push(&[f64::from(row), f64::from(row % 3)]));
        matrix.push(&[5.0, 2.0]);
        let frame = frame(matrix);
        assert_eq!((near_twins(&frame), tellable_rows(&frame)), (vec![vec![5, 1_000]], 0));
    }

    #[test]
    fn a_person_binds_rows_that_bind_others() {
        let mut frame = frame(strangers(6));
        frame.persons = vec![7, 8, 9, 7, 10, 8];
        assert_eq!(first_of_bound(&frame), [0, 1, 2, 0, 4, 1]);
        assert_eq!(bound(&frame), [vec![0, 3], vec![1, 5]]);
    }
}
