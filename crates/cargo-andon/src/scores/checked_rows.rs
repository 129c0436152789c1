//! Rows of a scored file, each checked, whatever the form of the file.

use std::io;
use std::path::{Path, PathBuf};

use andon::model::score::Score;

use crate::scores::rows::{GroupsSeen, JudgedGroups, ScoredColumns, ScoredRows, frame};

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

/// The rows so far.
pub(super) struct RowReader<'a> {
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
    /// A reader of rows with these columns.
    pub(super) fn new(
        path: &'a Path,
        columns: &'a ScoredColumns,
        judged: &'a JudgedGroups,
        names: &[&str],
    ) -> Result<Self, ScoredFileError> {
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

    /// One more row: its place in the file, and its value in each column.
    pub(super) fn take<'v>(
        &mut self,
        place: &dyn std::fmt::Display,
        value: impl Fn(usize) -> &'v str,
    ) -> Result<(), ScoredFileError> {
        let broken = |column: &str, value: &str, problem: String| ScoredFileError::Value {
            path: self.path.to_owned(),
            place: place.to_string(),
            column: column.to_owned(),
            value: value.chars().take(40).collect(),
            problem,
        };
        let columns = self.columns;
        let label = value(self.label_at);
        let label = self.label(label).map_err(|problem| broken(&columns.label, label, problem))?;
        let score = value(self.score_at);
        let score = probability(score).map_err(|problem| broken(&columns.score, score, problem))?;
        for ((seen, at), one) in self.groups.iter_mut().zip(&self.groups_at).zip(&columns.protected) {
            if seen.count(self.judged.name_of(&one.name, value(*at))) > MAX_GROUPS {
                let problem = format!("the column has more than {MAX_GROUPS} values, so it names no groups");
                return Err(broken(&one.column, value(*at), problem));
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

    /// All rows, of a file with this digest.
    pub(super) fn finish(self, sha256: String) -> Result<ScoredRows, ScoredFileError> {
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
