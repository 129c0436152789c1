//! Copies a trail's file while it is written, with the rows that are in its log.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::location::Location;
use crate::read::fault::VerifyError;
use crate::read::verify::{VerifiedTrail, verify};
use crate::store::StoreReader;
use crate::store::place::{beside, sync_folder};
use crate::store::sqlite::SqliteReader;

/// A trail was not copied.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file must not be lost to a backup.
    #[error("{path} is there already: name a file that is not", path = .0.display())]
    Exists(PathBuf),
    /// PostgreSQL has its own tools.
    #[error("{0} is a database: copy it with pg_dump, restore the copy, and run `audit verify` on it")]
    Database(String),
    /// The copy cannot be put in place.
    #[error("failed to {action} {path}: {source}", path = .path.display())]
    Io {
        /// The attempted action.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The answer of the operating system.
        source: io::Error,
    },
    /// The trail, and so its copy, is not as it was recorded.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The trail cannot be read, or the copy not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Copies a trail into one new file and verifies the copy against the head of the trail. The trail may be written
/// meanwhile: the copy holds every row up to the head that is returned. Blocks.
///
/// A person who is forgotten later is not forgotten in the copy.
///
/// # Errors
/// [`BackupError`]; then there is no file at `to`.
pub fn backup(location: impl Into<Location>, to: &Path) -> Result<VerifiedTrail, BackupError> {
    let path = match location.into() {
        Location::File(path) => path,
        database @ Location::Postgres(_) => return Err(BackupError::Database(database.to_string())),
    };
    if to.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let part = beside(to, &format!(".{}.part", std::process::id()));
    let copied = copy(&path, &part).and_then(|verified| put_in_place(&part, to).map(|()| verified));
    // Nothing is there if the copy was not even begun.
    drop(fs::remove_file(&part));
    copied
}

fn copy(path: &Path, part: &Path) -> Result<VerifiedTrail, BackupError> {
    let mut reader = SqliteReader::open(path)?;
    let head = reader.head()?;
    reader.copy_to(part)?;
    Ok(verify(part, Some(&head))?)
}

/// Gives the copy its name, unless there is a file of that name by now.
fn put_in_place(part: &Path, to: &Path) -> Result<(), BackupError> {
    let io = |action, path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Io { action, path, source }
    };
    File::open(part).and_then(|file| file.sync_all()).map_err(io("sync", part))?;
    fs::hard_link(part, to).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(to.to_owned()),
        _ => io("write", to)(source),
    })?;
    Ok(sync_folder(to)?)
}
