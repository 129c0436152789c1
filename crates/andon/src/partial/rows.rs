//! Rows counted where they are: each checked by the contract, scored by the model and put into the tally of its part.
//! No row is kept, so memory does not grow with the rows.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read};

use andon_evidence::files::DigestReader;

use crate::data::cells::{self, Cell};
use crate::data::contract::{Contract, Record, Violation};
use crate::data::dataset::{MAX_LISTED_VIOLATIONS, Rows};
use crate::data::faults::ValueFault;
use crate::data::frame::{cell, label};
use crate::decide::decider::Decider;
use crate::partial::counts::{PartialTally, TallyScope};

/// Longest line of JSON that is read, in bytes; far above any honest row.
const MAX_LINE_BYTES: usize = 1 << 20;

/// The bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 17;

/// A part cannot be read to its end, so it has no tally.
#[derive(Debug, thiserror::Error)]
pub enum TallyRowsError {
    /// The operating system refused.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The input as a whole is broken.
    #[error("{0}")]
    Broken(Violation),
}

/// The tally of a part, and the first of its broken values.
#[derive(Debug)]
pub struct TalliedRows {
    /// The counts.
    pub tally: PartialTally,
    /// At most [`MAX_LISTED_VIOLATIONS`].
    pub first_broken: Vec<Violation>,
}

/// Counts the rows of one part: CSV with a header, or one JSON object a line. The first byte that is no blank tells
/// which. `scope` names the model and the policy of the decider; without a name, the digest of the input names the
/// part.
///
/// # Errors
/// [`TallyRowsError`] if the input is empty, has no header that fits the contract, or ends with an error. A broken row
/// is no error: it is counted.
pub fn tally_rows<R: Record>(
    decider: &Decider<R>,
    scope: TallyScope,
    name: Option<&str>,
    input: impl Read,
) -> Result<TalliedRows, TallyRowsError> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, DigestReader::new(input));
    let mut counter = RowCounter::new(decider, scope);
    let first = input.fill_buf()?.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') { counter.read_lines(&mut input) } else { counter.read_csv(&mut input) }?;
    let sha256 = input.into_inner().sha256_hex();
    Ok(TalliedRows { tally: counter.tally.into_part(name, &sha256), first_broken: counter.first_broken })
}

/// The counts so far.
struct RowCounter<'a, R> {
    decider: &'a Decider<R>,
    tally: PartialTally,
    first_broken: Vec<Violation>,
    /// The groups of the row at hand; kept, so that a row costs no memory of its own.
    groups: Vec<String>,
}

impl<'a, R: Record> RowCounter<'a, R> {
    fn new(decider: &'a Decider<R>, scope: TallyScope) -> Self {
        let groups = vec![String::new(); scope.protected.len()];
        let tally = PartialTally::new(scope).with_unfavourable(Some("0".to_owned())).with_bins_of(decider.model());
        Self { decider, tally, first_broken: Vec::new(), groups }
    }

    fn read_csv(&mut self, input: impl Read) -> Result<(), TallyRowsError> {
        let mut rows = Rows::new(self.decider.contract(), input).map_err(TallyRowsError::Broken)?;
        while let Some(row) = rows.next() {
            if let (true, Err(violations)) = (rows.has_failed(), &row) {
                return Err(TallyRowsError::Broken(violations.first().cloned().unwrap_or_else(unreadable)));
            }
            self.take(row);
        }
        Ok(())
    }

    fn read_lines(&mut self, input: &mut impl BufRead) -> Result<(), TallyRowsError> {
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            if input.by_ref().take(MAX_LINE_BYTES as u64).read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            if bytes.len() == MAX_LINE_BYTES {
                let long = Violation::new("", "", format!("is longer than {MAX_LINE_BYTES} bytes"), "a shorter line");
                return Err(TallyRowsError::Broken(at_line(line, long)));
            }
            if !bytes.trim_ascii().is_empty() {
                let row = self.decider.contract().read_json(&bytes);
                self.take(row.map_err(|broken| broken.into_iter().map(|one| at_line(line, one)).collect()));
            }
        }
        Ok(())
    }

    fn take(&mut self, row: Result<R, Vec<Violation>>) {
        if let Err(violations) = row.and_then(|row| self.count(&row)) {
            let values: Vec<_> = violations.iter().map(|one| canonical(self.decider.contract(), one)).collect();
            self.tally.count_broken(values);
            let room = MAX_LISTED_VIOLATIONS - self.first_broken.len();
            self.first_broken.extend(violations.into_iter().take(room));
        }
    }

    /// Counts a row of the contract, if it has a label and the model has a score for it.
    fn count(&mut self, row: &R) -> Result<(), Vec<Violation>> {
        let broken = |column: &str, value: &str, problem: String| vec![Violation::new(column, value, problem, "")];
        let cells = cells::read(row).map_err(|error| broken("", "", error.to_string()))?;
        let outcome = &self.decider.policy().data.label;
        let label = label(&cells, outcome).map_err(|value| broken(outcome, &value, "is not 0 or 1".to_owned()))?;
        let model = self.decider.model();
        let encoded = model.encode(&cells);
        let encoded =
            encoded.map_err(|error| broken(&error.column, &error.value, "is not known to the model".to_owned()))?;
        let score =
            model.score(&encoded).ok_or_else(|| broken("", "", "the model has no score for the row".to_owned()))?;
        for (group, column) in self.groups.iter_mut().zip(&self.tally.scope.protected) {
            group.clear();
            // Writing to a string does not fail.
            let _ = write!(group, "{}", cell(&cells, column).unwrap_or(&Cell::Missing));
        }
        self.tally.count_encoded(model, &encoded, &self.groups, (label, score));
        Ok(())
    }
}

/// Column and reason of a broken value, in words that do not depend on the value, so that they can be counted.
fn canonical<R: Record>(contract: &Contract<R>, violation: &Violation) -> (String, String) {
    let Some(column) = contract.column(&violation.column) else {
        return (String::new(), "the row is not one of the contract".to_owned());
    };
    let value = if violation.value == "null" { "" } else { &violation.value };
    // A blank is a fault of an outcome, and an unknown name one of a category, whatever the column allows.
    let unasked = if value.is_empty() { ValueFault::Blank } else { ValueFault::NotListed };
    (column.name.clone(), column.fault_of(value).unwrap_or(unasked).to_string())
}

fn at_line(line: u64, violation: Violation) -> Violation {
    Violation { line: Some(line), ..violation }
}

fn unreadable() -> Violation {
    Violation::new("", "", "the input cannot be read to its end", "")
}
