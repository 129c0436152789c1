//! Scored rows of a Parquet file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use andon_new::PARQUET_MARK;

use crate::scores::checked_rows::{CountedRows, ScoredFileError};
use crate::scores::rows::{JudgedGroups, ScoredColumns};

/// True if a file begins as Parquet does.
pub(super) fn is_parquet(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(PARQUET_MARK.len() as u64).read_to_end(&mut start)?;
    Ok(start == PARQUET_MARK)
}

/// Counts all rows, page by page: the file is never in memory. It is read twice, since what stands where is at its end.
#[cfg(feature = "parquet")]
pub(super) fn read(
    path: &Path,
    columns: &ScoredColumns,
    judged: &JudgedGroups,
) -> Result<CountedRows, ScoredFileError> {
    use andon_evidence::files::DigestReader;
    use andon_new::ParquetFile;

    use crate::scores::checked_rows::RowReader;

    let wrong = |problem| ScoredFileError::Rows { path: path.to_owned(), problem };
    let unread = |source| ScoredFileError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(unread)?;
    let mut digest = DigestReader::new(file.try_clone().map_err(unread)?);
    io::copy(&mut digest, &mut io::sink()).map_err(unread)?;
    let file = ParquetFile::open(file).map_err(wrong)?;
    let names = file.names();
    // Names the columns of the file if one is missing.
    RowReader::new(path, columns, judged, &names)?;
    let checked = columns.checked();
    let mut wanted: Vec<&str> = columns.names();
    let others = checked.iter().map(|column| column.name.as_str()).filter(|name| names.contains(name));
    others.for_each(|name| {
        if !wanted.contains(&name) {
            wanted.push(name)
        }
    });
    let mut rows = RowReader::new(path, columns, judged, &wanted)?;
    for (row, number) in file.rows(&wanted).map_err(wrong)?.zip(1_u64..) {
        let row = row.map_err(wrong)?;
        rows.take(&format_args!("row {number}"), |at| &row[at])?;
    }
    Ok(rows.finish(&digest.sha256_hex()))
}

/// Refuses the file.
#[cfg(not(feature = "parquet"))]
pub(super) fn read(path: &Path, _: &ScoredColumns, _: &JudgedGroups) -> Result<CountedRows, ScoredFileError> {
    let problem = "this is a Parquet file, and this cargo-andon was built without the feature `parquet`\nnext: install it \
                   with `--features parquet`, or export the rows as CSV with a header line";
    Err(ScoredFileError::Rows { path: path.to_owned(), problem: problem.to_owned() })
}
