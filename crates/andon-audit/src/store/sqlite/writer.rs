//! Writing a trail's file.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::ranges::Ranges;
use crate::record::row::{ForgettingRow, Link, Personal, PreparedDecision};
use crate::store::place::{self, ExpectedFiles, OpenFiles};
use crate::store::sqlite::connection::{SCHEMA_VERSION, checkpoint_if_long, clear_log, connect, failed, head_of, mark};
use crate::store::{self, StoreWriter};

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
    // Last, so that the lock outlives the connection.
    _lock: File,
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
        Ok(Self { connection, path: path.to_owned(), places, failed: false, waiting: 0, _lock: lock })
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
        work(&transaction).and_then(|()| transaction.commit()).map_err(&failed)?;
        self.waiting = checkpoint_if_long(&self.connection, self.waiting).map_err(failed)?;
        // Once more: what went into a file that was deleted meanwhile is not recorded.
        self.places.check()
    }
}

/// Closing moves the log into the database and deletes it by its path; only where that is this trail's.
impl Drop for SqliteWriter {
    fn drop(&mut self) {
        // What fails here leaves the log as it is, and the next writer clears it.
        if self.failed || self.places.check().is_err() {
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

    fn append(&mut self, head: &Head, decisions: &[(Link, PreparedDecision)]) -> Result<(), StoreError> {
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
        self.commit(head, |transaction| transaction.pragma_update(None, "user_version", SCHEMA_VERSION))
    }

    /// Overwrites rows where they stand, at the same length, and does not delete them: deleting makes SQLite move rows
    /// between pages, and copies stay behind in the free part of a page, even with `secure_delete` (seen: 12 of 15,000
    /// rows). Appending moves none, see [`make_durable`] for the exception.
    fn forget(&mut self, head: &Head, forgetting: &ForgettingRow, rows: &Ranges) -> Result<bool, StoreError> {
        self.commit(head, |transaction| {
            let ForgettingRow { link, sequences, reason } = forgetting;
            let row = params![store::to_sql(link.sequence), link.time, sequences, reason, link.hash.as_bytes()];
            transaction.execute("INSERT INTO forgettings VALUES ($1, $2, $3, $4, $5)", row)?;
            rows.iter().try_for_each(|range| {
                let range = [store::to_sql(*range.start()), store::to_sql(*range.end())];
                transaction.prepare_cached(ERASE_INPUTS)?.execute(range)?;
                transaction.prepare_cached(ERASE_MONITORING)?.execute(range).map(drop)
            })
        })?;
        let failed = failed(&self.path);
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

fn insert_personal(connection: &Connection, sql: &str, link: &Link, part: Option<&Personal>) -> rusqlite::Result<()> {
    let Some(part) = part else { return Ok(()) };
    connection.prepare_cached(sql)?.execute(params![store::to_sql(link.sequence), part.salt, part.json]).map(drop)
}
