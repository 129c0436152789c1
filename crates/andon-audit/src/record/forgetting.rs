//! Which decisions are forgotten, why, and what came of it.

use jiff::Timestamp;
use serde::Serialize;

use crate::error::TrailError;

/// Whose inputs and monitoring are to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All decisions with this request id.
    Request(String),
    /// The decision with this sequence number.
    Sequence(u64),
    /// All decisions recorded before this time.
    Before(Timestamp),
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// How many decisions.
    pub rows: u64,
    /// Whether the bytes are gone from the database's log too. If not, a reader had it open: they go when the log is
    /// cleared next, at the latest when the trail is opened again. Never in PostgreSQL, which keeps its log and the
    /// free parts of its pages to itself.
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
    let invalid = |problem| Err(TrailError::Invalid { field: "reason", problem });
    match reason {
        reason if reason.trim().is_empty() => invalid("is empty: a forgetting says why"),
        reason if reason.contains('\0') => invalid("holds a NUL character"),
        _ => Ok(()),
    }
}
