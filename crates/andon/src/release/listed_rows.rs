//! The rows that a file lists by their ids.

use std::collections::BTreeMap;

use crate::data::cells::{self, Cell};
use crate::data::contract::Record;

/// For each row, true if its id stands in the column of that name in a CSV file. Each id of the file is that of one
/// row.
///
/// # Errors
/// The line with its fault.
pub(super) fn listed<R: Record>(bytes: &[u8], id: &str, rows: &[R]) -> Result<Vec<bool>, String> {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let cells = cells::read(row).map_err(|error| error.to_string())?;
        if let Some((_, cell)) = cells.iter().find(|(column, cell)| *column == id && *cell != Cell::Missing) {
            places.entry(cell.to_string()).or_default().push(place);
        }
    }
    let mut listed = vec![false; rows.len()];
    for (line, name) in ids(bytes, id)? {
        match places.get(&name).map_or(&[][..], Vec::as_slice) {
            [place] => listed[*place] = true,
            [] => return Err(format!("line {line}: no row of the data file has `{name}` in its column {id}")),
            several => {
                return Err(format!("line {line}: {} rows of the data file have the id `{name}`", several.len()));
            }
        }
    }
    if listed.contains(&true) { Ok(listed) } else { Err("line 2: it lists no row".to_owned()) }
}

/// The ids of a file, each with its line.
fn ids(bytes: &[u8], id: &str) -> Result<Vec<(u64, String)>, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let head = reader.headers().map_err(|error| error.to_string())?;
    let column = head.iter().position(|column| column == id);
    let column = column.ok_or_else(|| format!("line 1: it has no column `{id}`, which holds the ids"))?;
    let one = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok((line, record.get(column).unwrap_or_default().to_owned()))
    };
    reader.records().map(one).collect()
}
