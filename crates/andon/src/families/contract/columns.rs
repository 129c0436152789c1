//! Checks of columns: more than one value, no category under two names.

use std::collections::{BTreeMap, BTreeSet};

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::data::cells::{self, Cell};
use crate::data::contract::{Contract, Kind, Record};
use crate::data::frame::{Feature, Frame};
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

/// The sum of what the parts count.
pub(crate) fn counted_in(parts: &[Part]) -> f64 {
    // The sum of no numbers is -0.
    parts.iter().map(|part| part.value).sum::<f64>() + 0.0
}

/// The number of category names that are another name in a different spelling: letter case, blanks and punctuation
/// aside. One category under two names splits its rows. The parts are the spellings that meet.
///
/// Looked at are the columns of categories, with the names that the contract allows, and the columns of free text but
/// the id, with the values that occur.
///
/// # Errors
/// Not measured when the record has neither, or there are no rows.
pub fn category_spellings<R: Record>(contract: &Contract<R>, rows: &[R], id: Option<&str>) -> Measured {
    let mut names: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for column in contract.columns() {
        let allowed: &[String] = match &column.kind {
            Kind::Choice(allowed) => allowed,
            Kind::Text if Some(column.name.as_str()) != id => &[],
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

    #[test]
    fn spellings_that_meet_are_named_together() {
        let names = ["New York", "new york", "New-York ", "Boston"].map(str::to_owned).into();
        let met = meeting("city", &names, 4);
        assert_eq!((met.len(), met[0].value), (1, 2.0));
        assert_eq!(met[0].name, "city: `New York`, `New-York `, `new york`");
    }
}
