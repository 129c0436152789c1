//! The file of a tally: one JSON value a line, the digest of all lines before it in the last one.
//!
//! ```text
//! {"tally":{"form":2,"scope":{"scores":{"model":"…"},"label":"approved",…},"unfavourable":"0","broken_rows":0}}
//! {"part":{"name":"2026-11","input_sha256":"…","rows":1979}}
//! {"counts":{"groups":["white"],"label":1,"referred":false,"rows":[[8123,4],[8127,1]]}}
//! {"broken":{"column":"units","problem":"is above 4","values":2}}
//! {"outside":{"column":"loan_amount","rows":3}}
//! {"drift":{"feature":"units","rows":[0,1700,0,279]}}
//! {"sha256":"…"}
//! ```
//!
//! Scores are whole ten-thousandths. A tally has one form only: what is read must be what would be written.

use std::collections::BTreeMap;

use andon_evidence::files::sha256_hex;
use serde::{Deserialize, Serialize};

use crate::model::score::Score;
use crate::partial::counts::{MAX_TALLY_ROWS, PartialTally, TallyPart, TallyScope};

/// The form that this code writes and reads.
const TALLY_FORM: u32 = 2;

/// A file is no tally that can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TallyFileError {
    /// The last line is missing.
    #[error("the tally is cut off: its last line, the digest, is missing\nnext: make this part again")]
    Cut,
    /// The digest is of other lines.
    #[error(
        "the tally was changed after it was written: its lines hash to {found}, its last line says {sealed}\nnext: make \
         this part again"
    )]
    Edited {
        /// The digest of the lines.
        found: String,
        /// The digest in the last line.
        sealed: String,
    },
    /// A line cannot be read.
    #[error("line {line}: {problem}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// The fault in it.
        problem: String,
    },
    /// The lines do not fit together.
    #[error("{0}\nnext: make this part again")]
    Counts(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TallyLine {
    Tally(TallyHead),
    Part(TallyPart),
    Counts(CountsLine),
    Broken(BrokenLine),
    Outside(OutsideLine),
    Drift(DriftLine),
    Sha256(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TallyHead {
    form: u32,
    scope: TallyScope,
    unfavourable: Option<String>,
    broken_rows: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountsLine {
    groups: Vec<String>,
    label: u8,
    referred: bool,
    rows: Vec<(Score, u64)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BrokenLine {
    column: String,
    problem: String,
    values: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutsideLine {
    column: String,
    rows: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DriftLine {
    feature: String,
    rows: Vec<u64>,
}

impl PartialTally {
    /// The bytes of the file.
    #[must_use]
    pub fn to_ndjson(&self) -> String {
        let mut text = String::new();
        self.lines().iter().for_each(|line| push(&mut text, line));
        let digest = sha256_hex(text.as_bytes());
        push(&mut text, &TallyLine::Sha256(digest));
        text
    }

    fn lines(&self) -> Vec<TallyLine> {
        let head = TallyHead {
            form: TALLY_FORM,
            scope: self.scope.clone(),
            unfavourable: self.unfavourable.clone(),
            broken_rows: self.broken_rows,
        };
        let parts = self.parts.values().cloned().map(TallyLine::Part);
        let counts = self.cells.iter().flat_map(|(groups, cell)| {
            let filled = cell.sides().into_iter().filter(|(.., counts)| !counts.is_empty());
            filled.map(|(label, referred, counts)| {
                let rows = counts.iter().map(|(score, rows)| (*score, *rows)).collect();
                TallyLine::Counts(CountsLine { groups: groups.clone(), label: u8::from(label), referred, rows })
            })
        });
        let broken = self.broken.iter().map(|((column, problem), values)| {
            TallyLine::Broken(BrokenLine { column: column.clone(), problem: problem.clone(), values: *values })
        });
        let outside = self.outside.iter();
        let outside =
            outside.map(|(column, rows)| TallyLine::Outside(OutsideLine { column: column.clone(), rows: *rows }));
        let drift = self.drift.iter();
        let drift =
            drift.map(|(feature, rows)| TallyLine::Drift(DriftLine { feature: feature.clone(), rows: rows.clone() }));
        std::iter::once(TallyLine::Tally(head))
            .chain(parts)
            .chain(counts)
            .chain(broken)
            .chain(outside)
            .chain(drift)
            .collect()
    }

    /// Reads the bytes of a file.
    ///
    /// ```
    /// use andon::partial::{counts::PartialTally, file::TallyFileError};
    /// assert_eq!(PartialTally::from_ndjson("{\"tally\":{\"form\":1,"), Err(TallyFileError::Cut));
    /// ```
    ///
    /// # Errors
    /// [`TallyFileError`] unless it is whole, as it was written, and its numbers add up.
    pub fn from_ndjson(text: &str) -> Result<Self, TallyFileError> {
        let body = sealed_lines(text)?;
        let mut lines = body.lines().enumerate().map(|(at, line)| {
            let read = serde_json::from_str::<TallyLine>(line);
            read.map_err(|error| TallyFileError::Line { line: at + 1, problem: error.to_string() })
        });
        let head = match lines.next().transpose()? {
            Some(TallyLine::Tally(head)) => head,
            _ => return Err(TallyFileError::Line { line: 1, problem: "the head of a tally is missing".to_owned() }),
        };
        if head.form != TALLY_FORM {
            let problem = format!("the tally is of form {}, this program reads form {TALLY_FORM}", head.form);
            return Err(TallyFileError::Line { line: 1, problem });
        }
        let mut tally =
            Self { broken_rows: head.broken_rows, unfavourable: head.unfavourable, ..Self::new(head.scope) };
        for line in lines {
            tally.take(line?);
        }
        tally.check_counts()?;
        if tally.to_ndjson() == text {
            Ok(tally)
        } else {
            Err(TallyFileError::Counts(
                "the lines are not in the order and form in which a tally is written".to_owned(),
            ))
        }
    }

    /// One more line. A line that does not belong there is not written again, and so refused.
    fn take(&mut self, line: TallyLine) {
        match line {
            TallyLine::Tally(_) | TallyLine::Sha256(_) => (),
            TallyLine::Part(part) => drop(self.parts.insert(part.name.clone(), part)),
            TallyLine::Counts(line) => {
                let cell = self.cells.entry(line.groups).or_default();
                *cell.side(line.label == 1, line.referred) = line.rows.into_iter().collect();
            }
            TallyLine::Broken(line) => drop(self.broken.insert((line.column, line.problem), line.values)),
            TallyLine::Outside(line) => drop(self.outside.insert(line.column, line.rows)),
            TallyLine::Drift(line) => self.drift.push((line.feature, line.rows)),
        }
    }

    /// Refuses counts that cannot be those of the parts, or that do not fit together.
    ///
    /// # Errors
    /// [`TallyFileError::Counts`] says which do not.
    pub fn check_counts(&self) -> Result<(), TallyFileError> {
        let counts = self.cells.values().flat_map(|cell| cell.sides()).flat_map(|(.., counts)| counts.values());
        let all = || counts.clone().chain(self.broken.values()).chain(self.outside.values());
        let refuse = |problem: String| Err(TallyFileError::Counts(problem));
        if all().any(|count| *count == 0 || *count > MAX_TALLY_ROWS) {
            return refuse(format!("a count is not from 1 to {MAX_TALLY_ROWS}"));
        }
        let sum = |counts: &mut dyn Iterator<Item = u64>| counts.map(u128::from).sum::<u128>();
        let counted = sum(&mut counts.clone().copied());
        let rows = counted + u128::from(self.broken_rows);
        let of_parts = sum(&mut self.parts.values().map(|part| part.rows));
        if rows != of_parts || rows > u128::from(MAX_TALLY_ROWS) {
            return refuse(format!("the parts have {of_parts} rows, and {rows} are counted"));
        }
        let broken = self.broken.iter().map(|((column, _), values)| (column.as_str(), *values));
        if !fits_rows(broken, self.broken_rows) {
            return refuse("broken rows and broken values do not fit together".to_owned());
        }
        let outside = self.outside.iter().map(|(column, rows)| (column.as_str(), *rows));
        if !fits_rows(outside, self.referred_rows()) {
            return refuse("referred rows and the columns that refer them do not fit together".to_owned());
        }
        let attributes = self.scope.protected.len();
        if self.cells.keys().any(|groups| groups.len() != attributes) {
            return refuse(format!("a row has not {attributes} groups, one for each protected attribute"));
        }
        match self.drift.iter().find(|(_, bins)| sum(&mut bins.iter().copied()) != counted) {
            Some((feature, _)) => refuse(format!("the bins of {feature} do not hold {counted} rows")),
            None => Ok(()),
        }
    }
}

/// True if values by column can be those of so many rows, each with a value in at least one column and in none twice.
fn fits_rows<'a>(values: impl Iterator<Item = (&'a str, u64)>, rows: u64) -> bool {
    let mut by_column: BTreeMap<&str, u128> = BTreeMap::new();
    values.for_each(|(column, values)| *by_column.entry(column).or_default() += u128::from(values));
    let rows = u128::from(rows);
    by_column.values().all(|values| *values <= rows) && by_column.values().sum::<u128>() >= rows
}

fn push(text: &mut String, line: &TallyLine) {
    // A struct of numbers, strings and vectors always serialises.
    *text += &serde_json::to_string(line).unwrap_or_default();
    text.push('\n');
}

/// The lines in front of the digest, if they are those that it was taken of.
fn sealed_lines(text: &str) -> Result<&str, TallyFileError> {
    let whole = text.strip_suffix('\n').ok_or(TallyFileError::Cut)?;
    let at = whole.rfind('\n').ok_or(TallyFileError::Cut)? + 1;
    let Ok(TallyLine::Sha256(sealed)) = serde_json::from_str(&whole[at..]) else { return Err(TallyFileError::Cut) };
    let body = &text[..at];
    let found = sha256_hex(body.as_bytes());
    if found == sealed { Ok(body) } else { Err(TallyFileError::Edited { found, sealed }) }
}
