//! Rows of a scored file, each checked, whatever the form of the file.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use andon::Column;
use andon::data::dataset::MAX_LISTED_VIOLATIONS;
use andon::model::score::Score;
use andon::partial::counts::{CountedRow, PartialTally};

use crate::scores::rows::{JudgedGroups, ScoredColumns};

/// The blanks around a value that say nothing; a query cuts the same ones off.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// The most groups of an attribute. A column with more is a name or a number.
const MAX_GROUPS: usize = 50;

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
    #[error("{}, {place}, column {column}, value `{value}`: {problem}", path.display())]
    Value { path: PathBuf, place: String, column: String, value: String, problem: String },
    /// The rows as a whole.
    #[error("{}: {problem}", path.display())]
    Rows { path: PathBuf, problem: String },
}

/// The name of a column without the mark that some programs put at the start of a file.
pub(super) fn without_mark(name: &str) -> &str {
    name.strip_prefix('\u{feff}').unwrap_or(name)
}

/// The rows of a file, counted.
#[derive(Debug)]
pub(crate) struct CountedRows {
    pub(crate) tally: PartialTally,
    /// The first of the broken values, at most [`MAX_LISTED_VIOLATIONS`]; only rows of a named model have any, because
    /// without a contract the first one is an error.
    pub(crate) first_broken: Vec<String>,
}

/// The rows so far, as counts.
pub(super) struct RowReader<'a> {
    path: &'a Path,
    columns: &'a ScoredColumns,
    judged: &'a JudgedGroups,
    label_at: usize,
    score_at: usize,
    groups_at: Vec<usize>,
    /// The columns that each row is held against, with their places; a column that may be blank may be absent.
    checked: Vec<(Column, Option<usize>)>,
    /// The groups of each attribute so far.
    seen: Vec<BTreeSet<String>>,
    /// The groups of the row at hand; kept, so that a row costs no memory of its own.
    groups: Vec<String>,
    /// The other value of the label, as soon as one was seen.
    unfavourable: Option<String>,
    rows: CountedRows,
}

impl<'a> RowReader<'a> {
    /// A reader of rows whose columns stand under these names.
    pub(super) fn new(
        path: &'a Path,
        columns: &'a ScoredColumns,
        judged: &'a JudgedGroups,
        names: &[&str],
    ) -> Result<Self, ScoredFileError> {
        let checked = columns.released.iter().flat_map(|_| columns.checked());
        let placed = checked.map(|column| {
            let is_absent = !columns.must_have(&column) && !names.contains(&column.name.as_str());
            let place = if is_absent { None } else { Some(place_of(path, &column.name, names)?) };
            Ok((column, place))
        });
        let checked = placed.collect::<Result<_, ScoredFileError>>()?;
        Ok(Self { checked, ..Self::of_counts(path, columns, judged, (&columns.label, &columns.score), names)? })
    }

    /// A reader of counts, in which outcome and score stand under other names.
    pub(super) fn of_counts(
        path: &'a Path,
        columns: &'a ScoredColumns,
        judged: &'a JudgedGroups,
        (label, score): (&str, &str),
        names: &[&str],
    ) -> Result<Self, ScoredFileError> {
        let place = |column: &str| place_of(path, column, names);
        Ok(Self {
            path,
            columns,
            judged,
            label_at: place(label)?,
            score_at: place(score)?,
            groups_at: columns.protected.iter().map(|one| place(&one.column)).collect::<Result<_, _>>()?,
            checked: Vec::new(),
            seen: vec![BTreeSet::new(); columns.protected.len()],
            groups: vec![String::new(); columns.protected.len()],
            unfavourable: None,
            rows: CountedRows { tally: columns.tally(), first_broken: Vec::new() },
        })
    }

    /// One more row: its place in the file, and its value in each column. A broken value is an error, unless the model
    /// was named: then it is counted, as the program of the model counts it.
    pub(super) fn take<'v>(
        &mut self,
        place: &dyn Display,
        value: impl Fn(usize) -> &'v str,
    ) -> Result<(), ScoredFileError> {
        let value = |at| value(at).trim_matches(BLANKS);
        let columns = self.columns;
        if self.take_broken(place, &value) {
            return Ok(());
        }
        let label = value(self.label_at);
        let is_favourable = self.label(label).map_err(|problem| self.broken(place, &columns.label, label, problem))?;
        let score = value(self.score_at);
        let score = probability(score).map_err(|problem| self.broken(place, &columns.score, score, problem))?;
        self.read_groups(place, &value)?;
        let Self { checked, rows: CountedRows { tally, .. }, groups, .. } = self;
        match &columns.released {
            Some(released) => {
                let encoded = released.encode(|column| checked[column].1.map_or("", &value));
                tally.count_encoded(released.model(), &encoded, groups, (is_favourable, score));
            }
            None => tally.count(CountedRow { groups, label: is_favourable, is_referred: false, score }, 1),
        }
        Ok(())
    }

    /// True if the row breaks the contract; then it is counted with its broken values.
    fn take_broken<'v>(&mut self, place: &dyn Display, value: &impl Fn(usize) -> &'v str) -> bool {
        let mut faults = Vec::new();
        for (column, at) in &self.checked {
            let text = at.map_or("", value);
            let Some(fault) = column.fault_of(text) else { continue };
            if self.rows.first_broken.len() < MAX_LISTED_VIOLATIONS {
                let shown: String = text.chars().take(40).collect();
                self.rows.first_broken.push(format!("{place}, column {}, value `{shown}`: {fault}", column.name));
            }
            faults.push((column.name.clone(), fault.to_string()));
        }
        let is_broken = !faults.is_empty();
        if is_broken {
            self.rows.tally.count_broken(faults);
        }
        is_broken
    }

    /// One more line of counts: so many rows with this outcome and score, which the program answers or refers.
    pub(super) fn take_counts<'v>(
        &mut self,
        place: &dyn Display,
        value: impl Fn(usize) -> &'v str,
        is_referred: bool,
        rows: u64,
    ) -> Result<(), ScoredFileError> {
        let columns = self.columns;
        let label = value(self.label_at);
        let label = self.label(label).map_err(|problem| self.broken(place, &columns.label, label, problem))?;
        let score = value(self.score_at);
        let score = ten_thousandths(score).map_err(|problem| self.broken(place, &columns.score, score, problem))?;
        self.read_groups(place, &value)?;
        self.rows.tally.count(CountedRow { groups: &self.groups, label, is_referred, score }, rows);
        Ok(())
    }

    /// The tally, for counts that are of no row.
    pub(super) fn tally_mut(&mut self) -> &mut PartialTally {
        &mut self.rows.tally
    }

    fn read_groups<'v>(
        &mut self,
        place: &dyn Display,
        value: &impl Fn(usize) -> &'v str,
    ) -> Result<(), ScoredFileError> {
        for (at, one) in self.columns.protected.iter().enumerate() {
            let stated = value(self.groups_at[at]).trim();
            let group = self.judged.name_of(&one.name, stated);
            if !self.seen[at].contains(group) {
                self.seen[at].insert(group.to_owned());
            }
            if self.seen[at].len() > MAX_GROUPS {
                let problem = format!("the column has more than {MAX_GROUPS} values, so it names no groups");
                return Err(self.broken(place, &one.column, stated, problem));
            }
            self.groups[at].clear();
            self.groups[at].push_str(group);
        }
        Ok(())
    }

    fn broken(&self, place: &dyn Display, column: &str, value: &str, problem: String) -> ScoredFileError {
        ScoredFileError::Value {
            path: self.path.to_owned(),
            place: place.to_string(),
            column: column.to_owned(),
            value: value.chars().take(40).collect(),
            problem,
        }
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

    /// The counts of all rows, as one part whose name is the digest of the file.
    pub(super) fn finish(self, sha256: &str) -> CountedRows {
        let tally = self.rows.tally.with_unfavourable(self.unfavourable).into_part(None, sha256);
        CountedRows { tally, ..self.rows }
    }
}

/// The place of a column in a header.
pub(super) fn place_of(path: &Path, column: &str, names: &[&str]) -> Result<usize, ScoredFileError> {
    match names.iter().filter(|name| **name == column).count() {
        0 => Err(ScoredFileError::Column {
            path: path.to_owned(),
            column: column.to_owned(),
            columns: names.iter().map(|name| (*name).to_owned()).collect(),
        }),
        1 => Ok(names.iter().position(|name| *name == column).unwrap_or_default()),
        times => Err(ScoredFileError::Rows {
            path: path.to_owned(),
            problem: format!("column `{column}` stands {times} times in the header"),
        }),
    }
}

/// A score that was counted in ten-thousandths. Some programs write a whole number with a decimal point.
fn ten_thousandths(text: &str) -> Result<Score, String> {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    let steps = whole.parse::<u16>().map_err(|_| "is no score in ten-thousandths, 1 to 9999".to_owned())?;
    Score::try_from(steps)
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
