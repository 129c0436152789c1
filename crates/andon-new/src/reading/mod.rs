//! From bytes to named columns of text: the encoding, the separator, the rows.

pub(crate) mod dialect;
pub(crate) mod encoding;
pub(crate) mod table;

use crate::error::Problem;
use dialect::find_separator;
use encoding::decode;
use table::SourceTable;

/// A file as text in columns, and what was found out about its form.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// The name of the encoding.
    pub(crate) encoding: &'static str,
    /// The character between two values.
    pub(crate) separator: char,
    /// The columns.
    pub(crate) table: SourceTable,
}

/// Reads a whole file; finds encoding and separator by itself.
pub(crate) fn read(bytes: &[u8]) -> Result<SourceFile, Problem> {
    let decoded = decode(bytes)?;
    let separator = find_separator(&decoded.text);
    let table = SourceTable::parse(&decoded.text, separator)?;
    Ok(SourceFile { encoding: decoded.encoding, separator: char::from(separator), table })
}

/// Reads a whole file of a known form.
pub(crate) fn read_as(bytes: &[u8], encoding: &str, separator: char) -> Result<SourceTable, Problem> {
    let text = encoding::decode_as(bytes, encoding)?;
    let separator = u8::try_from(separator)
        .map_err(|_| Problem::new(format!("the separator `{separator}` is not one byte"), "name another one"))?;
    SourceTable::parse(&text, separator)
}
