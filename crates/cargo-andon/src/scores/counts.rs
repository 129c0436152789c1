//! The result of a query that counted scored rows, as a tally.

use std::path::Path;

use andon::partial::counts::PartialTally;
use andon_evidence::files::{self, sha256_hex};

use crate::scores::checked_rows::{RowReader, ScoredFileError, place_of, without_mark};
use crate::scores::reading::csv_error;
use crate::scores::rows::{JudgedGroups, ScoredColumns};
use crate::scores::sql::{LABEL, ROWS, SCORE, TOTAL};

/// Reads the counts, as one part whose name is the digest of the file.
///
/// # Errors
/// [`ScoredFileError`] at the first thing that is wrong: a column is missing, a count is none, or lines are.
pub(crate) fn read(
    path: &Path,
    columns: &ScoredColumns,
    judged: &JudgedGroups,
) -> Result<PartialTally, ScoredFileError> {
    let wrong = |problem: String| ScoredFileError::Rows { path: path.to_owned(), problem };
    let bytes = files::read(path).map_err(|error| wrong(error.to_string()))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&bytes[..]);
    let header = reader.headers().map_err(|source| csv_error(path, source))?.clone();
    let names: Vec<&str> = header.iter().map(without_mark).collect();
    let rows_at = place_of(path, ROWS, &names)?;
    let total_at = place_of(path, TOTAL, &names)?;
    let mut counts = RowReader::of_counts(path, columns, judged, (LABEL, SCORE), &names)?;
    let mut totals = Totals::default();
    for record in reader.records() {
        let record = record.map_err(|source| csv_error(path, source))?;
        let line = record.position().map_or(0, csv::Position::line);
        let place = format_args!("line {line}");
        let rows = totals.add(&record[rows_at], &record[total_at]);
        let rows = rows.map_err(|problem| wrong(format!("{place}: {problem}")))?;
        counts.take_counts(&place, |at| &record[at], rows)?;
    }
    totals.check().map_err(wrong)?;
    Ok(counts.finish().into_part(None, &sha256_hex(&bytes)))
}

/// The rows so far, and the number that each line says there are in all.
#[derive(Default)]
struct Totals {
    rows: u64,
    stated: Option<u64>,
}

impl Totals {
    fn add(&mut self, rows: &str, total: &str) -> Result<u64, String> {
        let number = |column: &str, text: &str| {
            let whole = text.strip_suffix(".0").unwrap_or(text);
            let number = whole.parse::<u64>().ok().filter(|number| (1..1 << 53).contains(number));
            number.ok_or_else(|| format!("column {column}, value `{text}`: is no number of rows"))
        };
        let rows = number(ROWS, rows)?;
        let total = number(TOTAL, total)?;
        if self.stated.is_some_and(|stated| stated != total) {
            return Err(format!(
                "column {TOTAL}: the lines before it have another total than {total}; they are of two queries"
            ));
        }
        self.stated = Some(total);
        self.rows = self.rows.saturating_add(rows);
        Ok(rows)
    }

    fn check(&self) -> Result<(), String> {
        match self.stated {
            None => Err("there is no line with counts\nnext: is the table empty?".to_owned()),
            Some(total) if total == self.rows => Ok(()),
            Some(total) => {
                let Self { rows, .. } = self;
                Err(format!(
                    "the lines count {rows} rows, and each says that there are {total}: lines are missing or doubled"
                ))
            }
        }
    }
}
