//! From bytes to named columns of text: the encoding, the separator, the rows; or the columns of a Parquet file.

pub(crate) mod dialect;
pub(crate) mod encoding;
#[cfg(feature = "parquet")]
mod parquet;
pub(crate) mod table;

pub use self::encoding::PARQUET_MARK;
#[cfg(feature = "parquet")]
pub use self::parquet::ParquetFile;

use crate::error::Problem;
use dialect::find_separator;
use encoding::decode;
use table::SourceTable;

/// The encoding of a file that is no text.
pub(crate) const PARQUET: &str = "Parquet";

/// A file as text in columns, and what was found out about its form.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// The name of the encoding, or [`PARQUET`].
    pub(crate) encoding: &'static str,
    /// The character between two values.
    pub(crate) separator: char,
    /// The columns.
    pub(crate) table: SourceTable,
}

/// Reads a whole file; finds encoding and separator by itself.
pub(crate) fn read(bytes: &[u8]) -> Result<SourceFile, Problem> {
    if encoding::is_parquet(bytes) {
        return Ok(SourceFile { encoding: PARQUET, separator: ',', table: read_parquet(bytes)? });
    }
    let decoded = decode(bytes)?;
    let separator = find_separator(&decoded.text);
    let table = SourceTable::parse(&decoded.text, separator)?;
    Ok(SourceFile { encoding: decoded.encoding, separator: char::from(separator), table })
}

/// Reads a whole file of a known form.
pub(crate) fn read_as(bytes: &[u8], encoding: &str, separator: char) -> Result<SourceTable, Problem> {
    if encoding == PARQUET {
        return read_parquet(bytes);
    }
    let text = encoding::decode_as(bytes, encoding)?;
    let separator = u8::try_from(separator)
        .map_err(|_| Problem::new(format!("the separator `{separator}` is not one byte"), "name another one"))?;
    SourceTable::parse(&text, separator)
}

#[cfg(feature = "parquet")]
fn read_parquet(bytes: &[u8]) -> Result<SourceTable, Problem> {
    parquet::parse(bytes)
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(_: &[u8]) -> Result<SourceTable, Problem> {
    let next = "install it with `--features parquet`, or export the data as CSV with a header line";
    Err(Problem::new("this is a Parquet file, and this cargo-andon was built without the feature `parquet`", next))
}
