//! Writing a trail in PostgreSQL.

use postgres::{Client, Transaction};

use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::ranges::Ranges;
use crate::record::row::{ForgettingRow, Link, Personal, PersonalPart, PreparedDecision};
use crate::store::postgres::session::{connect, failed, head as read_head};
use crate::store::{self, StoreWriter};

/// `andon` in ASCII: the trail's number among the database's advisory locks.
const TRY_LOCK: &str = "SELECT pg_try_advisory_lock(418347839342)";

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
    CREATE TABLE IF NOT EXISTS monitoring (sequence BIGINT PRIMARY KEY, salt BYTEA NOT NULL, json TEXT NOT NULL);";

/// A batch is a statement a table, whatever its size: the columns go as arrays.
const INSERT_DECISIONS: &str = "\
    INSERT INTO decisions SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], \
    $6::double precision[], $7::text[], $8::text[], $9::text[], $10::bytea[], $11::bytea[], $12::bytea[], $13::text[])";

/// The writing session, with the lock that makes it the only one.
pub(crate) struct PostgresWriter {
    client: Client,
    location: String,
}

impl PostgresWriter {
    /// Locks and opens a trail; makes one where there is none, if `create`.
    pub(crate) fn open(location: &str, url: &str, create: bool) -> Result<Self, StoreError> {
        let failed = failed(location);
        let mut client = connect(location, url)?;
        // A writer's statements are short; a reader's may take what they take.
        client.batch_execute("SET statement_timeout = '10s'").map_err(&failed)?;
        if !client.query_one(TRY_LOCK, &[]).map_err(&failed)?.get::<_, bool>(0) {
            return Err(StoreError::Locked(location.to_owned()));
        }
        if client.query_one("SHOW fsync", &[]).map_err(&failed)?.get::<_, String>(0) != "on" {
            return Err(StoreError::NotDurable(location.to_owned()));
        }
        if create {
            client.batch_execute(SCHEMA).map_err(&failed)?;
        }
        Ok(Self { client, location: location.to_owned() })
    }

    /// Runs `work` in a transaction on a trail that ends at `head`, and returns once it is on disk.
    fn commit(
        &mut self,
        head: &Head,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<(), postgres::Error>,
    ) -> Result<(), StoreError> {
        let failed = failed(&self.location);
        let mut transaction = self.client.transaction().map_err(&failed)?;
        let found = transaction.query_opt(store::SELECT_HEAD, &[]).map_err(&failed)?;
        if read_head(found.as_ref(), &self.location)? != *head {
            return Err(StoreError::Diverged { location: self.location.to_owned(), sequence: head.count });
        }
        work(&mut transaction).and_then(|()| transaction.commit()).map_err(failed)
    }
}

impl StoreWriter for PostgresWriter {
    fn head(&mut self) -> Result<Head, StoreError> {
        let found = self.client.query_opt(store::SELECT_HEAD, &[]).map_err(failed(&self.location))?;
        read_head(found.as_ref(), &self.location)
    }

    fn append(&mut self, head: &Head, decisions: &[(Link, PreparedDecision)]) -> Result<(), StoreError> {
        self.commit(head, |transaction| {
            insert_decisions(transaction, decisions)?;
            insert_personal(transaction, PersonalPart::Inputs, decisions, |sealed| Some(&sealed.inputs))?;
            insert_personal(transaction, PersonalPart::Monitoring, decisions, |sealed| sealed.monitoring.as_ref())
        })
    }

    fn probe(&mut self, head: &Head) -> Result<(), StoreError> {
        self.commit(head, |transaction| transaction.execute("SELECT pg_current_xact_id()", &[]).map(drop))
    }

    fn forget(&mut self, head: &Head, forgetting: &ForgettingRow, rows: &Ranges) -> Result<bool, StoreError> {
        self.commit(head, |transaction| {
            let ForgettingRow { link, sequences, reason } = forgetting;
            let sequence = store::to_sql(link.sequence);
            let sql = "INSERT INTO forgettings VALUES ($1, $2, $3, $4, $5)";
            transaction.execute(sql, &[&sequence, &link.time, sequences, reason, &link.hash.as_bytes().as_slice()])?;
            rows.iter().try_for_each(|range| {
                let start = store::to_sql(*range.start());
                let end = store::to_sql(*range.end());
                transaction.execute("DELETE FROM inputs WHERE sequence BETWEEN $1 AND $2", &[&start, &end])?;
                transaction
                    .execute("DELETE FROM monitoring WHERE sequence BETWEEN $1 AND $2", &[&start, &end])
                    .map(drop)
            })
        })?;
        // Lets the rows' place be overwritten; if not now, then by PostgreSQL's own vacuum.
        drop(self.client.batch_execute("VACUUM inputs").and_then(|()| self.client.batch_execute("VACUUM monitoring")));
        Ok(false)
    }
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
