//! A trail in a PostgreSQL database: the schema `andon_audit`.

mod read;

use std::error::Error;
use std::time::Duration;

use postgres::{Client, Config, NoTls, Transaction};

pub(crate) use self::read::Reader;
use crate::error::StoreError;
use crate::location::Location;
use crate::record::chain::Head;
use crate::record::ranges::Ranges;
use crate::record::row::{Forgetting, Link, Part, Personal, Sealed};
use crate::store::{self, Store};

/// Sets up a session. The lock is this session's, and ends with it.
const SESSION: &str = "\
    SET search_path = andon_audit; SET client_min_messages = warning; SET synchronous_commit = on; SET lock_timeout = '1s'";

/// How long a server may be silent before the trail counts as failing.
const PATIENCE: Duration = Duration::from_secs(5);

/// `andon` in ASCII: the trail's number among the database's advisory locks.
const LOCK: &str = "SELECT pg_try_advisory_lock(418347839342)";

const SCHEMA: &str = "
    CREATE SCHEMA IF NOT EXISTS andon_audit;
    CREATE TABLE IF NOT EXISTS decisions (
        sequence BIGINT PRIMARY KEY, time TEXT NOT NULL, request_id TEXT NOT NULL, model_version TEXT NOT NULL,
        fingerprint TEXT NOT NULL, score DOUBLE PRECISION, decision TEXT NOT NULL, reasons TEXT NOT NULL,
        explanation_source TEXT NOT NULL, inputs_digest BYTEA NOT NULL, monitoring_digest BYTEA, hash BYTEA NOT NULL);
    CREATE TABLE IF NOT EXISTS forgettings (
        sequence BIGINT PRIMARY KEY, time TEXT NOT NULL, rows TEXT NOT NULL, reason TEXT NOT NULL, hash BYTEA NOT NULL);
    CREATE TABLE IF NOT EXISTS inputs (sequence BIGINT PRIMARY KEY, salt BYTEA NOT NULL, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS monitoring (sequence BIGINT PRIMARY KEY, salt BYTEA NOT NULL, json TEXT NOT NULL);";

/// A batch is a statement a table, whatever its size: the columns go as arrays.
const INSERT_DECISIONS: &str = "\
    INSERT INTO decisions SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], \
    $6::double precision[], $7::text[], $8::text[], $9::text[], $10::bytea[], $11::bytea[], $12::bytea[])";

/// Wraps PostgreSQL's answer with its causes, which its own message leaves out.
/// Of the server's refusals only severity, message and code: the rest quotes rows, which are of people.
fn failed(location: &Location) -> impl Fn(postgres::Error) -> StoreError {
    let location = location.to_string();
    move |error| {
        if let Some(refusal) = error.as_db_error() {
            let (severity, message, code) = (refusal.severity(), refusal.message(), refusal.code().code());
            let problem = format!("{severity}: {message} ({code})");
            return StoreError::Postgres { location: location.clone(), problem };
        }
        let mut problem = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            problem = format!("{problem}: {error}");
            cause = error.source();
        }
        StoreError::Postgres { location: location.clone(), problem }
    }
}

fn connect(location: &Location, url: &str) -> Result<Client, StoreError> {
    let mut config: Config = url.parse().map_err(failed(location))?;
    let mut client =
        config.connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE).connect(NoTls).map_err(failed(location))?;
    client.batch_execute(SESSION).map_err(failed(location))?;
    Ok(client)
}

/// The writing session, with the lock that makes it the only one.
pub(crate) struct Writer {
    client: Client,
    location: Location,
}

impl Writer {
    /// Locks and opens a trail; makes one where there is none, if `create`.
    pub(crate) fn open(location: &Location, url: &str, create: bool) -> Result<Self, StoreError> {
        let failed = failed(location);
        let mut client = connect(location, url)?;
        // A writer's statements are short; a reader's may take what they take.
        client.batch_execute("SET statement_timeout = '10s'").map_err(&failed)?;
        if !client.query_one(LOCK, &[]).map_err(&failed)?.get::<_, bool>(0) {
            return Err(StoreError::Locked(location.to_string()));
        }
        if client.query_one("SHOW fsync", &[]).map_err(&failed)?.get::<_, String>(0) != "on" {
            return Err(StoreError::NotDurable(location.to_string()));
        }
        if create {
            client.batch_execute(SCHEMA).map_err(&failed)?;
        }
        Ok(Self { client, location: location.clone() })
    }

    /// Runs `work` in a transaction on a trail that ends at `head`, and returns once it is on disk.
    fn commit(
        &mut self,
        head: &Head,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<(), postgres::Error>,
    ) -> Result<(), StoreError> {
        let failed = failed(&self.location);
        let mut transaction = self.client.transaction().map_err(&failed)?;
        let found = transaction.query_opt(store::HEAD, &[]).map_err(&failed)?;
        if read::head(found.as_ref(), &self.location)? != *head {
            return Err(StoreError::Diverged { location: self.location.to_string(), sequence: head.count });
        }
        work(&mut transaction).and_then(|()| transaction.commit()).map_err(failed)
    }
}

impl Store for Writer {
    fn head(&mut self) -> Result<Head, StoreError> {
        let found = self.client.query_opt(store::HEAD, &[]).map_err(failed(&self.location))?;
        read::head(found.as_ref(), &self.location)
    }

    fn append(&mut self, head: &Head, decisions: &[(Link, Sealed)]) -> Result<(), StoreError> {
        self.commit(head, |transaction| {
            insert_decisions(transaction, decisions)?;
            insert_personal(transaction, Part::Inputs, decisions, |sealed| Some(&sealed.inputs))?;
            insert_personal(transaction, Part::Monitoring, decisions, |sealed| sealed.monitoring.as_ref())
        })
    }

    fn probe(&mut self, head: &Head) -> Result<(), StoreError> {
        self.commit(head, |transaction| transaction.execute("SELECT pg_current_xact_id()", &[]).map(drop))
    }

    fn forget(&mut self, head: &Head, forgetting: &Forgetting, rows: &Ranges) -> Result<bool, StoreError> {
        self.commit(head, |transaction| {
            let Forgetting { link, sequences, reason } = forgetting;
            let sequence = store::to_sql(link.sequence);
            let sql = "INSERT INTO forgettings VALUES ($1, $2, $3, $4, $5)";
            transaction.execute(sql, &[&sequence, &link.time, sequences, reason, &link.hash.as_bytes().as_slice()])?;
            rows.iter().try_for_each(|range| {
                let (start, end) = (store::to_sql(*range.start()), store::to_sql(*range.end()));
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

fn insert_decisions(transaction: &mut Transaction<'_>, rows: &[(Link, Sealed)]) -> Result<(), postgres::Error> {
    let text =
        |field: fn(&Sealed) -> &String| rows.iter().map(|(_, sealed)| field(sealed).as_str()).collect::<Vec<_>>();
    let sequence: Vec<i64> = rows.iter().map(|(link, _)| store::to_sql(link.sequence)).collect();
    let time: Vec<&str> = rows.iter().map(|(link, _)| link.time.as_str()).collect();
    let hash: Vec<&[u8]> = rows.iter().map(|(link, _)| link.hash.as_bytes().as_slice()).collect();
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
        ],
    )?;
    Ok(())
}

fn insert_personal(
    transaction: &mut Transaction<'_>,
    part: Part,
    rows: &[(Link, Sealed)],
    personal: fn(&Sealed) -> Option<&Personal>,
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
