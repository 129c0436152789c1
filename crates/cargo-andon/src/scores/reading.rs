//! Reading a file of scored rows: CSV with a header, in blocks, each row checked. The whole file is never in memory.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use andon::model::score::Score;
use csv::StringRecord;
use sha2::{Digest, Sha256};

use crate::scores::rows::{GroupsSeen, JudgedGroups, ScoredColumns, ScoredRows, frame};

/// The longest record that is read, in bytes. A quote that is never closed makes one record of the rest of a file.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// The most groups of an attribute. A column with more is a name or a number.
const MAX_GROUPS: usize = 50;

/// The characters that may part two values, the most usual first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A file that cannot be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScoredFileError {
    /// The file cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The file is no CSV.
    #[error("{}: {source}", path.display())]
    Csv { path: PathBuf, source: csv::Error },
    /// The header lacks a column.
    #[error("{}: there is no column `{column}`; the columns are: {}", path.display(), columns.join(", "))]
    Column { path: PathBuf, column: String, columns: Vec<String> },
    /// One value.
    #[error("{}, line {line}, column {column}, value `{value}`: {problem}", path.display())]
    Value { path: PathBuf, line: u64, column: String, value: String, problem: String },
    /// The rows as a whole.
    #[error("{}: {problem}", path.display())]
    Rows { path: PathBuf, problem: String },
}

/// Reads all rows.
///
/// # Errors
/// [`ScoredFileError`] at the first thing that is wrong.
pub(crate) fn read(path: &Path, columns: &ScoredColumns, judged: &JudgedGroups) -> Result<ScoredRows, ScoredFileError> {
    let fail = |source| ScoredFileError::Read { path: path.to_owned(), source };
    let separator = find_separator(path, columns).map_err(fail)?;
    let since_record = Cell::new(0);
    let digest = RefCell::new(Sha256::new());
    let file = File::open(path).map_err(fail)?;
    let metered = Metered { inner: file, since_record: &since_record, digest: &digest };
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(metered);
    let mut rows = RowReader::new(path, columns, judged, reader.headers().map_err(|source| csv_error(path, source))?)?;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|source| csv_error(path, source))? {
        since_record.set(0);
        rows.take(&record)?;
    }
    let sha256 = digest.take().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    rows.finish(sha256)
}

fn csv_error(path: &Path, source: csv::Error) -> ScoredFileError {
    ScoredFileError::Csv { path: path.to_owned(), source }
}

/// The separator that cuts the header into the columns asked for; a comma if none does.
fn find_separator(path: &Path, columns: &ScoredColumns) -> io::Result<u8> {
    let mut header = Vec::new();
    BufReader::new(File::open(path)?.take(MAX_RECORD_BYTES as u64)).read_until(b'\n', &mut header)?;
    let asked = [&columns.label, &columns.score];
    let cuts = |separator: &u8| {
        let mut reader = csv::ReaderBuilder::new().delimiter(*separator).trim(csv::Trim::All).from_reader(&header[..]);
        let names = reader.headers().cloned().unwrap_or_default();
        asked.iter().all(|name| names.iter().any(|found| without_mark(found) == name.as_str()))
    };
    Ok(SEPARATORS.into_iter().find(cuts).unwrap_or(SEPARATORS[0]))
}

fn without_mark(name: &str) -> &str {
    name.strip_prefix('\u{feff}').unwrap_or(name)
}

/// A reader that takes the digest of what passes, and fails on a record that is too long.
struct Metered<'a, R> {
    inner: R,
    since_record: &'a Cell<usize>,
    digest: &'a RefCell<Sha256>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record.get() > MAX_RECORD_BYTES {
            let problem = "a row is longer than 1 MiB: is there a quote that is not closed?";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        let read = self.inner.read(buffer)?;
        self.since_record.set(self.since_record.get() + read);
        self.digest.borrow_mut().update(&buffer[..read]);
        Ok(read)
    }
}

/// The rows so far.
struct RowReader<'a> {
    path: &'a Path,
    columns: &'a ScoredColumns,
    judged: &'a JudgedGroups,
    label_at: usize,
    score_at: usize,
    groups_at: Vec<usize>,
    labels: Vec<bool>,
    scores: Vec<Score>,
    groups: Vec<GroupsSeen>,
    /// The other value of the label, as soon as one was seen.
    unfavourable: Option<String>,
}

impl<'a> RowReader<'a> {
    fn new(
        path: &'a Path,
        columns: &'a ScoredColumns,
        judged: &'a JudgedGroups,
        header: &StringRecord,
    ) -> Result<Self, ScoredFileError> {
        let names: Vec<&str> = header.iter().map(without_mark).collect();
        let place = |column: &String| match names.iter().filter(|name| *name == column).count() {
            0 => Err(ScoredFileError::Column {
                path: path.to_owned(),
                column: column.clone(),
                columns: names.iter().map(|name| (*name).to_owned()).collect(),
            }),
            1 => Ok(names.iter().position(|name| name == column).unwrap_or_default()),
            times => Err(ScoredFileError::Rows {
                path: path.to_owned(),
                problem: format!("column `{column}` stands {times} times in the header"),
            }),
        };
        Ok(Self {
            path,
            columns,
            judged,
            label_at: place(&columns.label)?,
            score_at: place(&columns.score)?,
            groups_at: columns.protected.iter().map(|one| place(&one.column)).collect::<Result<_, _>>()?,
            labels: Vec::new(),
            scores: Vec::new(),
            groups: columns.protected.iter().map(|one| GroupsSeen::new(&one.name)).collect(),
            unfavourable: None,
        })
    }

    fn take(&mut self, record: &StringRecord) -> Result<(), ScoredFileError> {
        let line = record.position().map_or(0, csv::Position::line);
        let broken = |column: &str, value: &str, problem: String| ScoredFileError::Value {
            path: self.path.to_owned(),
            line,
            column: column.to_owned(),
            value: value.chars().take(40).collect(),
            problem,
        };
        let columns = self.columns;
        let label = &record[self.label_at];
        let label = self.label(label).map_err(|problem| broken(&columns.label, label, problem))?;
        let score = &record[self.score_at];
        let score = probability(score).map_err(|problem| broken(&columns.score, score, problem))?;
        for ((seen, at), one) in self.groups.iter_mut().zip(&self.groups_at).zip(&columns.protected) {
            if seen.count(self.judged.name_of(&one.name, &record[*at])) > MAX_GROUPS {
                let problem = format!("the column has more than {MAX_GROUPS} values, so it names no groups");
                return Err(broken(&one.column, &record[*at], problem));
            }
        }
        self.labels.push(label);
        self.scores.push(score);
        Ok(())
    }

    fn label(&mut self, value: &str) -> Result<bool, String> {
        let favourable = &self.columns.favourable;
        if value == favourable {
            return Ok(true);
        }
        match &self.unfavourable {
            _ if value.is_empty() => Err("a row without an outcome cannot be judged by".to_owned()),
            Some(other) if other == value => Ok(false),
            Some(other) => Err(format!("an outcome has two values, and `{favourable}` and `{other}` were seen before")),
            None => {
                self.unfavourable = Some(value.to_owned());
                Ok(false)
            }
        }
    }

    fn finish(self, sha256: String) -> Result<ScoredRows, ScoredFileError> {
        let positives = self.labels.iter().filter(|label| **label).count();
        if positives == 0 || positives == self.labels.len() {
            let ScoredColumns { label, favourable, .. } = self.columns;
            let other = self.unfavourable.map_or("no other value".to_owned(), |other| format!("`{other}`"));
            let problem = format!(
                "of {} rows {positives} have the favourable outcome `{favourable}` in column {label}, where {other} was seen; \
                 both outcomes must occur\nnext: state the favourable one with --favourable VALUE",
                self.labels.len()
            );
            return Err(ScoredFileError::Rows { path: self.path.to_owned(), problem });
        }
        let attributes = self.groups.into_iter().map(|seen| seen.into_attribute(self.judged)).collect();
        Ok(ScoredRows { frame: frame(self.labels, attributes), scores: self.scores, sha256 })
    }
}

/// A probability as a score, in ten-thousandths.
fn probability(text: &str) -> Result<Score, String> {
    let number: f64 = text.parse().map_err(|_| "is no number; a score is a probability from 0 to 1".to_owned())?;
    let score = Some(number).filter(|number| (0.0..=1.0).contains(number)).and_then(Score::nearest);
    score.ok_or_else(|| "a score is a probability from 0 to 1, of the favourable outcome".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_probabilities_are_scores() {
        assert_eq!(probability("0.5").unwrap(), Score::middle());
        for wrong in ["", "NaN", "inf", "-0.01", "1.01", "0,5", "640"] {
            assert!(probability(wrong).unwrap_err().contains("from 0 to 1"), "{wrong}");
        }
        assert!(probability("1e-9").is_ok() && probability("1").is_ok());
    }
}
