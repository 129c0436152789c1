//! A connection to a trail's file, set up so that what is committed stays.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Params, Row};

use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::cord::CordRow;
use crate::record::hash::Hash;
use crate::record::note::NoteRow;
use crate::record::row::Link;
use crate::store::{self, FoundEnd, place};

/// The time to wait for another program's lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// The pause of a connection beside the writer between two attempts. Under load the writer is nearly always at work,
/// and SQLite's own pauses, up to a tenth of a second, would seldom meet the moment between two commits.
const PAUSE_BESIDE: Duration = Duration::from_micros(500);

/// `user_version` of the file.
pub(super) const SCHEMA_VERSION: i64 = 4;

/// `user_version` of a file that has no table of notes.
pub(super) const THIRD_SCHEMA_VERSION: i64 = 3;

/// `user_version` of a file that has no table of stops.
const SECOND_SCHEMA_VERSION: i64 = 2;

/// `user_version` of a file of version 0.1.0, which has no column for the digest of the model.
const FIRST_SCHEMA_VERSION: i64 = 1;

/// `application_id` of a trail that is whole: of a closed file, and of an open file together with its log.
const WHOLE: i32 = i32::from_be_bytes(*b"Andn");

/// `application_id` of a file whose newest rows are in a log. The log itself says [`WHOLE`] again, so only a file
/// without its log shows this number.
const LOG_FOLLOWS: i32 = i32::from_be_bytes(*b"AndL");

/// The pages in the log that are worth a checkpoint, as in SQLite's own.
const CHECKPOINT_PAGES: i64 = 1_000;

/// Brings a file of the first schema to this one. Its rows stay as they are.
const MIGRATION: &str = "ALTER TABLE decisions ADD COLUMN model_sha256 TEXT;";

const CORD: &str = "CREATE TABLE cord (sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, act TEXT NOT NULL,
    person TEXT NOT NULL, why TEXT NOT NULL, hash BLOB NOT NULL);";

const NOTES: &str = "CREATE TABLE notes (sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL,
    about INTEGER NOT NULL, body TEXT NOT NULL, hash BLOB NOT NULL); PRAGMA user_version = 4;";

pub(super) const SCHEMA: &str = "
    CREATE TABLE decisions (
        sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, request_id TEXT NOT NULL, model_version TEXT NOT NULL,
        fingerprint TEXT NOT NULL, score REAL, decision TEXT NOT NULL, reasons TEXT NOT NULL,
        explanation_source TEXT NOT NULL, inputs_digest BLOB NOT NULL, monitoring_digest BLOB, hash BLOB NOT NULL,
        model_sha256 TEXT);
    CREATE TABLE forgettings (
        sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, rows TEXT NOT NULL, reason TEXT NOT NULL, hash BLOB NOT NULL);
    -- `json` is text, or as many zero bytes once it is erased.
    CREATE TABLE inputs (sequence INTEGER PRIMARY KEY, salt BLOB NOT NULL, json NOT NULL);
    CREATE TABLE monitoring (sequence INTEGER PRIMARY KEY, salt BLOB NOT NULL, json NOT NULL);";

/// Wraps SQLite's answer with the path.
pub(super) fn failed(path: &Path) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| StoreError::Sqlite { path: path.to_owned(), source }
}

/// Opens the file as a trail of this version, in WAL mode, durable.
///
/// # Errors
/// [`StoreError::WithoutLog`] if a log should be there. One that is there belongs to a process that was killed.
pub(super) fn connect(path: &Path, create: bool) -> Result<Connection, StoreError> {
    let has_log = place::is_filled(&place::beside(path, "-wal"));
    let failed = failed(path);
    let create_flag = if create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create_flag;
    let connection = Connection::open_with_flags(path, flags).map_err(&failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(&failed)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(&failed)?;
    if !is_known(version(&connection).map_err(&failed)?) {
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(&failed)?;
        if tables > 0 || !create {
            return Err(StoreError::Foreign(path.display().to_string()));
        }
    }
    if !has_log && log_follows(&connection).map_err(&failed)? {
        return Err(StoreError::WithoutLog(path.to_owned()));
    }
    make_durable(&connection).map_err(failed)?;
    Ok(connection)
}

pub(super) fn make_durable(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A table's first page is copied when it splits; this wipes the original.
    connection.pragma_update(None, "secure_delete", true)?;
    let missing: &[&str] = match version(connection)? {
        Some(0) => &[SCHEMA, CORD, NOTES],
        Some(FIRST_SCHEMA_VERSION) => &[MIGRATION, CORD, NOTES],
        Some(SECOND_SCHEMA_VERSION) => &[CORD, NOTES],
        Some(THIRD_SCHEMA_VERSION) => &[NOTES],
        _ => &[],
    };
    if !missing.is_empty() {
        connection.execute_batch(&format!("BEGIN IMMEDIATE; {} COMMIT;", missing.join(" ")))?;
    }
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // Finishes what a killed process left in the log, also what it was to forget.
    clear_log(connection)?;
    mark(connection)
}

/// Writes into the database that a log follows, and into the log that with it the trail is whole. A copy of the
/// database alone shows itself by this, and so does a database whose log was lost. Another program that moves the log
/// into the database moves the second mark too.
///
/// Must follow each emptying of the log, so that the log is never empty while rows may come. If a reader is in the way,
/// the database gets its mark at a later checkpoint.
pub(super) fn mark(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", LOG_FOLLOWS)?;
    checkpoint(connection, "PASSIVE")?;
    connection.pragma_update(None, "application_id", WHOLE)
}

/// True if the view of this connection is a database without its log.
pub(super) fn log_follows(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA application_id", [], |row| Ok(row.get::<_, i32>(0)? == LOG_FOLLOWS))
}

/// Moves the log into the database once it is long. `waiting` is the number of pages that a reader kept in the log the
/// last time; returns the number that it keeps there now.
pub(super) fn checkpoint_if_long(connection: &Connection, waiting: i64) -> rusqlite::Result<i64> {
    if checkpoint(connection, "NOOP")? < waiting + CHECKPOINT_PAGES {
        return Ok(waiting);
    }
    mark(connection)?;
    checkpoint(connection, "NOOP")
}

/// Runs a checkpoint, and returns the number of pages that are in the log alone.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<i64> {
    let pages = |row: &Row<'_>| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?);
    connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?.query_row([], pages)
}

/// True for the version of a file that this program can read.
pub(super) fn is_known(version: Option<i64>) -> bool {
    matches!(version, Some(FIRST_SCHEMA_VERSION..=SCHEMA_VERSION))
}

/// True for a file that has the column of the model's digest.
pub(super) fn has_model_column(version: Option<i64>) -> bool {
    is_known(version) && version != Some(FIRST_SCHEMA_VERSION)
}

pub(super) fn version(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).optional()
}

/// Moves the log into the database and empties it; `false` when a reader still needs it.
pub(super) fn clear_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0))
}

/// Waits for the writer's lock; `false` once all attempts together took [`BUSY_TIMEOUT`].
fn wait_beside(attempts: i32) -> bool {
    thread::sleep(PAUSE_BESIDE);
    PAUSE_BESIDE * attempts.unsigned_abs() < BUSY_TIMEOUT
}

/// Connects to a file that another process writes, without changing how it stands.
///
/// # Errors
/// [`StoreError::Foreign`] if that process is of a version that knows no stops.
pub(super) fn connect_beside(path: &Path) -> Result<Connection, StoreError> {
    let failed = failed(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(&failed)?;
    connection.busy_handler(Some(wait_beside)).map_err(&failed)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(&failed)?;
    if version(&connection).map_err(&failed)? != Some(SCHEMA_VERSION) {
        return Err(StoreError::Foreign(path.display().to_string()));
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(&failed)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0).map_err(&failed)?;
    Ok(connection)
}

pub(super) fn head_of(connection: &Connection, path: &Path) -> Result<Head, StoreError> {
    end_of(connection, path, store::SELECT_HEAD).map(|end| end.head)
}

/// The end of a trail, by [`store::SELECT_HEAD`] as the file needs it.
pub(super) fn end_of(connection: &Connection, path: &Path, sql: &str) -> Result<FoundEnd, StoreError> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, hash(row, 1), row.get(2)));
    let found = connection.prepare_cached(sql).and_then(|mut statement| statement.query_row([], read).optional());
    let Some((sequence, hash, time)) = found.map_err(failed(path))? else {
        return Ok(FoundEnd { head: Head::EMPTY, time: String::new() });
    };
    let hash = hash.map_err(|error| unreadable(path, sequence, &error))?;
    let time = time.map_err(|error| unreadable(path, sequence, &error))?;
    let count = store::to_sequence(sequence).map_err(|problem| unreadable(path, sequence, &problem))?;
    Ok(FoundEnd { head: Head { count, hash }, time })
}

/// The hash that is stored with a row.
pub(super) fn stored_hash(
    connection: &Connection,
    path: &Path,
    sequence: u64,
    sql: &str,
) -> Result<Option<Hash>, StoreError> {
    let at = store::to_sql(sequence);
    let row = connection.query_row(sql, [at], |row| Ok(hash(row, 0))).optional();
    let hash = row.map_err(failed(path))?.transpose();
    hash.map_err(|error| unreadable(path, at, &error))
}

/// All stops and clears, by [`store::SELECT_CORD`] as the file needs it.
pub(super) fn cord_of(connection: &Connection, path: &Path, sql: &str) -> Result<Vec<CordRow>, StoreError> {
    let failed = failed(path);
    let mut statement = connection.prepare(sql).map_err(&failed)?;
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, cord_row(row)));
    let rows = statement.query_map([], read).map_err(&failed)?;
    rows.map(|row| {
        let (sequence, row) = row.map_err(&failed)?;
        row.map_err(|problem| unreadable(path, sequence, &problem))
    })
    .collect()
}

fn cord_row(row: &Row<'_>) -> Result<CordRow, String> {
    let text = |at: usize| row.get::<_, String>(at).map_err(|error| error.to_string());
    let sequence = row.get(0).map_err(|error| error.to_string()).and_then(store::to_sequence)?;
    let hash = hash(row, 5).map_err(|error| error.to_string())?;
    store::cord_row(Link { sequence, time: text(1)?, hash }, &text(2)?, text(3)?, text(4)?)
}

/// The notes that a query gives.
pub(super) fn notes_by(
    connection: &Connection,
    path: &Path,
    sql: &str,
    parameters: impl Params,
) -> Result<Vec<NoteRow>, StoreError> {
    let failed = failed(path);
    let mut statement = connection.prepare_cached(sql).map_err(&failed)?;
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, note_row(row)));
    let rows = statement.query_map(parameters, read).map_err(&failed)?;
    rows.map(|row| {
        let (sequence, row) = row.map_err(&failed)?;
        row.map_err(|problem| unreadable(path, sequence, &problem))
    })
    .collect()
}

fn note_row(row: &Row<'_>) -> Result<NoteRow, String> {
    let text = |at: usize| row.get::<_, String>(at).map_err(|error| error.to_string());
    let number = |at: usize| row.get::<_, i64>(at).map_err(|error| error.to_string());
    let hash = hash(row, 5).map_err(|error| error.to_string())?;
    let link = Link { sequence: store::to_sequence(number(0)?)?, time: text(1)?, hash };
    store::note_row(link, &text(2)?, number(3)?, text(4)?)
}

/// The error for a row that has not the form of one.
pub(super) fn unreadable(path: &Path, sequence: i64, problem: &dyn ToString) -> StoreError {
    StoreError::Unreadable { location: path.display().to_string(), sequence, problem: problem.to_string() }
}

pub(super) fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<Hash> {
    row.get(column).map(Hash::new)
}
