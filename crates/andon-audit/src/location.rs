//! The location of a trail: a file, or a PostgreSQL database.

use std::fmt;
use std::path::{Path, PathBuf};

/// The location of a trail.
///
/// A text that begins with `postgres://` or `postgresql://` is a database, any other a file. The connection to a
/// database is not encrypted: it is for this machine or a private network.
///
/// ```
/// use andon_audit::Location;
///
/// let location = Location::from("postgres://audit:secret@127.0.0.1/loans");
/// assert_eq!(location.to_string(), "postgres://…@127.0.0.1/loans");
/// assert_eq!(Location::from("trail.db"), Location::File("trail.db".into()));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// An SQLite file. Beside it stand `-wal` and `-shm`, which belong to it, and `.lock`, held by the writer.
    File(PathBuf),
    /// The URL of a PostgreSQL database; the trail is its schema `andon_audit`.
    Postgres(String),
}

impl From<&str> for Location {
    fn from(text: &str) -> Self {
        let database = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if database { Self::Postgres(text.to_owned()) } else { Self::File(text.into()) }
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&PathBuf> for Location {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

/// The location without its password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(url) => match (url.split_once("://"), url.rsplit_once('@')) {
                (Some((scheme, _)), Some((_, host))) => write!(f, "{scheme}://…@{host}"),
                _ => f.write_str(url),
            },
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
