//! Reading a trail in PostgreSQL.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use postgres::types::ToSql;
use postgres::{Client, Row};

use crate::clock;
use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::cord::CordRow;
use crate::record::forgetting::Selection;
use crate::record::hash::Hash;
use crate::record::note::{NoteKind, NoteRow};
use crate::record::row::{DecisionFields, DecisionRow, ForgettingRow, Link, Personal, StoredPersonal};
use crate::store::postgres::session::{column, connect, cord_of, end, failed, hash, notes_by, unreadable};
use crate::store::{self, DecisionCount, LaterTables, Sink, StoreReader};

/// Rows that are held in memory at once.
const MAX_CHUNK_ROWS: u64 = 10_000;

/// A reading session inside a transaction: one view, whatever is written meanwhile.
pub(crate) struct PostgresReader {
    client: Client,
    location: String,
    has_model_column: bool,
    later: LaterTables,
}

/// True for a trail that version 0.2 or later has opened for writing.
const HAS_MODEL_COLUMN: &str = "SELECT count(*) > 0 FROM information_schema.columns \
    WHERE table_schema = 'andon_audit' AND table_name = 'decisions' AND column_name = 'model_sha256'";

/// True for a trail that a version with stops has opened for writing.
const HAS_CORD: &str = "SELECT count(*) > 0 FROM information_schema.tables \
    WHERE table_schema = 'andon_audit' AND table_name = 'cord'";

/// True for a trail that a version with notes has opened for writing.
const HAS_NOTES: &str = "SELECT count(*) > 0 FROM information_schema.tables \
    WHERE table_schema = 'andon_audit' AND table_name = 'notes'";

impl PostgresReader {
    pub(crate) fn open(location: &str, url: &str) -> Result<Self, StoreError> {
        let mut client = connect(location, url)?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        client.batch_execute(begin).map_err(failed(location))?;
        let mut found = |sql| client.query_one(sql, &[]).and_then(|row| row.try_get(0)).map_err(failed(location));
        let has_model_column = found(HAS_MODEL_COLUMN)?;
        let later = LaterTables { cord: found(HAS_CORD)?, notes: found(HAS_NOTES)? };
        Ok(Self { client, location: location.to_owned(), has_model_column, later })
    }

    /// A query, as this version of the trail needs it.
    fn sql(&self, sql: &'static str) -> Cow<'static, str> {
        self.later.adapt(sql)
    }

    fn query(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, StoreError> {
        self.client.query(sql, parameters).map_err(failed(&self.location))
    }
}

impl StoreReader for PostgresReader {
    fn head(&mut self) -> Result<Head, StoreError> {
        let rows = self.query(&self.sql(store::SELECT_HEAD), &[])?;
        end(rows.first(), &self.location).map(|end| end.head)
    }

    fn hash_at(&mut self, sequence: u64) -> Result<Option<Hash>, StoreError> {
        let rows = self.query(&self.sql(store::SELECT_HASH), &[&store::to_sql(sequence)])?;
        let hash = rows.first().map(|row| hash(row, 0)).transpose();
        hash.map_err(|problem| unreadable(&self.location, store::to_sql(sequence), problem))
    }

    fn decisions(&mut self, rows: RangeInclusive<u64>, sink: Sink<'_>) -> Result<(), StoreError> {
        let sql = store::select_decisions(self.has_model_column);
        let mut start = *rows.start();
        let end = *rows.end();
        while start <= end {
            let last = end.min(start.saturating_add(MAX_CHUNK_ROWS - 1));
            let rows = self.query(&sql, &[&store::to_sql(start), &store::to_sql(last)])?;
            for row in &rows {
                if sink(row.try_get(0).map_err(failed(&self.location))?, decision(row)).is_break() {
                    return Ok(());
                }
            }
            start = last.saturating_add(1);
        }
        Ok(())
    }

    fn forgettings(&mut self) -> Result<Vec<ForgettingRow>, StoreError> {
        let rows = self.query(store::SELECT_FORGETTINGS, &[])?;
        let read = |row| {
            forgetting(row).map_err(|problem| unreadable(&self.location, row.try_get(0).unwrap_or_default(), problem))
        };
        rows.iter().map(read).collect()
    }

    fn cord(&mut self) -> Result<Vec<CordRow>, StoreError> {
        let sql = self.sql(store::SELECT_CORD);
        cord_of(&mut self.client, &self.location, &sql)
    }

    fn notes(&mut self, rows: RangeInclusive<u64>) -> Result<Vec<NoteRow>, StoreError> {
        let sql = self.sql(store::SELECT_NOTES);
        let range: [&(dyn ToSql + Sync); 2] = [&store::to_sql(*rows.start()), &store::to_sql(*rows.end())];
        notes_by(&mut self.client, &self.location, &sql, &range)
    }

    fn notes_of(&mut self, kind: NoteKind) -> Result<Vec<NoteRow>, StoreError> {
        let sql = self.sql(store::SELECT_NOTES_OF_A_KIND);
        notes_by(&mut self.client, &self.location, &sql, &[&kind.name()])
    }

    fn count_notes(&mut self) -> Result<u64, StoreError> {
        let rows = self.query(&self.sql(store::COUNT_NOTES), &[])?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0)).map_err(failed(&self.location))?;
        Ok(count.unsigned_abs())
    }

    fn stray(&mut self, count: u64) -> Result<Option<i64>, StoreError> {
        let rows = self.query(&self.sql(store::SELECT_STRAY), &[&store::to_sql(count)])?;
        rows.first().map_or(Ok(None), |row| row.try_get(0)).map_err(failed(&self.location))
    }

    fn set_back(&mut self) -> Result<Option<u64>, StoreError> {
        let rows = self.query(store::SELECT_SET_BACK, &[])?;
        let row: Option<i64> = rows.first().map_or(Ok(None), |row| row.try_get(0)).map_err(failed(&self.location))?;
        Ok(row.map(i64::unsigned_abs))
    }

    fn find(&mut self, whose: &Selection, after: u64, limit: u32) -> Result<Vec<u64>, StoreError> {
        let sought: Box<dyn ToSql + Sync> = match whose {
            Selection::Request(id) => Box::new(id.clone()),
            Selection::Sequence(sequence) => Box::new(store::to_sql(*sequence)),
            Selection::Before(time) => Box::new(clock::text(*time)),
        };
        let parameters: [&(dyn ToSql + Sync); 3] = [sought.as_ref(), &store::to_sql(after), &i64::from(limit)];
        let rows = self.query(store::find_sql(whose), &parameters)?;
        let rows = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>();
        Ok(rows.map_err(failed(&self.location))?.into_iter().map(i64::unsigned_abs).collect())
    }

    fn counts(&mut self) -> Result<Vec<DecisionCount>, StoreError> {
        let rows = self.query(store::SELECT_COUNTS, &[])?;
        rows.iter().map(count).collect::<Result<_, _>>().map_err(failed(&self.location))
    }
}

fn count(row: &Row) -> Result<DecisionCount, postgres::Error> {
    Ok(DecisionCount {
        hour: row.try_get(0)?,
        decision: row.try_get(1)?,
        explanation_source: row.try_get(2)?,
        count: row.try_get::<_, i64>(3)?.unsigned_abs(),
        first: row.try_get(4)?,
        last: row.try_get(5)?,
    })
}

fn forgetting(row: &Row) -> Result<ForgettingRow, String> {
    let link = Link { sequence: sequence(row, 0)?, time: text(row, 1)?, hash: hash(row, 4)? };
    Ok(ForgettingRow { link, sequences: text(row, 2)?, reason: text(row, 3)? })
}

fn decision(row: &Row) -> Result<DecisionRow, String> {
    let monitoring: Option<Vec<u8>> = column(row, 10)?;
    let fields = DecisionFields {
        request_id: text(row, 2)?,
        model_version: text(row, 3)?,
        fingerprint: text(row, 4)?,
        model_sha256: column(row, 16)?,
        score: column(row, 5)?,
        decision: text(row, 6)?,
        reasons: text(row, 7)?,
        explanation_source: text(row, 8)?,
        inputs_digest: hash(row, 9)?,
        monitoring_digest: monitoring.map(store::to_hash).transpose()?,
    };
    let link = Link { sequence: sequence(row, 0)?, time: text(row, 1)?, hash: hash(row, 11)? };
    Ok(DecisionRow { link, fields, inputs: stored_personal(row, 12)?, monitoring: stored_personal(row, 14)? })
}

/// Salt and JSON in two columns side by side.
fn stored_personal(row: &Row, at: usize) -> Result<StoredPersonal, String> {
    let Some(salt) = column::<Option<Vec<u8>>>(row, at)? else { return Ok(StoredPersonal::Nothing) };
    let salt = salt.try_into().map_err(|_| "a salt of another length".to_owned())?;
    Ok(StoredPersonal::Text(Personal { salt, json: text(row, at + 1)? }))
}

fn text(row: &Row, at: usize) -> Result<String, String> {
    column(row, at)
}

fn sequence(row: &Row, at: usize) -> Result<u64, String> {
    store::to_sequence(column(row, at)?)
}
