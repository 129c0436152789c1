//! Reading a file of scored rows: CSV with a header, in blocks, each row checked, so that the whole file is never in
//! memory; or Parquet, of which the columns that are asked for are read.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use andon_evidence::files::DigestReader;
use csv::StringRecord;

use crate::scores::checked_rows::{CountedRows, RowReader, ScoredFileError, without_mark};
use crate::scores::parquet;
use crate::scores::rows::{JudgedGroups, ScoredColumns};

/// The longest record that is read, in bytes. A quote that is never closed makes one record of the rest of a file.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// The characters that may part two values, the most usual first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Counts all rows of a file, as one part whose name is its digest.
///
/// # Errors
/// [`ScoredFileError`] at the first thing that is wrong.
pub(crate) fn read(
    path: &Path,
    columns: &ScoredColumns,
    judged: &JudgedGroups,
) -> Result<CountedRows, ScoredFileError> {
    let fail = |source| ScoredFileError::Read { path: path.to_owned(), source };
    if parquet::is_parquet(path).map_err(fail)? {
        return parquet::read(path, columns, judged);
    }
    let separator = find_separator(path, columns).map_err(fail)?;
    let since_record = Cell::new(0);
    let mut file = DigestReader::new(File::open(path).map_err(fail)?);
    let metered = Metered { inner: &mut file, since_record: &since_record };
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::Headers).from_reader(metered);
    let header = reader.headers().map_err(|source| csv_error(path, source))?;
    let mut rows = RowReader::new(path, columns, judged, &header.iter().map(without_mark).collect::<Vec<_>>())?;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|source| csv_error(path, source))? {
        since_record.set(0);
        let line = record.position().map_or(0, csv::Position::line);
        rows.take(&format_args!("line {line}"), |at| &record[at])?;
    }
    drop(reader);
    Ok(rows.finish(&file.sha256_hex()))
}

pub(super) fn csv_error(path: &Path, source: csv::Error) -> ScoredFileError {
    ScoredFileError::Csv { path: path.to_owned(), source }
}

/// The separator that cuts the header into the columns asked for; a comma if none does.
fn find_separator(path: &Path, columns: &ScoredColumns) -> io::Result<u8> {
    let mut header = Vec::new();
    BufReader::new(File::open(path)?.take(MAX_RECORD_BYTES as u64)).read_until(b'\n', &mut header)?;
    let asked = [&columns.label, &columns.score];
    let cuts = |separator: &u8| {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(*separator).trim(csv::Trim::Headers).from_reader(&header[..]);
        let names = reader.headers().cloned().unwrap_or_default();
        asked.iter().all(|name| names.iter().any(|found| without_mark(found) == name.as_str()))
    };
    Ok(SEPARATORS.into_iter().find(cuts).unwrap_or(SEPARATORS[0]))
}

/// A reader that fails on a record that is too long.
struct Metered<'a, R> {
    inner: R,
    since_record: &'a Cell<usize>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record.get() > MAX_RECORD_BYTES {
            let problem = "a row is longer than 1 MiB: is there a quote that is not closed?";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        let read = self.inner.read(buffer)?;
        self.since_record.set(self.since_record.get() + read);
        Ok(read)
    }
}
