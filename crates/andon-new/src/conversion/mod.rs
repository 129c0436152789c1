//! The conversion of a source file into the data file of a release, as a file that a person can read and change:
//! `data/conversion.toml`. The same conversion can be done again, on the same file or on a newer one.

mod apply;
mod description;

use std::path::Path;

pub use self::description::{Conversion, ConvertedColumn, WrittenAs};
pub(crate) use self::description::{UNDISCLOSED, band_names};
use crate::error::NewError;
use crate::reading::read_as;
use andon_evidence::files;

impl Conversion {
    /// Reads the description of a conversion.
    ///
    /// # Errors
    /// [`NewError`] if the file cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self, NewError> {
        let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
        let problem =
            |error: toml::de::Error| NewError::Conversion { file: path.to_owned(), problem: error.to_string() };
        toml::from_str(&text).map_err(problem)
    }

    /// The data file that this conversion makes of a source file.
    ///
    /// # Errors
    /// [`NewError::Data`] names the line, the column and the value that it has no rule for.
    pub fn convert(&self, file: &Path, bytes: &[u8]) -> Result<String, NewError> {
        let table = read_as(bytes, &self.encoding, self.separator).map_err(|problem| problem.of(file))?;
        apply::to_csv(self, &table).map_err(|problem| problem.of(file))
    }

    /// The conversion as a file, with a head that says what it is.
    pub(crate) fn to_file(&self) -> String {
        let body = toml::to_string(self).unwrap_or_default();
        format!(
            "# The way from the source file to the data file. `cargo andon convert FILE` goes it again, on the same file or \
             on a\n# newer one of the same form. Write `recode` to split a column in two or to name codes.\n\n{body}"
        )
    }
}
