//! The reasons why an entry was not recorded, or a trail could not be read.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// An entry was not recorded, or a person not forgotten.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TrailError {
    /// The entry cannot be stored as it is.
    #[error("`{field}` {problem}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// Its defect.
        problem: &'static str,
    },
    /// More entries are waiting than the disk can take.
    #[error("the audit trail is busy: {0} entries are waiting to be written")]
    Full(usize),
    /// The trail cannot be written now. The next entry tries again.
    #[error("not recorded: {0}")]
    NotRecorded(#[from] Arc<StoreError>),
    /// The operating system has no randomness for a salt.
    #[error("not recorded: the operating system gave no random bytes for a salt ({0})")]
    Salt(#[from] getrandom::Error),
    /// A stop is in force.
    #[error("not recorded: {0}")]
    Halted(String),
    /// A stop that is to be cleared is not the last one.
    #[error("another stop is the last one by now, or none is in force: look at it first")]
    OtherStop,
    /// Somebody has added notes since the caller read them.
    #[error("somebody else has added notes to this trail meanwhile: try again")]
    OtherNotes,
    /// The writer has ended.
    #[error("not recorded: the writer of the audit trail has stopped")]
    Stopped,
}

impl From<StoreError> for TrailError {
    fn from(error: StoreError) -> Self {
        Self::NotRecorded(Arc::new(error))
    }
}

/// A trail cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("{path}: {source}", path = .path.display())]
    Sqlite {
        /// The trail's file.
        path: PathBuf,
        /// The answer of the system below.
        source: rusqlite::Error,
    },
    /// PostgreSQL refused, or cannot be reached.
    #[error("{location}: {problem}")]
    Postgres {
        /// The trail's address, without its password.
        location: String,
        /// The server's message, with its causes.
        problem: String,
    },
    /// The operating system refused.
    #[error("failed to {action} {path}: {source}", path = .path.display())]
    Io {
        /// The attempted action: `open`, `lock`, `sync`, `start a thread for`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The answer of the system below.
        source: io::Error,
    },
    /// Another process writes this trail.
    #[error(
        "{0} is being written by another process: a trail has one writer; stop that process, or name another trail"
    )]
    Locked(String),
    /// A file that is being written was deleted, moved or replaced.
    #[error("{path} was deleted, moved or replaced while the trail was open: put it back; a restart would take the files as they are", path = .0.display())]
    Gone(PathBuf),
    /// The file or database is no trail, or a trail of a later version.
    #[error("{0} is not an audit trail of a version that this program knows")]
    Foreign(String),
    /// The database file was copied or restored without its log.
    #[error(
        "{path} is not whole: its newest rows were in a log ({path}-wal) that is not there, and nobody can tell how many; \
         put the log back, or take a copy that `audit backup` made",
        path = .0.display()
    )]
    WithoutLog(PathBuf),
    /// The log can be read only where an index can be written beside it.
    #[error(
        "{path} cannot be written, and the newest rows are in {path}-wal, which is read only where an index can be \
         written beside it: copy both files to a folder that you can write",
        path = .0.display()
    )]
    ReadOnlyLog(PathBuf),
    /// The clock of the machine has a time that no set clock has.
    #[error("the clock of this machine says {0}, and rows have times from 2026 to 2199: set the clock")]
    Clock(String),
    /// The trail does not hold the row that was acknowledged last.
    #[error(
        "{location}: row {sequence} was acknowledged and is now missing or changed: run verify before you write to the trail again"
    )]
    Diverged {
        /// The trail.
        location: String,
        /// The row acknowledged last.
        sequence: u64,
    },
    /// The database is configured to lose commits that it acknowledged.
    #[error("{0}: `fsync` is off, so a commit is not durable: set fsync = on")]
    NotDurable(String),
    /// A row has not the form of one; verify names it.
    #[error("{location}: row {sequence} cannot be read ({problem}): run verify")]
    Unreadable {
        /// The trail.
        location: String,
        /// The row.
        sequence: i64,
        /// Its defect.
        problem: String,
    },
}
