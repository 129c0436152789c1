//! Reading a trail's file.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, params};

use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::cord::CordRow;
use crate::record::forgetting::Selection;
use crate::record::hash::Hash;
use crate::record::note::{NoteKind, NoteRow};
use crate::record::row::{DecisionFields, DecisionRow, ForgettingRow, Link, Personal, StoredPersonal};
use crate::store::place::{beside, is_filled};
use crate::store::sqlite::connection::{
    BUSY_TIMEOUT, SCHEMA_VERSION, THIRD_SCHEMA_VERSION, cord_of, end_of, failed, has_model_column, hash, is_known,
    log_follows, notes_by, stored_hash, unreadable, version,
};
use crate::store::{self, DecisionCount, LaterTables, Sink, StoreReader};

/// The times that a reader looks for the mark of a whole trail.
const MARK_TRIES: usize = 20;

/// The pause between two looks.
const MARK_PAUSE: Duration = Duration::from_millis(10);

/// A reading connection inside a transaction: one view, whatever is written meanwhile.
#[derive(Debug)]
pub(crate) struct SqliteReader {
    connection: Connection,
    path: PathBuf,
    has_model_column: bool,
    later: LaterTables,
}

impl SqliteReader {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = failed(path);
        // Even a reader deletes the log that it finds beside an empty file.
        if path.exists() && !is_filled(path) {
            return Err(StoreError::Foreign(path.display().to_string()));
        }
        let (connection, version) = match connect(path) {
            Err(error) if cannot_write(&error) => connect_unwritable(path)?,
            connected => connected.map_err(failed)?,
        };
        if !is_known(version) {
            return Err(StoreError::Foreign(path.display().to_string()));
        }
        let later = LaterTables { cord: version >= Some(THIRD_SCHEMA_VERSION), notes: version >= Some(SCHEMA_VERSION) };
        let has_model_column = has_model_column(version);
        let reader = Self { connection, path: path.to_owned(), has_model_column, later };
        reader.check_whole()?;
        Ok(reader)
    }

    /// A query, as this version of the file needs it.
    fn sql(&self, sql: &'static str) -> Cow<'static, str> {
        self.later.adapt(sql)
    }

    /// Looks again for a moment: at a checkpoint, a writer marks the file in two steps.
    fn check_whole(&self) -> Result<(), StoreError> {
        let failed = failed(&self.path);
        for _ in 0..MARK_TRIES {
            if !log_follows(&self.connection).map_err(&failed)? {
                return Ok(());
            }
            self.connection.execute_batch("ROLLBACK").map_err(&failed)?;
            thread::sleep(MARK_PAUSE);
            self.connection.execute_batch("BEGIN").map_err(&failed)?;
        }
        Err(StoreError::WithoutLog(self.path.clone()))
    }

    /// Copies this view into a new file, which is no trail before this returns.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let failed = failed(path);
        let mut copy = Connection::open(path).map_err(&failed)?;
        Backup::new(&self.connection, &mut copy).and_then(|backup| backup.step(-1)).map_err(&failed)?;
        // Without a log of its own, one file is all of it.
        copy.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get::<_, String>(0))
            .map(drop)
            .map_err(failed)
    }
}

/// A connection inside a transaction, and the version of its file.
fn connect(path: &Path) -> rusqlite::Result<(Connection, Option<i64>)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    begin(Connection::open_with_flags(path, flags)?)
}

fn begin(connection: Connection) -> rusqlite::Result<(Connection, Option<i64>)> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("BEGIN")?;
    let version = version(&connection)?;
    Ok((connection, version))
}

/// True if SQLite could not write the index of the log beside the file.
fn cannot_write(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Connects to a file in a place that cannot be written, as a file that does not change. SQLite then looks at no log,
/// so there must be none.
fn connect_unwritable(path: &Path) -> Result<(Connection, Option<i64>), StoreError> {
    if is_filled(&beside(path, "-wal")) {
        return Err(StoreError::ReadOnlyLog(path.to_owned()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let url = format!("file:{}?immutable=1", percent_encoded(path));
    Connection::open_with_flags(url, flags).and_then(begin).map_err(failed(path))
}

/// A path as SQLite reads it in a `file:` address.
fn percent_encoded(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    bytes.map(|byte| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl StoreReader for SqliteReader {
    fn head(&mut self) -> Result<Head, StoreError> {
        end_of(&self.connection, &self.path, &self.sql(store::SELECT_HEAD)).map(|end| end.head)
    }

    fn hash_at(&mut self, sequence: u64) -> Result<Option<Hash>, StoreError> {
        stored_hash(&self.connection, &self.path, sequence, &self.sql(store::SELECT_HASH))
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

    fn cord(&mut self) -> Result<Vec<CordRow>, StoreError> {
        cord_of(&self.connection, &self.path, &self.sql(store::SELECT_CORD))
    }

    fn notes(&mut self, rows: RangeInclusive<u64>) -> Result<Vec<NoteRow>, StoreError> {
        let range = [store::to_sql(*rows.start()), store::to_sql(*rows.end())];
        notes_by(&self.connection, &self.path, &self.sql(store::SELECT_NOTES), range)
    }

    fn notes_of(&mut self, kind: NoteKind) -> Result<Vec<NoteRow>, StoreError> {
        notes_by(&self.connection, &self.path, &self.sql(store::SELECT_NOTES_OF_A_KIND), [kind.name()])
    }

    fn count_notes(&mut self) -> Result<u64, StoreError> {
        let sql = self.sql(store::COUNT_NOTES);
        self.connection.query_row(&sql, [], |row| row.get(0)).map_err(failed(&self.path))
    }

    fn stray(&mut self, count: u64) -> Result<Option<i64>, StoreError> {
        self.connection
            .query_row(&self.sql(store::SELECT_STRAY), [store::to_sql(count)], |row| row.get(0))
            .map_err(failed(&self.path))
    }

    fn set_back(&mut self) -> Result<Option<u64>, StoreError> {
        self.connection.query_row(store::SELECT_SET_BACK, [], |row| row.get(0)).map_err(failed(&self.path))
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
