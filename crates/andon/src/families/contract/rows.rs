//! Checks of rows: twins, contradictions, too few of them, too few of one label.

use std::sync::Arc;

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::data::bound_rows::{near_twins, tellable_rows};
use crate::data::frame::Frame;
use crate::data::matrix::Matrix;
use crate::measure::sample::{MAX_NAMED_PARTS, Measured};
use crate::statistics::share::wilson;

/// Places of rows that are equal in every feature, each group in ascending order; rows without a twin are left out.
///
/// Found by sorting, and not by the table from which folds are assigned, so that one can be held against the other.
/// A missing value equals a missing value, and 0 equals -0.
///
/// ```
/// use andon::data::matrix::Matrix;
/// let mut matrix = Matrix::new(1);
/// [1.0, 0.0, 2.0, 1.0, -0.0, 1.0].iter().for_each(|value| matrix.push(&[*value]));
/// assert_eq!(*andon::families::contract::rows::twins(&matrix), [vec![1, 4], vec![0, 3, 5]]);
/// ```
#[must_use]
pub fn twins(matrix: &Matrix) -> Arc<Vec<Vec<usize>>> {
    matrix.equal_rows(|| search_twins(matrix))
}

fn search_twins(matrix: &Matrix) -> Vec<Vec<usize>> {
    // Adding 0 turns -0 into 0 and leaves every other value.
    let values = |row: usize| matrix.row(row).iter().map(|value| value + 0.0);
    let compare = |a: usize, b: usize| {
        let unequal = values(a).zip(values(b)).map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne());
        unequal.unwrap_or(std::cmp::Ordering::Equal)
    };
    let mut order: Vec<usize> = (0..matrix.len()).collect();
    order.sort_by(|a, b| compare(*a, *b));
    let groups = order.chunk_by(|a, b| compare(*a, *b).is_eq());
    groups.filter(|group| group.len() > 1).map(<[usize]>::to_vec).collect()
}

/// Share of rows that are equal to another row in every feature. The parts name the first such groups by their rows.
///
/// # Errors
/// Not measured without rows.
pub fn duplicates(frame: &Frame) -> Measured {
    share_of_rows(frame, &twins(&frame.matrix))
}

/// Share of rows that are equal or nearly equal to another row: in every category, and to 2 % in every number, where
/// chance would not bring that about. The parts name the first such groups by their rows.
///
/// # Errors
/// Not measured without rows, or when the features are so few, or so coarse, that chance could bring near twins to more
/// than half of the rows: of those nobody can tell.
pub fn near_duplicates(frame: &Frame) -> Measured {
    let tellable = tellable_rows(frame);
    let rows = frame.labels.len();
    if 2 * tellable < rows {
        return Err(NotMeasured(format!(
            "{tellable} of {rows} rows differ so much from all others that a near twin would be no chance; fewer than \
             half cannot speak for the others. Name the column of the person under [data], or remove the gate with its \
             reason: equal rows are counted by contract.duplicates"
        )));
    }
    share_of_rows(frame, &near_twins(frame))
}

/// Share of rows that are equal to another row in every feature while their labels differ: whatever the model says,
/// one of them is wrong. The parts name the first such groups by their rows.
///
/// # Errors
/// Not measured without rows.
pub fn conflicting_labels(frame: &Frame) -> Measured {
    let differ = |group: &Vec<usize>| group.iter().any(|row| frame.labels[*row] != frame.labels[group[0]]);
    let groups: Vec<Vec<usize>> = twins(&frame.matrix).iter().filter(|group| differ(group)).cloned().collect();
    share_of_rows(frame, &groups)
}

fn share_of_rows(frame: &Frame, groups: &[Vec<usize>]) -> Measured {
    let rows: usize = groups.iter().map(Vec::len).sum();
    let n = frame.labels.len() as u64;
    Ok(Measurement::exact(rows as f64 / n as f64, Unit::Share, n)?.with_parts(named(groups)))
}

/// The first groups of rows, by the numbers of their rows from 1.
pub(crate) fn named(groups: &[Vec<usize>]) -> Vec<Part> {
    let part = |group: &Vec<usize>| {
        let numbers: Vec<String> = group.iter().take(MAX_NAMED_PARTS).map(|row| (row + 1).to_string()).collect();
        Part { name: format!("rows {}", numbers.join(", ")), value: group.len() as f64, n: group.len() as u64 }
    };
    groups.iter().take(MAX_NAMED_PARTS).map(part).collect()
}

/// The number of rows. The parts count those of each label.
///
/// # Errors
/// Not measured without rows.
pub fn minimum_rows(frame: &Frame) -> Measured {
    minimum_rows_of(label_counts(frame))
}

/// [`minimum_rows`] of so many rows with label 0 and 1.
///
/// # Errors
/// Not measured without rows.
pub fn minimum_rows_of(labels: [u64; 2]) -> Measured {
    let n = labels.iter().sum();
    let part = |label: usize| Part { name: format!("label {label}"), value: labels[label] as f64, n: labels[label] };
    Ok(Measurement::exact(n as f64, Unit::Count, n)?.with_parts(vec![part(0), part(1)]))
}

fn label_counts(frame: &Frame) -> [u64; 2] {
    let positives = frame.labels.iter().filter(|label| **label).count() as u64;
    [frame.labels.len() as u64 - positives, positives]
}

/// Share of the rarer label, 0 to 0.5; interval by Wilson.
///
/// # Errors
/// Not measured when one label is absent.
pub fn class_balance(frame: &Frame) -> Measured {
    class_balance_of(label_counts(frame))
}

/// [`class_balance`] of so many rows with label 0 and 1.
///
/// # Errors
/// Not measured when one label is absent.
pub fn class_balance_of(labels: [u64; 2]) -> Measured {
    let [negatives, positives] = labels;
    let n = negatives + positives;
    let rarer = positives.min(negatives);
    if rarer == 0 {
        return Err(NotMeasured(format!("one label is absent: {positives} of {n} labels are 1")));
    }
    let label = u8::from(positives == rarer);
    let part = Part { name: format!("label {label}"), value: rarer as f64 / n as f64, n: rarer };
    Ok(Measurement::with_interval(part.value, wilson(rarer, n), Unit::Share, n)?.with_parts(vec![part]))
}

/// A frame of plain numbers, for tests of this crate.
#[cfg(test)]
pub(crate) fn frame(columns: &[(&str, &[f64])], labels: &[bool]) -> Frame {
    let feature = |(name, _): &(&str, &[f64])| crate::data::frame::Feature {
        name: (*name).to_owned(),
        levels: Vec::new(),
        takes_unseen: false,
        may_be_missing: false,
    };
    let mut matrix = Matrix::new(columns.len());
    for row in 0..labels.len() {
        let values: Vec<f64> = columns.iter().map(|(_, values)| values[row]).collect();
        matrix.push(&values);
    }
    let features = columns.iter().map(feature).collect();
    Frame { features, matrix, labels: labels.to_vec(), attributes: Vec::new(), persons: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_and_contradictions_by_hand() {
        let frame = frame(
            &[("a", &[1.0, 1.0, 2.0, 1.0, 2.0]), ("b", &[5.0, 5.0, 5.0, 6.0, 5.0])],
            &[true, false, true, true, true],
        );
        let measured = duplicates(&frame).unwrap();
        assert!((measured.value() - 0.8).abs() < 1e-12);
        assert_eq!(measured.parts()[1].name, "rows 3, 5");
        let measured = conflicting_labels(&frame).unwrap();
        assert!((measured.value() - 0.4).abs() < 1e-12);
        assert_eq!((measured.parts().len(), measured.parts()[0].name.as_str()), (1, "rows 1, 2"));
    }

    #[test]
    fn rows_of_which_near_twins_cannot_be_told_are_not_measured() {
        let coarse: Vec<f64> = (0..200_u32).map(|row| f64::from(row % 40)).collect();
        let frame = frame(&[("a", &coarse), ("b", &coarse)], &[true; 200]);
        let why = near_duplicates(&frame).unwrap_err().0;
        assert!(why.starts_with("0 of 200 rows differ so much"), "{why}");
    }

    #[test]
    fn the_rarer_label_by_hand() {
        let frame = frame(&[("a", &[1.0, 2.0, 3.0, 4.0])], &[true, true, true, false]);
        let balance = class_balance(&frame).unwrap();
        assert!((balance.value() - 0.25).abs() < 1e-12 && balance.parts()[0].name == "label 0", "{balance}");
        assert!((minimum_rows(&frame).unwrap().value() - 4.0).abs() < 1e-12);
    }

    #[test]
    fn no_rows_or_one_label_is_not_measured() {
        let empty = frame(&[("a", &[])], &[]);
        assert!(duplicates(&empty).is_err() && conflicting_labels(&empty).is_err());
        assert!(minimum_rows(&empty).is_err() && class_balance(&empty).is_err());
        assert!(class_balance(&frame(&[("a", &[1.0, 2.0])], &[true, true])).is_err());
    }
}
