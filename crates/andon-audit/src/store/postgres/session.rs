//! A session with a PostgreSQL server.

use std::error::Error;
use std::time::Duration;

use postgres::types::{FromSql, ToSql};
use postgres::{Client, Config, GenericClient, NoTls, Row};

use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::cord::CordRow;
use crate::record::hash::Hash;
use crate::record::note::NoteRow;
use crate::record::row::Link;
use crate::store::{self, FoundEnd};

/// Sets up a session. The lock is this session's, and ends with it.
pub(super) const SESSION: &str = "\
    SET search_path = andon_audit; SET client_min_messages = warning; SET synchronous_commit = on; SET lock_timeout = '1s'";

/// The longest time that a server may be silent before the trail counts as failing.
pub(super) const SERVER_TIMEOUT: Duration = Duration::from_secs(5);

/// Wraps PostgreSQL's answer with its causes, which its own message leaves out.
/// Of the server's refusals only severity, message and code: the rest quotes rows, which are of people.
pub(super) fn failed(location: &str) -> impl Fn(postgres::Error) -> StoreError {
    let location = location.to_owned();
    move |error| {
        if let Some(refusal) = error.as_db_error() {
            let severity = refusal.severity();
            let message = refusal.message();
            let code = refusal.code().code();
            let problem = format!("{severity}: {message} ({code})");
            return StoreError::Postgres { location: location.to_owned(), problem };
        }
        let mut problem = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            problem = format!("{problem}: {error}");
            cause = error.source();
        }
        StoreError::Postgres { location: location.to_owned(), problem }
    }
}

pub(super) fn connect(location: &str, url: &str) -> Result<Client, StoreError> {
    let mut config: Config = url.parse().map_err(failed(location))?;
    let mut client = config
        .connect_timeout(SERVER_TIMEOUT)
        .tcp_user_timeout(SERVER_TIMEOUT)
        .connect(NoTls)
        .map_err(failed(location))?;
    client.batch_execute(SESSION).map_err(failed(location))?;
    Ok(client)
}

pub(super) fn unreadable(location: &str, sequence: i64, problem: String) -> StoreError {
    StoreError::Unreadable { location: location.to_owned(), sequence, problem }
}

/// The end in a row of [`store::SELECT_HEAD`].
pub(super) fn end(row: Option<&Row>, location: &str) -> Result<FoundEnd, StoreError> {
    let Some(row) = row else { return Ok(FoundEnd { head: Head::EMPTY, time: String::new() }) };
    let sequence: i64 = row.try_get(0).map_err(failed(location))?;
    let read = || {
        let head = Head { count: store::to_sequence(sequence)?, hash: hash(row, 1)? };
        Ok(FoundEnd { head, time: column(row, 2)? })
    };
    read().map_err(|problem| unreadable(location, sequence, problem))
}

/// All stops and clears, by [`store::SELECT_CORD`] as the database needs it.
pub(super) fn cord_of(client: &mut impl GenericClient, location: &str, sql: &str) -> Result<Vec<CordRow>, StoreError> {
    let rows = client.query(sql, &[]).map_err(failed(location))?;
    let read = |row| cord_row(row).map_err(|problem| unreadable(location, row.try_get(0).unwrap_or_default(), problem));
    rows.iter().map(read).collect()
}

fn cord_row(row: &Row) -> Result<CordRow, String> {
    let sequence = store::to_sequence(column(row, 0)?)?;
    let link = Link { sequence, time: column(row, 1)?, hash: hash(row, 5)? };
    store::cord_row(link, column(row, 2)?, column(row, 3)?, column(row, 4)?)
}

/// The notes that a query gives.
pub(super) fn notes_by(
    client: &mut impl GenericClient,
    location: &str,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<NoteRow>, StoreError> {
    let rows = client.query(sql, parameters).map_err(failed(location))?;
    let read = |row| note_row(row).map_err(|problem| unreadable(location, row.try_get(0).unwrap_or_default(), problem));
    rows.iter().map(read).collect()
}

fn note_row(row: &Row) -> Result<NoteRow, String> {
    let sequence = store::to_sequence(column(row, 0)?)?;
    let link = Link { sequence, time: column(row, 1)?, hash: hash(row, 5)? };
    store::note_row(link, column(row, 2)?, column(row, 3)?, column(row, 4)?)
}

pub(super) fn column<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T, String> {
    row.try_get(at).map_err(|error| error.to_string())
}

pub(super) fn hash(row: &Row, at: usize) -> Result<Hash, String> {
    store::to_hash(column(row, at)?)
}
