//! Reading a trail's file.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::forgetting::Selection;
use crate::record::hash::Hash;
use crate::record::row::{DecisionFields, DecisionRow, ForgettingRow, Link, Personal, StoredPersonal};
use crate::store::place::is_filled;
use crate::store::sqlite::connection::{
    BUSY_TIMEOUT, SCHEMA_VERSION, failed, hash, head_of, is_known, unreadable, version,
};
use crate::store::{self, DecisionCount, Sink, StoreReader};

/// A reading connection inside a transaction: one view, whatever is written meanwhile.
#[derive(Debug)]
pub(crate) struct SqliteReader {
    connection: Connection,
    path: PathBuf,
    has_model_column: bool,
}

impl SqliteReader {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = failed(path);
        // Even a reader deletes the log that it finds beside an empty file.
        if path.exists() && !is_filled(path) {
            return Err(StoreError::Foreign(path.display().to_string()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(&failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(&failed)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(&failed)?;
        connection.execute_batch("BEGIN").map_err(&failed)?;
        let version = version(&connection).map_err(&failed)?;
        if !is_known(version) {
            return Err(StoreError::Foreign(path.display().to_string()));
        }
        Ok(Self { connection, path: path.to_owned(), has_model_column: version == Some(SCHEMA_VERSION) })
    }
}

impl StoreReader for SqliteReader {
    fn head(&mut self) -> Result<Head, StoreError> {
        head_of(&self.connection, &self.path)
    }

    fn hash_at(&mut self, sequence: u64) -> Result<Option<Hash>, StoreError> {
        let at = store::to_sql(sequence);
        let row = self.connection.query_row(store::SELECT_HASH, [at], |row| Ok(hash(row, 0))).optional();
        let hash = row.map_err(failed(&self.path))?.transpose();
        hash.map_err(|error| unreadable(&self.path, at, &error))
    }

    fn decisions(&mut self, rows: RangeInclusive<u64>, sink: Sink<'_>) -> Result<(), StoreError> {
        let failed = failed(&self.path);
        let mut statement =
            self.connection.prepare(&store::select_decisions(self.has_model_column)).map_err(&failed)?;
        let range = [store::to_sql(*rows.start()), store::to_sql(*rows.end())];
        let mut rows = statement.query(range).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let sequence = row.get(0).map_err(&failed)?;
            if sink(sequence, decision(row).map_err(|error| error.to_string())).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn forgettings(&mut self) -> Result<Vec<ForgettingRow>, StoreError> {
        let failed = failed(&self.path);
        let mut statement = self.connection.prepare(store::SELECT_FORGETTINGS).map_err(&failed)?;
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, forgetting(row)));
        let rows = statement.query_map([], read).map_err(&failed)?;
        rows.map(|row| {
            let (sequence, row) = row.map_err(&failed)?;
            row.map_err(|error| unreadable(&self.path, sequence, &error))
        })
        .collect()
    }

    fn stray(&mut self, count: u64) -> Result<Option<i64>, StoreError> {
        self.connection
            .query_row(store::SELECT_STRAY, [store::to_sql(count)], |row| row.get(0))
            .map_err(failed(&self.path))
    }

    fn find(&mut self, whose: &Selection, after: u64, limit: u32) -> Result<Vec<u64>, StoreError> {
        let sought: Box<dyn rusqlite::ToSql> = match whose {
            Selection::Request(id) => Box::new(id.clone()),
            Selection::Sequence(sequence) => Box::new(store::to_sql(*sequence)),
            Selection::Before(time) => Box::new(crate::clock::text(*time)),
        };
        let failed = failed(&self.path);
        let mut statement = self.connection.prepare(store::find_sql(whose)).map_err(&failed)?;
        let rows =
            statement.query_map(params![sought, store::to_sql(after), limit], |row| row.get(0)).map_err(&failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    fn counts(&mut self) -> Result<Vec<DecisionCount>, StoreError> {
        let failed = failed(&self.path);
        let mut statement = self.connection.prepare(store::SELECT_COUNTS).map_err(&failed)?;
        let rows = statement.query_map([], count).map_err(&failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }
}

fn count(row: &Row<'_>) -> rusqlite::Result<DecisionCount> {
    Ok(DecisionCount {
        hour: row.get(0)?,
        decision: row.get(1)?,
        explanation_source: row.get(2)?,
        count: row.get(3)?,
        first: row.get(4)?,
        last: row.get(5)?,
    })
}

fn decision(row: &Row<'_>) -> rusqlite::Result<DecisionRow> {
    let fields = DecisionFields {
        request_id: row.get(2)?,
        model_version: row.get(3)?,
        fingerprint: row.get(4)?,
        model_sha256: row.get(16)?,
        score: row.get(5)?,
        decision: row.get(6)?,
        reasons: row.get(7)?,
        explanation_source: row.get(8)?,
        inputs_digest: hash(row, 9)?,
        monitoring_digest: if row.get_ref(10)? == ValueRef::Null { None } else { Some(hash(row, 10)?) },
    };
    let link = Link { sequence: row.get(0)?, time: row.get(1)?, hash: hash(row, 11)? };
    Ok(DecisionRow { link, fields, inputs: stored_personal(row, 12)?, monitoring: stored_personal(row, 14)? })
}

fn forgetting(row: &Row<'_>) -> rusqlite::Result<ForgettingRow> {
    let link = Link { sequence: row.get(0)?, time: row.get(1)?, hash: hash(row, 4)? };
    Ok(ForgettingRow { link, sequences: row.get(2)?, reason: row.get(3)? })
}

/// Salt and JSON in two columns side by side.
fn stored_personal(row: &Row<'_>, column: usize) -> rusqlite::Result<StoredPersonal> {
    let salt = row.get_ref(column)?;
    if salt == ValueRef::Null {
        return Ok(StoredPersonal::Nothing);
    }
    match row.get_ref(column + 1)? {
        ValueRef::Blob(erased) if erased.iter().all(|byte| *byte == 0) && salt == ValueRef::Blob(&[0; 32]) => {
            Ok(StoredPersonal::Erased)
        }
        _ => Ok(StoredPersonal::Text(Personal { salt: row.get(column)?, json: row.get(column + 1)? })),
    }
}
