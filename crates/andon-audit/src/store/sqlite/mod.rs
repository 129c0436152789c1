//! A trail in a file: SQLite in WAL mode, every commit synced.
//!
//! The newest rows stand in the log (`-wal`) alone until it is moved into the database. These guarantees hold if
//! somebody moves, replaces or deletes the files while the process runs:
//!
//! - An entry is acknowledged only if database, log and lock were at their paths after its commit.
//! - After a failure nothing is written, emptied or deleted by path: not when the connection closes, and not until the
//!   files are the ones they were and hold the row acknowledged last (see `place::ExpectedFiles`). A foreign database
//!   is at most read, which may put an empty `-wal` and a `-shm` beside it.
//! - Files that were moved away and come back in any order lose no row. If the log alone goes, its rows are moved into
//!   the database through the connection that still has both; until that is done, the connection stays open. Writing
//!   goes on when the log is back, or after a restart.
//!
//! A copy of the database alone lacks the rows in the log. So the database says that a log follows, and the log says
//! that with it the trail is whole (`connection::mark`): a copy without the log is no trail.
//!
//! SQLite sets these limits:
//!
//! - A process that starts knows no earlier files, and a database does not say which log is its own. If the service is
//!   restarted, or another program opens the path for writing, while a foreign database stands beside this trail's
//!   log, the two are mixed: put the files back first.
//! - A file that is overwritten in place (`cp other.db trail.db`) remains the same file; only its content can tell, and
//!   only once a page is read that is neither in the log nor in memory.
//! - A replacement in the very moment between the look and the opening is not seen.
//! - Rows in a log that is deleted together with the database, or after it was moved, are gone with it.

mod connection;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use self::reader::SqliteReader;
pub(crate) use self::writer::SqliteWriter;
