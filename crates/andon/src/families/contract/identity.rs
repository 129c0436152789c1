//! The ids of rows: one row has one id, and one id one row.

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::data::cells::{self, Cell};
use crate::data::contract::Record;
use crate::data::dataset::Dataset;
use crate::measure::sample::{MAX_NAMED_PARTS, Measured};

/// The number of rows whose id another row above them has. The parts name the first such ids, with the lines of their
/// rows.
///
/// # Errors
/// Not measured without rows, or when a row has no id.
pub fn unique_id<R: Record>(dataset: &Dataset<R>, id: &str) -> Measured {
    let mut ids = Vec::with_capacity(dataset.rows.len());
    for (row, line) in dataset.rows.iter().zip(&dataset.lines) {
        let cells = cells::read(row).map_err(|error| NotMeasured(error.to_string()))?;
        let cell = cells.iter().find(|(name, cell)| *name == id && *cell != Cell::Missing);
        let (_, cell) = cell.ok_or_else(|| NotMeasured(format!("line {line}: the row has no {id}")))?;
        ids.push((cell.to_string(), *line));
    }
    ids.sort_unstable();
    let shared = ids.chunk_by(|(a, _), (b, _)| a == b).filter(|rows| rows.len() > 1);
    let rows = shared.clone().map(|rows| rows.len() - 1).sum::<usize>();
    let parts = shared.take(MAX_NAMED_PARTS).map(|rows| name_rows(id, rows)).collect();
    Ok(Measurement::exact(rows as f64, Unit::Count, ids.len() as u64)?.with_parts(parts))
}

/// The rows that share an id, by their lines.
fn name_rows(column: &str, rows: &[(String, u64)]) -> Part {
    let lines: Vec<String> = rows.iter().take(MAX_NAMED_PARTS).map(|(_, line)| line.to_string()).collect();
    let name = format!("{column} {}: lines {}", rows[0].0, lines.join(", "));
    Part { name, value: rows.len() as f64 - 1.0, n: rows.len() as u64 }
}
