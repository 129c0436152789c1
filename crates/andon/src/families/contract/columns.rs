//! Checks of columns: more than one value, no code in the place of a number, no category under two names.

use std::collections::{BTreeMap, BTreeSet};

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::data::cells::{self, Cell};
use crate::data::contract::{Contract, Kind, Record};
use crate::data::frame::{Feature, Frame};
use crate::data::matrix::is_missing;
use crate::measure::sample::Measured;

/// The number of features that have one value only, missing counting as a value; a model can learn nothing from them,
/// and most often something broke on the way. The parts name them.
///
/// # Errors
/// Not measured with fewer than two rows, or without a feature.
pub fn constant(frame: &Frame) -> Measured {
    let rows = frame.matrix.len();
    if rows < 2 || frame.features.is_empty() {
        return Err(NotMeasured(format!("{rows} rows and {} features: nothing can vary", frame.features.len())));
    }
    let first = frame.matrix.row(0);
    let same = |place: usize| (1..rows).all(|row| frame.matrix.row(row)[place].total_cmp(&first[place]).is_eq());
    let constants = frame.features.iter().enumerate().filter(|(place, _)| same(*place));
    let part = |(_, feature): (usize, &Feature)| Part { name: feature.name.clone(), value: 1.0, n: rows as u64 };
    let parts: Vec<Part> = constants.map(part).collect();
    Ok(Measurement::exact(parts.len() as f64, Unit::Count, rows as u64)?.with_parts(parts))
}

/// Fewest different values that make a feature a quantity, in which a sentinel can be told from a value.
const MIN_QUANTITY_VALUES: usize = 10;

/// The number of values that stand for something that was not recorded, such as 999999 months or -1 dollars. The parts
/// name the column and the value.
///
/// Looked at is the lowest and the highest value of every feature with at least 10 different values, where it occurs
/// in two rows or more. It is a sentinel when
/// * it is far off: farther from the next value than all other values are from each other; or
/// * it is a code: the only negative value of the column and one of -1, -9, -99, -999 and so on; or the highest, three
///   nines or more and nothing else, and more frequent than the value before it.
///
/// # Errors
/// Not measured when no feature has 10 different values.
pub fn sentinels(frame: &Frame) -> Measured {
    let mut parts = Vec::new();
    let mut looked_at = 0;
    for (place, feature) in frame.features.iter().enumerate() {
        let values = counted(frame, place);
        if values.len() < MIN_QUANTITY_VALUES {
            continue;
        }
        looked_at += 1;
        let sentinel = |(value, rows): (f64, u64)| Part {
            name: format!("{} = {value}", feature.name),
            value: rows as f64,
            n: frame.matrix.len() as u64,
        };
        parts.extend(ends(&values).into_iter().flatten().map(sentinel));
    }
    if looked_at == 0 {
        return Err(NotMeasured(format!("no feature has {MIN_QUANTITY_VALUES} different values")));
    }
    let count = counted_in(&parts);
    Ok(Measurement::exact(count, Unit::Count, frame.matrix.len() as u64)?.with_parts(parts))
}

/// The sum of what the parts count.
fn counted_in(parts: &[Part]) -> f64 {
    // The sum of no numbers is -0.
    parts.iter().map(|part| part.value).sum::<f64>() + 0.0
}

/// Every value of a numeric feature in ascending order, with how often.
fn counted(frame: &Frame, place: usize) -> Vec<(f64, u64)> {
    if !frame.features[place].levels.is_empty() {
        return Vec::new();
    }
    let values = (0..frame.matrix.len()).map(|row| frame.matrix.row(row)[place]);
    let mut values: Vec<f64> = values.filter(|value| !is_missing(*value)).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.chunk_by(|a, b| a >= b).map(|same| (same[0], same.len() as u64)).collect()
}

/// The lowest and the highest value, each only if it is a sentinel. There are at least three values.
fn ends(values: &[(f64, u64)]) -> [Option<(f64, u64)>; 2] {
    let at = |place: usize| values[place].0;
    let last = values.len() - 1;
    let low_is_far = at(1) - at(0) > at(last) - at(1);
    let high_is_far = at(last) - at(last - 1) > at(last - 1) - at(0);
    let low_is_code = at(0) < 0.0 && at(1) >= 0.0 && (nines(-at(0), 1) || (-at(0)).to_string() == "1");
    let high_is_code = nines(at(last), 3) && values[last].1 > values[last - 1].1;
    let repeated = |place: usize| Some(values[place]).filter(|(_, rows)| *rows >= 2);
    [repeated(0).filter(|_| low_is_far || low_is_code), repeated(last).filter(|_| high_is_far || high_is_code)]
}

/// True if a number is written with nines alone, and at least so many.
fn nines(value: f64, least: usize) -> bool {
    let text = value.to_string();
    text.len() >= least && text.bytes().all(|digit| digit == b'9')
}

/// The number of category names that are another name in a different spelling: letter case, blanks and punctuation
/// aside. One category under two names splits its rows. The parts are the spellings that meet.
///
/// Looked at are the columns of categories, with the names that the contract allows, and the columns of free text but
/// the id, with the values that occur.
///
/// # Errors
/// Not measured when the record has neither, or there are no rows.
pub fn category_spellings<R: Record>(contract: &Contract<R>, rows: &[R], id: &str) -> Measured {
    let mut names: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for column in contract.columns() {
        let allowed: &[String] = match &column.kind {
            Kind::Choice(allowed) => allowed,
            Kind::Text if column.name != id => &[],
            Kind::Text | Kind::Number { .. } | Kind::Flag => continue,
        };
        names.insert(&column.name, allowed.iter().cloned().collect());
    }
    if names.is_empty() {
        return Err(NotMeasured("the record has no column of categories or text".to_owned()));
    }
    for row in rows {
        for (column, cell) in cells::read(row).map_err(|error| NotMeasured(error.to_string()))? {
            if let (Some(names), Cell::Text(text)) = (names.get_mut(column), cell) {
                names.insert(text.into_owned());
            }
        }
    }
    let parts: Vec<Part> = names.iter().flat_map(|(column, names)| meeting(column, names, rows.len())).collect();
    let count = counted_in(&parts);
    Ok(Measurement::exact(count, Unit::Count, rows.len() as u64)?.with_parts(parts))
}

/// The names of a column that meet once letter case, blanks and punctuation are put aside; each such group once.
fn meeting(column: &str, names: &BTreeSet<String>, rows: usize) -> Vec<Part> {
    let mut spellings: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in names {
        let letters = name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase);
        spellings.entry(letters.collect()).or_default().push(name);
    }
    let met = spellings.into_values().filter(|names| names.len() > 1);
    let part = |names: Vec<&str>| Part {
        name: format!("{column}: `{}`", names.join("`, `")),
        value: names.len() as f64 - 1.0,
        n: rows as u64,
    };
    met.map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::contract::rows::frame;

    fn names(measured: &Measured) -> Vec<&str> {
        measured.as_ref().unwrap().parts().iter().map(|part| part.name.as_str()).collect()
    }

    #[test]
    fn a_constant_column_is_named() {
        let frame = frame(&[("same", &[7.0; 3]), ("other", &[7.0, 7.0, 8.0])], &[true, false, true]);
        assert_eq!(names(&constant(&frame)), ["same"]);
        assert!(constant(&crate::families::contract::rows::frame(&[("one", &[7.0])], &[true])).is_err());
    }

    /// The values 0 to 20 with two more rows of `value`.
    fn with(value: f64) -> Measured {
        let values: Vec<f64> = (0..=20).map(f64::from).chain([value, value]).collect();
        sentinels(&frame(&[("a", &values)], &vec![true; values.len()]))
    }

    #[test]
    fn far_values_and_codes_are_sentinels_and_honest_values_are_not() {
        for (value, found) in
            [(999_999.0, true), (41.0, true), (40.0, false), (-1.0, true), (-9.0, true), (-2.0, false), (0.0, false)]
        {
            assert_eq!(with(value).unwrap().value() > 0.0, found, "{value}");
        }
        assert_eq!((names(&with(-99.0)), with(-99.0).unwrap().value()), (vec!["a = -99"], 2.0));
        // 999 among 500 to 980 is not far; three times where its neighbour stands once it is a code.
        let near: Vec<f64> = (50..=98).map(|ten| f64::from(ten) * 10.0).chain([999.0; 3]).collect();
        assert_eq!(names(&sentinels(&frame(&[("a", &near)], &[true; 52]))), ["a = 999"]);
    }

    #[test]
    fn a_value_that_stands_once_is_an_outlier_and_few_values_are_no_quantity() {
        let once: Vec<f64> = (0..=20).map(f64::from).chain([9_999.0]).collect();
        assert!(names(&sentinels(&frame(&[("a", &once)], &[true; 22]))).is_empty());
        assert!(sentinels(&frame(&[("a", &[0.0, 1.0, 9_999.0, 9_999.0])], &[true; 4])).is_err());
    }

    #[test]
    fn spellings_that_meet_are_named_together() {
        let names = ["New York", "new york", "New-York ", "Boston"].map(str::to_owned).into();
        let met = meeting("city", &names, 4);
        assert_eq!((met.len(), met[0].value), (1, 2.0));
        assert_eq!(met[0].name, "city: `New York`, `New-York `, `new york`");
    }
}
