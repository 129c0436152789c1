//! A trail in a file: SQLite in WAL mode, every commit synced.
//!
//! The newest rows stand in the log (`-wal`) alone until it is moved into the database. What is guaranteed when somebody
//! moves, replaces or deletes these files while the process runs:
//!
//! - An entry is acknowledged only if database, log and lock were at their paths after its commit.
//! - After a failure nothing is written, emptied or deleted by path: not when the connection closes, and not until the
//!   files are the ones they were and hold the row acknowledged last (see [`place::Left`]). A foreign database is at most
//!   read, which may put an empty `-wal` and a `-shm` beside it.
//! - Files that were moved away and come back in any order lose no row. Where the log alone goes, its rows are moved into
//!   the database through the connection that still has both, and until that is done the connection stays open. Writing
//!   goes on when the log is back, or after a restart.
//!
//! What SQLite makes impossible:
//!
//! - A process that starts knows no earlier files, and a database does not say which log is its own. Whoever restarts the
//!   service, or lets another program open the path for writing, while a foreign database stands beside this trail's log
//!   has them mixed: put the files back first.
//! - A file that is overwritten in place (`cp other.db trail.db`) remains the same file; only its content can tell, and
//!   only once a page is read that is neither in the log nor in memory.
//! - A replacement in the very moment between the look and the opening is not seen.
//! - Rows in a log that is deleted together with the database, or after it was moved, are gone with it.

mod read;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};

pub(crate) use self::read::Reader;
use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::ranges::Ranges;
use crate::record::row::{Forgetting, Link, Personal, Sealed};
use crate::store::place::{self, Left, Places};
use crate::store::{self, Store};

/// How long to wait for another program's lock.
const PATIENCE: Duration = Duration::from_secs(1);

/// `user_version` of the file.
const VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE decisions (
        sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, request_id TEXT NOT NULL, model_version TEXT NOT NULL,
        fingerprint TEXT NOT NULL, score REAL, decision TEXT NOT NULL, reasons TEXT NOT NULL,
        explanation_source TEXT NOT NULL, inputs_digest BLOB NOT NULL, monitoring_digest BLOB, hash BLOB NOT NULL);
    CREATE TABLE forgettings (
        sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, rows TEXT NOT NULL, reason TEXT NOT NULL, hash BLOB NOT NULL);
    -- `json` is text, or as many zero bytes once it is erased.
    CREATE TABLE inputs (sequence INTEGER PRIMARY KEY, salt BLOB NOT NULL, json NOT NULL);
    CREATE TABLE monitoring (sequence INTEGER PRIMARY KEY, salt BLOB NOT NULL, json NOT NULL);
    PRAGMA user_version = 1;";

/// Wraps SQLite's answer with the path.
fn failed(path: &Path) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| StoreError::Sqlite { path: path.to_owned(), source }
}

/// The writing connection, with the lock that makes it the only one.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: Connection,
    path: PathBuf,
    places: Places,
    /// A writer that failed leaves its log as it is.
    failed: bool,
    // Last, so that the lock outlives the connection.
    _lock: File,
}

impl Writer {
    /// Locks and opens a trail; makes one where there is none, if `create`.
    pub(crate) fn open(path: &Path, create: bool) -> Result<Self, StoreError> {
        if !create && !path.exists() {
            return Err(StoreError::Gone(path.to_owned()));
        }
        let lock = place::lock(path)?;
        let connection = connect(path, create)?;
        place::sync_folder(path)?;
        let files = ["", "-wal", ".lock"].map(|ending| place::beside(path, ending));
        let places = Places::new(files)?;
        Ok(Self { connection, path: path.to_owned(), places, failed: false, _lock: lock })
    }

    fn log(&self) -> PathBuf {
        place::beside(&self.path, "-wal")
    }

    /// Where the log alone is gone, moves its rows into the database; `false` when a reader is in the way. A database
    /// that was moved is not written to: who knows who works with it there.
    fn save_log(&self) -> bool {
        let is_safe = !self.places.has(&self.path) || self.places.has(&self.log());
        is_safe || clear_log(&self.connection).unwrap_or(false)
    }

    /// Runs `work` in a transaction on a trail that ends at `head`, and returns once it is on disk.
    fn commit(
        &mut self,
        head: &Head,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let failed = failed(&self.path);
        self.places.check()?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
        if head_of(&transaction, &self.path)? != *head {
            return Err(StoreError::Diverged { location: self.path.display().to_string(), sequence: head.count });
        }
        work(&transaction).and_then(|()| transaction.commit()).map_err(failed)?;
        // Once more: what went into a file that was deleted meanwhile is not recorded.
        self.places.check()
    }
}

/// Closing moves the log into the database and deletes it by its path; only where that is this trail's.
impl Drop for Writer {
    fn drop(&mut self) {
        // What fails here leaves the log as it is, and the next writer clears it.
        if self.failed || self.places.check().is_err() {
            let _is_saved = self.save_log();
        } else {
            drop(self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false));
        }
    }
}

/// Opens the file as a trail of this version, in WAL mode, durable.
fn connect(path: &Path, create: bool) -> Result<Connection, StoreError> {
    let failed = failed(path);
    let create_flag = if create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create_flag;
    let connection = Connection::open_with_flags(path, flags).map_err(&failed)?;
    connection.busy_timeout(PATIENCE).map_err(&failed)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(&failed)?;
    if version(&connection).map_err(&failed)? != Some(VERSION) {
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(&failed)?;
        if tables > 0 || !create {
            return Err(StoreError::Foreign(path.display().to_string()));
        }
    }
    make_durable(&connection).map_err(failed)?;
    Ok(connection)
}

fn make_durable(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A table's first page is copied when it splits; this wipes the original.
    connection.pragma_update(None, "secure_delete", true)?;
    if version(connection)? == Some(0) {
        connection.execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} COMMIT;"))?;
    }
    // Finishes what a killed process left in the log, also what it was to forget.
    clear_log(connection)?;
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).optional()
}

/// Moves the log into the database and empties it; `false` when a reader still needs it.
fn clear_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0))
}

fn head_of(connection: &Connection, path: &Path) -> Result<Head, StoreError> {
    let found = connection
        .prepare_cached(store::HEAD)
        .and_then(|mut statement| statement.query_row([], |row| Ok((row.get(0)?, read::hash(row, 1)))).optional());
    let Some((sequence, hash)) = found.map_err(failed(path))? else { return Ok(Head::EMPTY) };
    let hash = hash.map_err(|error| unreadable(path, sequence, &error))?;
    let count = store::to_sequence(sequence).map_err(|problem| unreadable(path, sequence, &problem))?;
    Ok(Head { count, hash })
}

/// A row that is none, with what is wrong with it.
fn unreadable(path: &Path, sequence: i64, problem: &dyn ToString) -> StoreError {
    StoreError::Unreadable { location: path.display().to_string(), sequence, problem: problem.to_string() }
}

impl Store for Writer {
    fn head(&mut self) -> Result<Head, StoreError> {
        head_of(&self.connection, &self.path)
    }

    fn append(&mut self, head: &Head, decisions: &[(Link, Sealed)]) -> Result<(), StoreError> {
        self.commit(head, |transaction| {
            decisions.iter().try_for_each(|(link, sealed)| {
                insert_decision(transaction, link, sealed)?;
                insert_personal(transaction, "INSERT INTO inputs VALUES ($1, $2, $3)", link, Some(&sealed.inputs))?;
                let monitoring = sealed.monitoring.as_ref();
                insert_personal(transaction, "INSERT INTO monitoring VALUES ($1, $2, $3)", link, monitoring)
            })
        })
    }

    fn probe(&mut self, head: &Head) -> Result<(), StoreError> {
        self.commit(head, |transaction| transaction.pragma_update(None, "user_version", VERSION))
    }

    /// Overwrites rows where they stand, at the same length, and does not delete them: deleting makes SQLite move rows
    /// between pages, and copies stay behind in the free part of a page, even with `secure_delete` (seen: 12 of 15,000
    /// rows). Appending moves none, see [`make_durable`] for the exception.
    fn forget(&mut self, head: &Head, forgetting: &Forgetting, rows: &Ranges) -> Result<bool, StoreError> {
        self.commit(head, |transaction| {
            let Forgetting { link, sequences, reason } = forgetting;
            let row = params![store::to_sql(link.sequence), link.time, sequences, reason, link.hash.as_bytes()];
            transaction.execute("INSERT INTO forgettings VALUES ($1, $2, $3, $4, $5)", row)?;
            rows.iter().try_for_each(|range| {
                let range = [store::to_sql(*range.start()), store::to_sql(*range.end())];
                transaction.prepare_cached(ERASE_INPUTS)?.execute(range)?;
                transaction.prepare_cached(ERASE_MONITORING)?.execute(range).map(drop)
            })
        })?;
        clear_log(&self.connection).map_err(failed(&self.path))
    }

    fn leave(&mut self) -> Option<Left> {
        self.failed = true;
        self.save_log().then(|| Left::files(&self.places, &self.path, &self.log()))
    }
}

const ERASE_INPUTS: &str = "\
    UPDATE inputs SET salt = zeroblob(32), json = zeroblob(length(CAST(json AS BLOB))) WHERE sequence BETWEEN $1 AND $2";

const ERASE_MONITORING: &str = "\
    UPDATE monitoring SET salt = zeroblob(32), json = zeroblob(length(CAST(json AS BLOB))) \
    WHERE sequence BETWEEN $1 AND $2";

fn insert_decision(connection: &Connection, link: &Link, sealed: &Sealed) -> rusqlite::Result<()> {
    let sql = "INSERT INTO decisions VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let fields = &sealed.fields;
    let row = params![
        store::to_sql(link.sequence),
        link.time,
        fields.request_id,
        fields.model_version,
        fields.fingerprint,
        fields.score,
        fields.decision,
        fields.reasons,
        fields.explanation_source,
        fields.inputs_digest.as_bytes(),
        fields.monitoring_digest.as_ref().map(|digest| digest.as_bytes()),
        link.hash.as_bytes(),
    ];
    connection.prepare_cached(sql)?.execute(row).map(drop)
}

fn insert_personal(connection: &Connection, sql: &str, link: &Link, part: Option<&Personal>) -> rusqlite::Result<()> {
    let Some(part) = part else { return Ok(()) };
    connection.prepare_cached(sql)?.execute(params![store::to_sql(link.sequence), part.salt, part.json]).map(drop)
}
