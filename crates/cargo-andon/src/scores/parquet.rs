//! Scored rows of a Parquet file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use andon::partial::counts::PartialTally;
use andon_new::PARQUET_MARK;

use crate::scores::checked_rows::ScoredFileError;
use crate::scores::rows::{JudgedGroups, ScoredColumns};

/// True if a file begins as Parquet does.
pub(super) fn is_parquet(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(PARQUET_MARK.len() as u64).read_to_end(&mut start)?;
    Ok(start == PARQUET_MARK)
}

/// Counts all rows.
#[cfg(feature = "parquet")]
pub(super) fn read(
    path: &Path,
    columns: &ScoredColumns,
    judged: &JudgedGroups,
) -> Result<PartialTally, ScoredFileError> {
    use andon_evidence::files::sha256_hex;
    use andon_new::ParquetFile;

    use crate::scores::checked_rows::RowReader;

    let wrong = |problem| ScoredFileError::Rows { path: path.to_owned(), problem };
    let bytes = std::fs::read(path).map_err(|source| ScoredFileError::Read { path: path.to_owned(), source })?;
    let sha256 = sha256_hex(&bytes);
    let file = ParquetFile::open(bytes).map_err(wrong)?;
    // Names the columns of the file if one is missing.
    RowReader::new(path, columns, judged, &file.names())?;
    let wanted = columns.names();
    let mut rows = RowReader::new(path, columns, judged, &wanted)?;
    for (row, number) in file.rows(&wanted).map_err(wrong)?.zip(1_u64..) {
        let row = row.map_err(wrong)?;
        rows.take(&format_args!("row {number}"), |at| &row[at])?;
    }
    Ok(rows.finish().into_part(None, &sha256))
}

/// Refuses the file.
#[cfg(not(feature = "parquet"))]
pub(super) fn read(path: &Path, _: &ScoredColumns, _: &JudgedGroups) -> Result<PartialTally, ScoredFileError> {
    let problem = "this is a Parquet file, and this cargo-andon was built without the feature `parquet`\nnext: install it \
                   with `--features parquet`, or export the rows as CSV with a header line";
    Err(ScoredFileError::Rows { path: path.to_owned(), problem: problem.to_owned() })
}
