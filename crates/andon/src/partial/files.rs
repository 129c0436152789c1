//! Files of parts, read and put together.

use std::path::{Path, PathBuf};

use andon_evidence::files::{self, FileError};

use crate::partial::adding::{AddError, ExpectedParts};
use crate::partial::counts::PartialTally;
use crate::partial::file::TallyFileError;

/// Files of parts do not make a whole.
#[derive(Debug, thiserror::Error)]
pub enum PartFileError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] FileError),
    /// A file is no tally.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The fault in it.
        source: TallyFileError,
    },
    /// A part does not belong with those before it.
    #[error("{}: {source}", path.display())]
    Part {
        /// The file of the part.
        path: PathBuf,
        /// The reason.
        source: AddError,
    },
    /// The parts are not those that are expected.
    #[error(transparent)]
    Parts(#[from] AddError),
    /// Nobody said which parts are expected.
    #[error(
        "nothing says which parts there are, so a missing one could not be noticed\nnext: --parts N states their number, \
         or --expect FILE their names, one a line"
    )]
    NothingExpected,
}

impl ExpectedParts {
    /// The number that was stated, or the names in a file, one a line.
    ///
    /// # Errors
    /// [`PartFileError`] if neither was stated, or the file cannot be read.
    pub fn stated(count: Option<usize>, names: Option<&Path>) -> Result<Self, PartFileError> {
        match (count, names) {
            (_, Some(path)) => {
                let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
                let names = text.lines().map(str::trim).filter(|line| !line.is_empty());
                Ok(Self::Names(names.map(str::to_owned).collect()))
            }
            (Some(count), None) => Ok(Self::Count(count)),
            (None, None) => Err(PartFileError::NothingExpected),
        }
    }
}

/// Reads the tallies of parts and adds them up, whatever their order.
///
/// # Errors
/// [`PartFileError`] names the first file that is cut off, was changed, or does not belong with those before it, and a
/// part that is missing.
pub fn add_up_files(paths: &[PathBuf], expected: &ExpectedParts) -> Result<PartialTally, PartFileError> {
    let mut whole: Option<PartialTally> = None;
    for path in paths {
        let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
        let read = PartialTally::from_ndjson(&text);
        let part = read.map_err(|source| PartFileError::File { path: path.clone(), source })?;
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => {
                whole.add(part).map_err(|source| PartFileError::Part { path: path.clone(), source })?;
            }
        }
    }
    let whole = whole.ok_or(AddError::Nothing)?;
    expected.check(&whole)?;
    Ok(whole)
}
