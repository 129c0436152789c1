//! Writing a trail's file.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::cord::{CordRow, TrailStop, stops_in_force};
use crate::record::note::{KnownNotes, NoteRow};
use crate::record::ranges::Ranges;
use crate::record::row::{ForgettingRow, Link, Personal, PreparedDecision};
use crate::store::place::{self, ExpectedFiles, OpenFiles};
use crate::store::sqlite::connection::{
    SCHEMA_VERSION, checkpoint_if_long, clear_log, connect, connect_beside, cord_of, end_of, failed, head_of, mark,
    stored_hash,
};
use crate::store::{
    self, COUNT_NOTES_OF_A_KIND, CordState, FoundEnd, SELECT_CORD, SELECT_HASH, SELECT_HEAD, StoreWriter,
};

/// The writing connection, with the lock that makes it the only one.
#[derive(Debug)]
pub(crate) struct SqliteWriter {
    pub(super) connection: Connection,
    path: PathBuf,
    places: OpenFiles,
    /// A writer that failed leaves its log as it is.
    failed: bool,
    /// The pages that a reader kept in the log at the last checkpoint.
    waiting: i64,
    /// The lock of the one writer; none for a connection beside it. Last, so that the lock outlives the connection.
    lock: Option<File>,
}

impl SqliteWriter {
    /// Locks and opens a trail; makes one where there is none, if `create`.
    pub(crate) fn open(path: &Path, create: bool) -> Result<Self, StoreError> {
        if !create && !path.exists() {
            return Err(StoreError::Gone(path.to_owned()));
        }
        let lock = place::lock(path)?;
        let connection = connect(path, create)?;
        place::sync_folder(path)?;
        let files = ["", "-wal", ".lock"].map(|ending| place::beside(path, ending));
        let places = OpenFiles::new(files)?;
        Ok(Self { connection, path: path.to_owned(), places, failed: false, waiting: 0, lock: Some(lock) })
    }

    /// Opens a trail that another process writes. This connection only appends, and leaves the log to that process.
    pub(crate) fn beside(path: &Path) -> Result<Self, StoreError> {
        let connection = connect_beside(path)?;
        let places = OpenFiles::new(["", "-wal", ".lock"].map(|ending| place::beside(path, ending)))?;
        Ok(Self { connection, path: path.to_owned(), places, failed: false, waiting: 0, lock: None })
    }

    fn log(&self) -> PathBuf {
        place::beside(&self.path, "-wal")
    }

    /// Moves the rows of the log into the database if the log alone is gone; `false` if a reader is in the way. A
    /// database that was moved is not written to, since another program may work with it there.
    fn save_log(&self) -> bool {
        let is_safe = !self.places.has(&self.path) || self.places.has(&self.log());
        is_safe || clear_log(&self.connection).unwrap_or(false)
    }

    /// Runs `work` in a transaction on a trail that ended at `known`, and returns once it is on disk. Nothing but
    /// stops, clears and notes was added since, unless this is a connection beside the writer.
    fn commit<T>(
        &mut self,
        known: &Head,
        work: impl FnOnce(&Transaction<'_>, FoundEnd) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let failed = failed(&self.path);
        self.places.check()?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
        let end = end_of(&transaction, &self.path, SELECT_HEAD)?;
        check_follows(&transaction, &self.path, known, end.head, self.lock.is_some())?;
        let done = work(&transaction, end)?;
        transaction.commit().map_err(&failed)?;
        if self.lock.is_some() {
            self.waiting = checkpoint_if_long(&self.connection, self.waiting).map_err(failed)?;
        }
        // Once more: what went into a file that was deleted meanwhile is not recorded.
        self.places.check()?;
        Ok(done)
    }
}

/// Closing moves the log into the database and deletes it by its path; only where that is this trail's.
impl Drop for SqliteWriter {
    fn drop(&mut self) {
        // What fails here leaves the log as it is, and the next writer clears it.
        if self.lock.is_none() {
            // The log is the writer's.
        } else if self.failed || self.places.check().is_err() {
            let _is_saved = self.save_log();
        } else {
            drop(self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false));
        }
    }
}

impl StoreWriter for SqliteWriter {
    fn head(&mut self) -> Result<Head, StoreError> {
        head_of(&self.connection, &self.path)
    }

    fn append(
        &mut self,
        known: &Head,
        decisions: &mut [(Link, PreparedDecision)],
    ) -> Result<Option<CordState>, StoreError> {
        let path = self.path.clone();
        self.commit(known, |transaction, mut end| {
            if end.head != *known {
                let stops = stops_in_force(cord_of(transaction, &path, SELECT_CORD)?);
                if !stops.is_empty() {
                    return Ok(Some(CordState { head: end.head, stops }));
                }
                end.link_all(decisions);
            }
            let inserted = decisions.iter().try_for_each(|(link, sealed)| insert(transaction, link, sealed));
            inserted.map(|()| None).map_err(failed(&path))
        })
    }

    fn pull(&mut self, known: &Head, row: &mut CordRow, last: u64) -> Result<Option<CordState>, StoreError> {
        let path = self.path.clone();
        self.commit(known, |transaction, end| {
            let cord = cord_of(transaction, &path, SELECT_CORD)?;
            let Some(state) = store::pulled(end, cord, row, last) else { return Ok(None) };
            let CordRow { link, act, by, why } = &*row;
            let values = params![store::to_sql(link.sequence), link.time, act.name(), by, why, link.hash.as_bytes()];
            transaction.execute(store::INSERT_CORD, values).map_err(failed(&path))?;
            Ok(Some(state))
        })
    }

    fn note(
        &mut self,
        known: &Head,
        rows: &mut [NoteRow],
        notes: Option<KnownNotes>,
    ) -> Result<Option<CordState>, StoreError> {
        let path = self.path.clone();
        self.commit(known, |transaction, mut end| {
            let failed = failed(&path);
            if let Some(KnownNotes { kind, count }) = notes {
                let found = transaction.query_row(COUNT_NOTES_OF_A_KIND, [kind.name()], |row| row.get::<_, u64>(0));
                if found.map_err(&failed)? != count {
                    return Ok(None);
                }
            }
            end.link_notes(rows);
            rows.iter().try_for_each(|row| insert_note(transaction, row)).map_err(&failed)?;
            let stops = stops_in_force(cord_of(transaction, &path, SELECT_CORD)?);
            Ok(Some(CordState { head: end.head, stops }))
        })
    }

    fn look(&mut self, known: &Head) -> Result<Option<CordState>, StoreError> {
        let head = head_of(&self.connection, &self.path)?;
        if head == *known {
            return Ok(None);
        }
        check_follows(&self.connection, &self.path, known, head, self.lock.is_some())?;
        Ok(Some(CordState { head, stops: self.stops()? }))
    }

    fn stops(&mut self) -> Result<Vec<TrailStop>, StoreError> {
        Ok(stops_in_force(cord_of(&self.connection, &self.path, SELECT_CORD)?))
    }

    fn probe(&mut self, known: &Head) -> Result<(), StoreError> {
        let path = self.path.clone();
        self.commit(known, |transaction, _| {
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(failed(&path))
        })
    }

    /// Overwrites rows where they stand, at the same length, and does not delete them: deleting makes SQLite move rows
    /// between pages, and copies stay behind in the free part of a page, even with `secure_delete` (seen: 12 of 15,000
    /// rows). Appending moves none, see [`make_durable`] for the exception.
    fn forget(&mut self, known: &Head, forgetting: &mut ForgettingRow, rows: &Ranges) -> Result<bool, StoreError> {
        let path = self.path.clone();
        self.commit(known, |transaction, mut end| {
            end.link_forgetting(known, forgetting);
            erase(transaction, forgetting, rows).map_err(failed(&path))
        })?;
        let failed = failed(&path);
        let cleared = clear_log(&self.connection).map_err(&failed)?;
        mark(&self.connection).map_err(failed)?;
        Ok(cleared)
    }

    fn leave(&mut self) -> Option<ExpectedFiles> {
        self.failed = true;
        self.save_log().then(|| ExpectedFiles::files(&self.places, &self.path, &self.log()))
    }
}

const ERASE_INPUTS: &str = "\
    UPDATE inputs SET salt = zeroblob(32), json = zeroblob(length(CAST(json AS BLOB))) WHERE sequence BETWEEN $1 AND $2";

const ERASE_MONITORING: &str = "\
    UPDATE monitoring SET salt = zeroblob(32), json = zeroblob(length(CAST(json AS BLOB))) \
    WHERE sequence BETWEEN $1 AND $2";

/// Appends the forgetting and overwrites the rows that it names.
fn erase(transaction: &Transaction<'_>, forgetting: &ForgettingRow, rows: &Ranges) -> rusqlite::Result<()> {
    let ForgettingRow { link, sequences, reason } = forgetting;
    let row = params![store::to_sql(link.sequence), link.time, sequences, reason, link.hash.as_bytes()];
    transaction.execute("INSERT INTO forgettings VALUES ($1, $2, $3, $4, $5)", row)?;
    rows.iter().try_for_each(|range| {
        let range = [store::to_sql(*range.start()), store::to_sql(*range.end())];
        transaction.prepare_cached(ERASE_INPUTS)?.execute(range)?;
        transaction.prepare_cached(ERASE_MONITORING)?.execute(range).map(drop)
    })
}

/// Refuses a trail that lacks the known end. The one writer also refuses one to which somebody added other rows than
/// stops, clears and notes.
fn check_follows(
    connection: &Connection,
    path: &Path,
    known: &Head,
    head: Head,
    is_the_writer: bool,
) -> Result<(), StoreError> {
    if head == *known {
        return Ok(());
    }
    let is_kept = *known == Head::EMPTY || stored_hash(connection, path, known.count, SELECT_HASH)? == Some(known.hash);
    let added = "SELECT (SELECT count(*) FROM cord WHERE sequence > $1) + \
                 (SELECT count(*) FROM notes WHERE sequence > $1)";
    let added: i64 =
        connection.query_row(added, [store::to_sql(known.count)], |row| row.get(0)).map_err(failed(path))?;
    let is_beside = || store::to_sql(head.count - known.count) == added;
    if is_kept && head.count > known.count && (!is_the_writer || is_beside()) {
        return Ok(());
    }
    Err(StoreError::Diverged { location: path.display().to_string(), sequence: known.count })
}

fn insert(connection: &Connection, link: &Link, sealed: &PreparedDecision) -> rusqlite::Result<()> {
    insert_decision(connection, link, sealed)?;
    insert_personal(connection, "INSERT INTO inputs VALUES ($1, $2, $3)", link, Some(&sealed.inputs))?;
    insert_personal(connection, "INSERT INTO monitoring VALUES ($1, $2, $3)", link, sealed.monitoring.as_ref())
}

fn insert_decision(connection: &Connection, link: &Link, sealed: &PreparedDecision) -> rusqlite::Result<()> {
    let sql = "INSERT INTO decisions VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
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
        fields.model_sha256,
    ];
    connection.prepare_cached(sql)?.execute(row).map(drop)
}

fn insert_note(connection: &Connection, row: &NoteRow) -> rusqlite::Result<()> {
    let NoteRow { link, kind, about, body } = row;
    let sequence = store::to_sql(link.sequence);
    let values = params![sequence, link.time, kind.name(), store::to_sql(*about), body, link.hash.as_bytes()];
    connection.prepare_cached("INSERT INTO notes VALUES ($1, $2, $3, $4, $5, $6)")?.execute(values).map(drop)
}

fn insert_personal(connection: &Connection, sql: &str, link: &Link, part: Option<&Personal>) -> rusqlite::Result<()> {
    let Some(part) = part else { return Ok(()) };
    connection.prepare_cached(sql)?.execute(params![store::to_sql(link.sequence), part.salt, part.json]).map(drop)
}
