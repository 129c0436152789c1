//! Writing a trail in PostgreSQL.

use postgres::{Client, GenericClient, Transaction};

use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::cord::{CordRow, TrailStop, stops_in_force};
use crate::record::note::{KnownNotes, NoteRow};
use crate::record::ranges::Ranges;
use crate::record::row::{ForgettingRow, Link, Personal, PersonalPart, PreparedDecision};
use crate::store::postgres::session::{connect, cord_of, end as read_end, failed, hash, unreadable};
use crate::store::{self, CordState, FoundEnd, StoreWriter};

/// `andon` in ASCII: the trail's number among the database's advisory locks. Writers share it. One of version 0.1.0
/// wants it alone, and would take the rows of others for a fault.
const TRY_LOCK: &str = "SELECT pg_try_advisory_lock_shared(418347839342)";

/// Lets one writer at a time append. A statement of its own, so that the next one sees what the writer before left.
const BEGIN_ALONE: &str = "SELECT pg_advisory_xact_lock(418347839343)";

/// A writer's statements are short; a reader's may take what they take. Each statement sees what others committed, also
/// where the server's own settings say otherwise: a transaction that waits to be alone must see what it waited for.
const WRITING: &str = "SET statement_timeout = '10s'; SET default_transaction_isolation = 'read committed'";

const SCHEMA: &str = "
    CREATE SCHEMA IF NOT EXISTS andon_audit;
    CREATE TABLE IF NOT EXISTS decisions (
        sequence BIGINT PRIMARY KEY, time TEXT NOT NULL, request_id TEXT NOT NULL, model_version TEXT NOT NULL,
        fingerprint TEXT NOT NULL, score DOUBLE PRECISION, decision TEXT NOT NULL, reasons TEXT NOT NULL,
        explanation_source TEXT NOT NULL, inputs_digest BYTEA NOT NULL, monitoring_digest BYTEA, hash BYTEA NOT NULL);
    ALTER TABLE decisions ADD COLUMN IF NOT EXISTS model_sha256 TEXT;
    CREATE TABLE IF NOT EXISTS forgettings (
        sequence BIGINT PRIMARY KEY, time TEXT NOT NULL, rows TEXT NOT NULL, reason TEXT NOT NULL, hash BYTEA NOT NULL);
    CREATE TABLE IF NOT EXISTS inputs (sequence BIGINT PRIMARY KEY, salt BYTEA NOT NULL, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS monitoring (sequence BIGINT PRIMARY KEY, salt BYTEA NOT NULL, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS cord (
        sequence BIGINT PRIMARY KEY, time TEXT NOT NULL, act TEXT NOT NULL, person TEXT NOT NULL, why TEXT NOT NULL,
        hash BYTEA NOT NULL);
    CREATE TABLE IF NOT EXISTS notes (
        sequence BIGINT PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL, about BIGINT NOT NULL, body TEXT NOT NULL,
        hash BYTEA NOT NULL);";

const INSERT_NOTES: &str = "\
    INSERT INTO notes SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bytea[])";

/// A batch is a statement a table, whatever its size: the columns go as arrays.
const INSERT_DECISIONS: &str = "\
    INSERT INTO decisions SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], \
    $6::double precision[], $7::text[], $8::text[], $9::text[], $10::bytea[], $11::bytea[], $12::bytea[], $13::text[])";

/// A writing session.
pub(crate) struct PostgresWriter {
    client: Client,
    location: String,
}

impl PostgresWriter {
    /// Locks and opens a trail; makes one where there is none, if `create`.
    pub(crate) fn open(location: &str, url: &str, create: bool) -> Result<Self, StoreError> {
        let failed = failed(location);
        let mut client = connect(location, url)?;
        client.batch_execute(WRITING).map_err(&failed)?;
        if !client.query_one(TRY_LOCK, &[]).map_err(&failed)?.get::<_, bool>(0) {
            return Err(StoreError::Locked(location.to_owned()));
        }
        if client.query_one("SHOW fsync", &[]).map_err(&failed)?.get::<_, String>(0) != "on" {
            return Err(StoreError::NotDurable(location.to_owned()));
        }
        if create {
            client.batch_execute(&format!("BEGIN; {BEGIN_ALONE}; {SCHEMA} COMMIT")).map_err(&failed)?;
        }
        Ok(Self { client, location: location.to_owned() })
    }

    /// Runs `work` in a transaction on a trail that ended at `known`, and returns once it is on disk. Others may have
    /// added rows since.
    fn commit<T>(
        &mut self,
        known: &Head,
        work: impl FnOnce(&mut Transaction<'_>, FoundEnd) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let failed = failed(&self.location);
        let mut transaction = self.client.transaction().map_err(&failed)?;
        transaction.execute(BEGIN_ALONE, &[]).map_err(&failed)?;
        let found = transaction.query_opt(store::SELECT_HEAD, &[]).map_err(&failed)?;
        let end = read_end(found.as_ref(), &self.location)?;
        check_follows(&mut transaction, &self.location, known, end.head)?;
        let done = work(&mut transaction, end)?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }
}

impl StoreWriter for PostgresWriter {
    fn head(&mut self) -> Result<Head, StoreError> {
        let found = self.client.query_opt(store::SELECT_HEAD, &[]).map_err(failed(&self.location))?;
        read_end(found.as_ref(), &self.location).map(|end| end.head)
    }

    fn append(
        &mut self,
        known: &Head,
        decisions: &mut [(Link, PreparedDecision)],
    ) -> Result<Option<CordState>, StoreError> {
        let location = self.location.clone();
        self.commit(known, |transaction, mut end| {
            if end.head != *known {
                let stops = stops_in_force(cord_of(transaction, &location, store::SELECT_CORD)?);
                if !stops.is_empty() {
                    return Ok(Some(CordState { head: end.head, stops }));
                }
                end.link_all(decisions);
            }
            insert(transaction, decisions).map(|()| None).map_err(failed(&location))
        })
    }

    fn pull(&mut self, known: &Head, row: &mut CordRow, last: u64) -> Result<Option<CordState>, StoreError> {
        let location = self.location.clone();
        self.commit(known, |transaction, end| {
            let cord = cord_of(transaction, &location, store::SELECT_CORD)?;
            let Some(state) = store::pulled(end, cord, row, last) else { return Ok(None) };
            let CordRow { link, act, by, why } = &*row;
            let sequence = store::to_sql(link.sequence);
            let hash = link.hash.as_bytes().as_slice();
            let inserted =
                transaction.execute(store::INSERT_CORD, &[&sequence, &link.time, &act.name(), by, why, &hash]);
            inserted.map_err(failed(&location))?;
            Ok(Some(state))
        })
    }

    fn note(
        &mut self,
        known: &Head,
        rows: &mut [NoteRow],
        notes: Option<KnownNotes>,
    ) -> Result<Option<CordState>, StoreError> {
        let location = self.location.clone();
        self.commit(known, |transaction, mut end| {
            let failed = failed(&location);
            if let Some(KnownNotes { kind, count }) = notes {
                let found = transaction.query_one(store::COUNT_NOTES_OF_A_KIND, &[&kind.name()]).map_err(&failed)?;
                if found.try_get::<_, i64>(0).map_err(&failed)?.unsigned_abs() != count {
                    return Ok(None);
                }
            }
            end.link_notes(rows);
            insert_notes(transaction, rows).map_err(&failed)?;
            let stops = stops_in_force(cord_of(transaction, &location, store::SELECT_CORD)?);
            Ok(Some(CordState { head: end.head, stops }))
        })
    }

    fn look(&mut self, known: &Head) -> Result<Option<CordState>, StoreError> {
        let head = self.head()?;
        if head == *known {
            return Ok(None);
        }
        check_follows(&mut self.client, &self.location, known, head)?;
        Ok(Some(CordState { head, stops: self.stops()? }))
    }

    fn stops(&mut self) -> Result<Vec<TrailStop>, StoreError> {
        cord_of(&mut self.client, &self.location, store::SELECT_CORD).map(stops_in_force)
    }

    fn probe(&mut self, known: &Head) -> Result<(), StoreError> {
        let location = self.location.clone();
        self.commit(known, |transaction, _| {
            transaction.execute("SELECT pg_current_xact_id()", &[]).map(drop).map_err(failed(&location))
        })
    }

    fn forget(&mut self, known: &Head, forgetting: &mut ForgettingRow, rows: &Ranges) -> Result<bool, StoreError> {
        let location = self.location.clone();
        self.commit(known, |transaction, mut end| {
            end.link_forgetting(known, forgetting);
            erase(transaction, forgetting, rows).map_err(failed(&location))
        })?;
        // Lets the rows' place be overwritten; if not now, then by PostgreSQL's own vacuum.
        drop(self.client.batch_execute("VACUUM inputs").and_then(|()| self.client.batch_execute("VACUUM monitoring")));
        Ok(false)
    }
}

/// Appends the forgetting and deletes the rows that it names.
fn erase(transaction: &mut Transaction<'_>, forgetting: &ForgettingRow, rows: &Ranges) -> Result<(), postgres::Error> {
    let ForgettingRow { link, sequences, reason } = forgetting;
    let sequence = store::to_sql(link.sequence);
    let sql = "INSERT INTO forgettings VALUES ($1, $2, $3, $4, $5)";
    transaction.execute(sql, &[&sequence, &link.time, sequences, reason, &link.hash.as_bytes().as_slice()])?;
    rows.iter().try_for_each(|range| {
        let start = store::to_sql(*range.start());
        let end = store::to_sql(*range.end());
        transaction.execute("DELETE FROM inputs WHERE sequence BETWEEN $1 AND $2", &[&start, &end])?;
        transaction.execute("DELETE FROM monitoring WHERE sequence BETWEEN $1 AND $2", &[&start, &end]).map(drop)
    })
}

/// Refuses a trail that lacks the known end.
fn check_follows(client: &mut impl GenericClient, location: &str, known: &Head, head: Head) -> Result<(), StoreError> {
    if head == *known || *known == Head::EMPTY {
        return Ok(());
    }
    let row = client.query_opt(store::SELECT_HASH, &[&store::to_sql(known.count)]).map_err(failed(location))?;
    let kept = row.as_ref().map(|row| hash(row, 0)).transpose();
    let kept = kept.map_err(|problem| unreadable(location, store::to_sql(known.count), problem))?;
    if kept == Some(known.hash) {
        return Ok(());
    }
    Err(StoreError::Diverged { location: location.to_owned(), sequence: known.count })
}

fn insert(transaction: &mut Transaction<'_>, decisions: &[(Link, PreparedDecision)]) -> Result<(), postgres::Error> {
    insert_decisions(transaction, decisions)?;
    insert_personal(transaction, PersonalPart::Inputs, decisions, |sealed| Some(&sealed.inputs))?;
    insert_personal(transaction, PersonalPart::Monitoring, decisions, |sealed| sealed.monitoring.as_ref())
}

fn insert_decisions(
    transaction: &mut Transaction<'_>,
    rows: &[(Link, PreparedDecision)],
) -> Result<(), postgres::Error> {
    let text = |field: fn(&PreparedDecision) -> &String| {
        rows.iter().map(|(_, sealed)| field(sealed).as_str()).collect::<Vec<_>>()
    };
    let sequence: Vec<i64> = rows.iter().map(|(link, _)| store::to_sql(link.sequence)).collect();
    let time: Vec<&str> = rows.iter().map(|(link, _)| link.time.as_str()).collect();
    let hash: Vec<&[u8]> = rows.iter().map(|(link, _)| link.hash.as_bytes().as_slice()).collect();
    let model: Vec<Option<&str>> = rows.iter().map(|(_, sealed)| sealed.fields.model_sha256.as_deref()).collect();
    let score: Vec<Option<f64>> = rows.iter().map(|(_, sealed)| sealed.fields.score).collect();
    let inputs: Vec<&[u8]> = rows.iter().map(|(_, sealed)| sealed.fields.inputs_digest.as_bytes().as_slice()).collect();
    let monitoring = rows.iter().map(|(_, sealed)| sealed.fields.monitoring_digest.as_ref());
    let monitoring: Vec<Option<&[u8]>> =
        monitoring.map(|digest| digest.map(|digest| digest.as_bytes().as_slice())).collect();
    transaction.execute(
        INSERT_DECISIONS,
        &[
            &sequence,
            &time,
            &text(|sealed| &sealed.fields.request_id),
            &text(|sealed| &sealed.fields.model_version),
            &text(|sealed| &sealed.fields.fingerprint),
            &score,
            &text(|sealed| &sealed.fields.decision),
            &text(|sealed| &sealed.fields.reasons),
            &text(|sealed| &sealed.fields.explanation_source),
            &inputs,
            &monitoring,
            &hash,
            &model,
        ],
    )?;
    Ok(())
}

fn insert_notes(transaction: &mut Transaction<'_>, rows: &[NoteRow]) -> Result<(), postgres::Error> {
    let sequences: Vec<i64> = rows.iter().map(|row| store::to_sql(row.link.sequence)).collect();
    let times: Vec<&str> = rows.iter().map(|row| row.link.time.as_str()).collect();
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.name()).collect();
    let abouts: Vec<i64> = rows.iter().map(|row| store::to_sql(row.about)).collect();
    let bodies: Vec<&str> = rows.iter().map(|row| row.body.as_str()).collect();
    let hashes: Vec<&[u8]> = rows.iter().map(|row| row.link.hash.as_bytes().as_slice()).collect();
    transaction.execute(INSERT_NOTES, &[&sequences, &times, &kinds, &abouts, &bodies, &hashes]).map(drop)
}

fn insert_personal(
    transaction: &mut Transaction<'_>,
    part: PersonalPart,
    rows: &[(Link, PreparedDecision)],
    personal: fn(&PreparedDecision) -> Option<&Personal>,
) -> Result<(), postgres::Error> {
    let rows = rows.iter().filter_map(|(link, sealed)| Some((store::to_sql(link.sequence), personal(sealed)?)));
    let (sequences, parts): (Vec<i64>, Vec<&Personal>) = rows.unzip();
    if parts.is_empty() {
        return Ok(());
    }
    let salts: Vec<&[u8]> = parts.iter().map(|personal| personal.salt.as_slice()).collect();
    let texts: Vec<&str> = parts.iter().map(|personal| personal.json.as_str()).collect();
    let sql = format!("INSERT INTO {} SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::text[])", part.name());
    transaction.execute(&sql, &[&sequences, &salts, &texts]).map(drop)
}
