//! Forgetting: the selected decisions, the reason, and the result.

use jiff::Timestamp;
use serde::Serialize;

use crate::error::TrailError;
use crate::record::cord::check_text;

/// The decisions whose inputs and monitoring are to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All decisions with this request id.
    Request(String),
    /// The decision with this sequence number.
    Sequence(u64),
    /// All decisions recorded before this time.
    Before(Timestamp),
}

/// The result of a forgetting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// The number of decisions.
    pub rows: u64,
    /// True if the bytes are gone from the database's log too. If not, a reader had the log open: the bytes go when the
    /// log is cleared next, at the latest when the trail is opened again. Never true for PostgreSQL, whose log and
    /// free parts of pages are out of reach.
    pub cleared: bool,
}

impl Erasure {
    pub(crate) fn add(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(Self { rows: one.rows + other.rows, cleared: other.cleared }),
            (one, other) => one.or(other),
        }
    }
}

/// A forgetting needs a reason that the databases can hold.
pub(crate) fn check_reason(reason: &str) -> Result<(), TrailError> {
    check_text("reason", reason)
}
