//! The result of a query that counted scored rows, as a tally.

use std::path::Path;

use andon::Column;
use andon::partial::counts::PartialTally;
use andon_evidence::files::{self, sha256_hex};

use crate::scores::checked_rows::{RowReader, ScoredFileError, place_of, without_mark};
use crate::scores::reading::csv_error;
use crate::scores::rows::{JudgedGroups, ScoredColumns};
use crate::scores::sql::{
    BINS, BROKEN, COLUMN, COUNTED, Dialect, FAULTS, INSIDE, KIND, LABEL, LINES, OUTSIDE, REFERRALS, REFERRED, ROWS,
    SCORE, TOTAL, VALUE, questions,
};

/// Reads the counts, as one part whose name is the digest of the file.
///
/// # Errors
/// [`ScoredFileError`] at the first thing that is wrong: a column or a question is missing, a count is none, or lines
/// are.
pub(crate) fn read(
    path: &Path,
    columns: &ScoredColumns,
    judged: &JudgedGroups,
) -> Result<PartialTally, ScoredFileError> {
    let wrong = |problem: String| ScoredFileError::Rows { path: path.to_owned(), problem };
    let bytes = files::read(path).map_err(|error| wrong(error.to_string()))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(&bytes[..]);
    let header = reader.headers().map_err(|source| csv_error(path, source))?.clone();
    let names: Vec<&str> = header.iter().map(without_mark).collect();
    let place = |name: &str| place_of(path, name, &names);
    let [kind, column, value] = [place(KIND)?, place(COLUMN)?, place(VALUE)?];
    let [rows_at, total_at, lines_at, referred] = [place(ROWS)?, place(TOTAL)?, place(LINES)?, place(REFERRED)?];
    let mut counts = RowReader::of_counts(path, columns, judged, (LABEL, SCORE), &names)?;
    let mut sums = ResultSums::new(columns);
    for record in reader.records() {
        let record = record.map_err(|source| csv_error(path, source))?;
        let line = record.position().map_or(0, csv::Position::line);
        let place = format_args!("line {line}");
        let at_line = |problem: String| wrong(format!("{place}: {problem}"));
        let rows = sums.add_line([&record[rows_at], &record[total_at], &record[lines_at]]).map_err(at_line)?;
        let question = [&record[kind], &record[column]];
        sums.add(question, rows).map_err(at_line)?;
        match &record[kind] {
            COUNTED => {
                let is_referred = is_referred(&record[referred]).map_err(at_line)?;
                counts.take_counts(&place, |at| &record[at], is_referred, rows)?;
            }
            BROKEN => counts.tally_mut().count_broken_rows(rows),
            _ => take_answer(counts.tally_mut(), &sums, question, &record[value], rows).map_err(at_line)?,
        }
    }
    sums.check().map_err(wrong)?;
    let tally = counts.finish(&sha256_hex(&bytes)).tally;
    tally.check_counts().map_err(|error| wrong(error.to_string()))?;
    Ok(tally)
}

/// Puts the answer to a question about a column into the tally.
fn take_answer(
    tally: &mut PartialTally,
    sums: &ResultSums,
    [kind, column]: [&str; 2],
    answer: &str,
    rows: u64,
) -> Result<(), String> {
    let unknown =
        || format!("column {VALUE}, value `{answer}`: is no answer to the question `{kind}` of column {column}");
    match (kind, answer) {
        (FAULTS, "") | (REFERRALS, INSIDE) | (BINS | REFERRALS, BROKEN) => (),
        (FAULTS, fault) => {
            let checked = sums.checked.iter().find(|one| one.name == column).ok_or_else(unknown)?;
            if !checked.faults().any(|known| known.to_string() == fault) {
                return Err(unknown());
            }
            tally.count_broken_values(column, fault, rows);
        }
        (REFERRALS, OUTSIDE) => tally.count_outside(column, rows),
        (BINS, bin) => {
            let bin = whole(bin).and_then(|bin| usize::try_from(bin).ok()).ok_or_else(unknown)?;
            tally.count_bin(column, bin, rows).ok_or_else(unknown)?;
        }
        _ => return Err(unknown()),
    }
    Ok(())
}

fn is_referred(text: &str) -> Result<bool, String> {
    match whole(text) {
        Some(0) => Ok(false),
        Some(1) => Ok(true),
        _ => Err(format!("column {REFERRED}, value `{text}`: is neither 0 nor 1")),
    }
}

/// A whole number. Some programs write it with a decimal point.
fn whole(text: &str) -> Option<u64> {
    text.strip_suffix(".0").unwrap_or(text).parse().ok()
}

/// The rows so far by question, and the numbers of rows and lines that each line says there are in all.
struct ResultSums {
    checked: Vec<Column>,
    /// By kind and column. The rows themselves, whole and broken, are a question without a column.
    rows: Vec<(&'static str, String, u64)>,
    lines: u64,
    stated: Option<[u64; 2]>,
}

impl ResultSums {
    fn new(columns: &ScoredColumns) -> Self {
        // The dialect changes the words of a question and not its subject.
        let questions = questions(Dialect::Duckdb, columns).into_iter().map(|one| (one.kind, one.column, 0));
        let rows = std::iter::once((COUNTED, String::new(), 0)).chain(questions).collect();
        Self { checked: columns.checked(), rows, lines: 0, stated: None }
    }

    fn add_line(&mut self, [rows, total, lines]: [&str; 3]) -> Result<u64, String> {
        let number = |column: &str, text: &str| {
            let number = whole(text).filter(|number| (1..1 << 53).contains(number));
            number.ok_or_else(|| format!("column {column}, value `{text}`: is no number of rows"))
        };
        let rows = number(ROWS, rows)?;
        let stated = [number(TOTAL, total)?, number(LINES, lines)?];
        if self.stated.is_some_and(|before| before != stated) {
            return Err(format!(
                "column {TOTAL}: the lines before it have another total than {total}, or another number of lines than \
                 {lines}; they are of two queries"
            ));
        }
        self.stated = Some(stated);
        self.lines += 1;
        Ok(rows)
    }

    fn add(&mut self, [kind, column]: [&str; 2], rows: u64) -> Result<(), String> {
        let kind = if kind == BROKEN { COUNTED } else { kind };
        let question = self.rows.iter_mut().find(|(of, about, _)| *of == kind && about == column);
        let (_, _, sum) = question.ok_or_else(|| {
            format!("column {KIND}: the question `{kind}` of column `{column}` is none of those that were asked")
        })?;
        *sum = sum.saturating_add(rows);
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let Some([total, lines]) = self.stated else {
            return Err("there is no line with counts\nnext: is the table empty?".to_owned());
        };
        if lines != self.lines {
            let found = self.lines;
            return Err(format!(
                "there are {found} lines, and each says that there are {lines}: lines are missing or doubled"
            ));
        }
        match self.rows.iter().find(|(.., rows)| *rows != total) {
            None => Ok(()),
            Some((kind, column, rows)) => Err(format!(
                "the lines of `{kind}` {column} count {rows} rows, and each says that there are {total}: lines are missing \
                 or doubled"
            )),
        }
    }
}
