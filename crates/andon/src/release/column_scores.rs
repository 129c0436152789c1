//! The scores that stand in a column of the data file, for a release that is judged by them alone.

use std::path::Path;

use crate::data::cells::{self, Cell};
use crate::data::contract::{Contract, Record, Violation};
use crate::data::dataset::{Broken, Dataset, DatasetError, MAX_LISTED_VIOLATIONS};
use crate::data::frame::FrameError;
use crate::model::score::Score;

/// The column holds no scores.
#[derive(Debug)]
pub(super) enum NoScores {
    /// The record has no such column.
    Column(FrameError),
    /// Some rows have no probability there.
    Rows(DatasetError),
}

/// The values that are scores.
const ALLOWED: &str = "a probability from 0 to 1 of the favourable outcome";

/// The score of each row, rounded to ten-thousandths as every score is.
///
/// # Errors
/// [`NoScores`] if the record has no such column, or with file, line, column and value of each row that has no
/// probability there.
pub(super) fn column_scores<R: Record>(
    contract: &Contract<R>,
    column: &str,
    path: &Path,
    dataset: &Dataset<R>,
) -> Result<Vec<Score>, NoScores> {
    if contract.column(column).is_none() {
        let problem = "the record has no such column".to_owned();
        let role = "the column of scores";
        return Err(NoScores::Column(FrameError::Column { column: column.to_owned(), role, problem }));
    }
    let mut scores = Vec::with_capacity(dataset.rows.len());
    let mut broken = Broken { path: path.to_owned(), count: 0, first: Vec::new() };
    for (row, line) in dataset.rows.iter().zip(&dataset.lines) {
        match score(row, column) {
            Ok(score) => scores.push(score),
            Err((value, problem)) => {
                broken.count += 1;
                if broken.first.len() < MAX_LISTED_VIOLATIONS {
                    let violation = Violation::new(column, &value, problem, ALLOWED);
                    broken.first.push(Violation { line: Some(*line), ..violation });
                }
            }
        }
    }
    if broken.count > 0 { Err(NoScores::Rows(DatasetError::Broken(broken))) } else { Ok(scores) }
}

/// The score of a row, or the value that is none with its fault.
fn score<R: Record>(row: &R, column: &str) -> Result<Score, (String, &'static str)> {
    let cells = cells::read(row).map_err(|error| (error.to_string(), "is not a flat record"))?;
    let cell = cells.into_iter().find(|(name, _)| *name == column).map_or(Cell::Missing, |(_, cell)| cell);
    let number = match &cell {
        Cell::Number(number) => *number,
        Cell::Missing => return Err((String::new(), "has no score")),
        Cell::Text(text) => return Err((text.to_string(), "is no number")),
    };
    // NaN is in no range.
    let inside = Some(number).filter(|number| (0.0..=1.0).contains(number));
    inside.and_then(Score::nearest).ok_or_else(|| (cell.to_string(), "is no score"))
}
