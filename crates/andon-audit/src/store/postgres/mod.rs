//! A trail in a PostgreSQL database: the schema `andon_audit`.

mod reader;
mod session;
mod writer;

pub(crate) use self::reader::PostgresReader;
pub(crate) use self::writer::PostgresWriter;
