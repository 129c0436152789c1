//! Rows from CSV, every one checked by the contract, every broken one reported.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use andon_evidence::files::{DigestReader, FileError};

use crate::data::contract::{Column, Contract, Kind, Record, Violation};
use crate::data::numbers;
use crate::threads::share_out;

/// Longest record that is read, in bytes; far above any honest row.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// Bytes that are read ahead. A record that is longer than this is held as well.
const BUFFER_BYTES: usize = 1 << 16;

/// Records that are read before threads share out the work of making rows of them.
const RECORDS_PER_BLOCK: usize = 1 << 14;

/// Bytes of records after which a block ends, however few they are.
const BYTES_PER_BLOCK: usize = 1 << 24;

/// Records of a block from which threads are worth starting.
const MIN_RECORDS_FOR_THREADS: usize = 1 << 11;

/// Most broken values that are listed; all are counted.
pub const MAX_LISTED_VIOLATIONS: usize = 20;

/// A data file that breaks its contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The file.
    pub path: PathBuf,
    /// The number of broken values.
    pub count: u64,
    /// The first of them, at most [`MAX_LISTED_VIOLATIONS`].
    pub first: Vec<Violation>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = if self.count == 1 { "value breaks" } else { "values break" };
        write!(f, "{}: {} {values} the contract", self.path.display(), self.count)?;
        for violation in &self.first {
            write!(f, "\n  {violation}")?;
        }
        match self.count - self.first.len() as u64 {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// A data file could not become a data set.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It breaks its contract.
    #[error("{0}")]
    Broken(Broken),
}

/// Checked rows with the digest of the bytes they were read from.
#[derive(Debug, Clone)]
pub struct Dataset<R> {
    /// The rows, in file order; never empty.
    pub rows: Vec<R>,
    /// The line of each row in the file, from 1.
    pub lines: Vec<u64>,
    /// SHA-256 of the file.
    pub sha256: String,
}

impl<R: Record> Dataset<R> {
    /// Reads a whole file, in blocks, on up to `threads` threads.
    ///
    /// # Errors
    /// [`DatasetError`]; a broken file lists the first [`MAX_LISTED_VIOLATIONS`] broken values with line, column, value
    /// and rule.
    pub fn read(contract: &Contract<R>, path: &Path, threads: usize) -> Result<Self, DatasetError> {
        let broken = |count, first| DatasetError::Broken(Broken { path: path.to_owned(), count, first });
        let (mut rows, mut lines) = (Vec::new(), Vec::new());
        let (mut count, mut first) = (0, Vec::new());
        let mut input = DigestReader::new(File::open(path).map_err(FileError::io("read", path))?);
        let mut read = Rows::new(contract, &mut input).map_err(|violation| broken(1, vec![violation]))?;
        while let Some(block) = read.next_block(threads) {
            for row in block {
                match row {
                    Ok((line, row)) => {
                        lines.push(line);
                        rows.push(row);
                    }
                    Err(violations) => {
                        count += violations.len() as u64;
                        first.extend(violations);
                        first.truncate(MAX_LISTED_VIOLATIONS);
                    }
                }
            }
        }
        match (count, rows.is_empty()) {
            (0, false) => Ok(Self { rows, lines, sha256: input.sha256_hex() }),
            (0, true) => {
                Err(broken(1, vec![Violation::new("", "", "there is a header and no row", "at least one row")]))
            }
            (count, _) => Err(broken(count, first)),
        }
    }

    /// The rows for which a question is answered by yes, of the same file.
    pub(crate) fn select(&self, keep: &[bool]) -> Self {
        let kept = || (0..self.rows.len()).filter(|row| keep.get(*row).is_some_and(|keep| *keep));
        Self {
            rows: kept().map(|row| self.rows[row].clone()).collect(),
            lines: kept().map(|row| self.lines[row]).collect(),
            sha256: self.sha256.clone(),
        }
    }
}

/// Rows read one by one, so that a file of any length can be scored.
pub struct Rows<'a, R, I> {
    table: Table<'a, R>,
    reader: csv::Reader<RecordLimit<I>>,
    record: csv::ByteRecord,
    ended: bool,
}

/// A row with its line, or the broken values in its place.
type ReadRow<R> = Result<(u64, R), Vec<Violation>>;

/// The contract and the header: what makes a row of a record.
struct Table<'a, R> {
    contract: &'a Contract<R>,
    header: csv::StringRecord,
    /// The columns of the header, in its order.
    columns: Vec<&'a Column>,
}

impl<'a, R: Record, I: Read> Rows<'a, R, I> {
    /// Reads the header and checks it against the contract.
    ///
    /// # Errors
    /// A [`Violation`] for an empty file, or an unknown, missing or repeated column.
    pub fn new(contract: &'a Contract<R>, input: I) -> Result<Self, Violation> {
        let limited = RecordLimit { input, bytes: 0 };
        // Rows of another length are reported by this module with the same words as any other broken row.
        let mut reader = csv::ReaderBuilder::new().flexible(true).buffer_capacity(BUFFER_BYTES).from_reader(limited);
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(at_line(Some(1), Violation::new("", "", plain(&error), "a header line"))),
        };
        check_header(contract, &header).map_err(|violation| at_line(Some(1), violation))?;
        let columns = header.iter().filter_map(|name| contract.column(name)).collect();
        let table = Table { contract, header, columns };
        Ok(Self { table, reader, record: csv::ByteRecord::new(), ended: false })
    }

    /// The line of the row that was read last, from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.record.position().map_or(0, line_of)
    }

    /// True if the input could not be read to its end: the rows behind that place are unknown.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.ended
    }

    /// Reads the next record; `None` at the end of the input.
    fn read_record(&mut self) -> Option<Result<(), Violation>> {
        if self.ended {
            return None;
        }
        let line = line_of(self.reader.position());
        self.reader.get_mut().bytes = 0;
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Some(Ok(())),
            Ok(false) => None,
            Err(error) => {
                self.ended = true;
                Some(Err(at_line(Some(line), Violation::new("", "", plain(&error), ""))))
            }
        }
    }

    /// The next rows, each with its line, made on up to `threads` threads; `None` at the end of the input.
    fn next_block(&mut self, threads: usize) -> Option<Vec<ReadRow<R>>> {
        let (mut records, mut bytes) = (Vec::with_capacity(RECORDS_PER_BLOCK), 0);
        let mut failure = None;
        while records.len() < RECORDS_PER_BLOCK && bytes < BYTES_PER_BLOCK && failure.is_none() {
            match self.read_record() {
                Some(Ok(())) => {
                    bytes += self.record.as_slice().len();
                    records.push(self.record.clone());
                }
                Some(Err(violation)) => failure = Some(Err(vec![violation])),
                None => break,
            }
        }
        if records.is_empty() && failure.is_none() {
            return None;
        }
        let mut rows = self.table.rows(&records, threads);
        rows.extend(failure);
        Some(rows)
    }
}

impl<R: Record> Table<'_, R> {
    /// The rows of records, each with its line, in their order.
    fn rows(&self, records: &[csv::ByteRecord], threads: usize) -> Vec<ReadRow<R>> {
        let row = |record: &csv::ByteRecord| self.row(record).map(|row| (record.position().map_or(0, line_of), row));
        if records.len() < MIN_RECORDS_FOR_THREADS {
            return records.iter().map(row).collect();
        }
        let parts: Vec<&[csv::ByteRecord]> = records.chunks(records.len().div_ceil(threads.max(1))).collect();
        let rows = share_out(parts.len(), threads, |part| parts[part].iter().map(row).collect::<Vec<_>>());
        rows.into_iter().flatten().collect()
    }

    fn row(&self, record: &csv::ByteRecord) -> Result<R, Vec<Violation>> {
        let line = record.position().map(line_of);
        let one = |violation| vec![at_line(line, violation)];
        if record.len() != self.header.len() {
            let problem = format!("the row has {} values", record.len());
            return Err(one(Violation::new("", "", problem, format!("{}, one per column", self.header.len()))));
        }
        let text = csv::StringRecord::from_byte_record(record.clone()).map_err(|error| {
            let at = error.utf8_error().field();
            let value = String::from_utf8_lossy(record.get(at).unwrap_or_default()).into_owned();
            one(Violation::new(self.header.get(at).unwrap_or_default(), &value, "is not UTF-8", "UTF-8 text"))
        })?;
        self.check_choices(&text).map_err(one)?;
        let numbers = self.plain_numbers(&text).map_err(one)?;
        let row: R =
            numbers.deserialize(Some(&self.header)).map_err(|error| one(self.type_violation(&text, &error)))?;
        self.contract.check(&row).map_err(|violations| {
            let raw = |name: &str| self.header.iter().position(|column| column == name).and_then(|at| text.get(at));
            let as_written = |violation: Violation| match raw(&violation.column) {
                Some(value) => Violation { value: value.to_owned(), ..violation },
                None => violation,
            };
            violations.into_iter().map(|violation| at_line(line, as_written(violation))).collect::<Vec<_>>()
        })?;
        Ok(row)
    }

    /// Names the column of an unknown category, which the csv crate's error does not.
    fn check_choices(&self, text: &csv::StringRecord) -> Result<(), Violation> {
        for (column, value) in self.columns.iter().zip(text) {
            let Kind::Choice(names) = &column.kind else { continue };
            let allowed = names.iter().any(|known| known == value) || (value.is_empty() && !column.required);
            if !allowed {
                return Err(Violation::new(&column.name, value, "is not one of the categories", column.allowed()));
            }
        }
        Ok(())
    }

    /// The row with its numbers as Rust's types read them. They are written as in JSON, and a whole number may have a
    /// decimal point, so that a file means the same as a request.
    fn plain_numbers(&self, text: &csv::StringRecord) -> Result<csv::StringRecord, Violation> {
        self.columns.iter().zip(text).map(|(column, value)| plain_value(column, value)).collect()
    }

    fn type_violation(&self, text: &csv::StringRecord, error: &csv::Error) -> Violation {
        let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
            return Violation::new("", "", plain(error), "");
        };
        let at = err.field().and_then(|field| usize::try_from(field).ok());
        let name = at.and_then(|at| self.header.get(at)).unwrap_or_default();
        let value = at.and_then(|at| text.get(at)).unwrap_or_default();
        let column = self.contract.column(name);
        let problem = match column {
            Some(_) if value.is_empty() => "has no value",
            Some(Column { kind: Kind::Number { .. }, .. }) => "is too small or too large",
            Some(column) => problem_of(&column.kind),
            None => "cannot be read",
        };
        Violation::new(name, value, problem, column.map(Column::allowed).unwrap_or_default())
    }
}

impl<R: Record, I: Read> Iterator for Rows<'_, R, I> {
    type Item = Result<R, Vec<Violation>>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(match self.read_record()? {
            Ok(()) => self.table.row(&self.record),
            Err(violation) => Err(vec![violation]),
        })
    }
}

fn plain_value<'t>(column: &Column, value: &'t str) -> Result<Cow<'t, str>, Violation> {
    match &column.kind {
        Kind::Number { whole, .. } if !value.is_empty() => numbers::plain(value, *whole)
            .ok_or_else(|| Violation::new(&column.name, value, problem_of(&column.kind), column.allowed())),
        _ => Ok(Cow::Borrowed(value)),
    }
}

/// The line of a position. The csv crate counts line feeds, and a file may end its lines with carriage returns alone.
fn line_of(position: &csv::Position) -> u64 {
    position.line().max(position.record() + 1)
}

/// The fault of a value that is not of its column's kind.
fn problem_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Number { whole: true, .. } => "is not a whole number",
        Kind::Number { .. } => "is not a number",
        Kind::Flag => "is neither true nor false",
        Kind::Choice(_) => "is not one of the categories",
        Kind::Text => "is no text",
    }
}

fn at_line(line: Option<u64>, violation: Violation) -> Violation {
    Violation { line, ..violation }
}

/// The cause without the csv crate's own position, which the violation carries.
fn plain(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(cause) => cause.to_string(),
        csv::ErrorKind::Utf8 { .. } => "the header is not UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

fn check_header<R: Record>(contract: &Contract<R>, header: &csv::StringRecord) -> Result<(), Violation> {
    let known = || contract.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
    if header.is_empty() {
        return Err(Violation::new("", "", "the file is empty", format!("a header line with {}", known())));
    }
    let mut seen = BTreeSet::new();
    for (at, name) in header.iter().enumerate() {
        if name.is_empty() {
            let problem = format!("column {} of the header has no name", at + 1);
            return Err(Violation::new("", "", problem, known()));
        }
        if contract.column(name).is_none() {
            return Err(Violation::new(name, "", "is not a column of the contract", known()));
        }
        if !seen.insert(name) {
            return Err(Violation::new(name, "", "stands twice in the header", "each column once"));
        }
    }
    match contract.columns().iter().find(|column| column.required && !seen.contains(column.name.as_str())) {
        Some(missing) => Err(Violation::new(&missing.name, "", "is missing from the header", missing.allowed())),
        None => Ok(()),
    }
}

/// Refuses a record longer than [`MAX_RECORD_BYTES`], so that a broken file cannot fill the memory: a quote that is not
/// closed makes one record of the rest of the file.
struct RecordLimit<I> {
    input: I,
    /// Bytes read since the last record. The csv crate reads ahead by [`BUFFER_BYTES`].
    bytes: usize,
}

impl<I: Read> Read for RecordLimit<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes > MAX_RECORD_BYTES {
            let problem = format!("a record is longer than {MAX_RECORD_BYTES} bytes: is a quote not closed?");
            return Err(io::Error::other(problem));
        }
        let read = self.input.read(buffer)?;
        self.bytes += read;
        Ok(read)
    }
}
