//! Opens the database that a location names.

use crate::error::StoreError;
use crate::location::Location;
use crate::store::{StoreReader, StoreWriter, postgres, sqlite};

/// Opens a trail for writing; begins one where there is none, if `create`.
pub(crate) fn open_store(location: &Location, create: bool) -> Result<Box<dyn StoreWriter>, StoreError> {
    Ok(match location {
        Location::File(path) => Box::new(sqlite::SqliteWriter::open(path, create)?),
        Location::Postgres(url) => Box::new(postgres::PostgresWriter::open(&location.to_string(), url, create)?),
    })
}

/// Opens a trail that another process writes, to put a stop on it or to clear one.
pub(crate) fn open_beside(location: &Location) -> Result<Box<dyn StoreWriter>, StoreError> {
    match location {
        Location::File(path) => Ok(Box::new(sqlite::SqliteWriter::beside(path)?)),
        Location::Postgres(_) => open_store(location, false),
    }
}

/// Opens one consistent view of a trail, for reading.
pub(crate) fn open_source(location: &Location) -> Result<Box<dyn StoreReader>, StoreError> {
    Ok(match location {
        Location::File(path) => Box::new(sqlite::SqliteReader::open(path)?),
        Location::Postgres(url) => Box::new(postgres::PostgresReader::open(&location.to_string(), url)?),
    })
}
