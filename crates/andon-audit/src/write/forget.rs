//! Forgetting persons: on demand, and when the time of retention is over.

use jiff::Timestamp;
use serde::Serialize;

use crate::error::TrailError;
use crate::location::Location;
use crate::write::writer::Writer;

/// Whose inputs and monitoring are to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// All decisions with this request id.
    Request(String),
    /// The decision with this sequence number.
    Sequence(u64),
    /// All decisions recorded before this time.
    Before(Timestamp),
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Forgotten {
    /// How many decisions.
    pub rows: u64,
    /// Whether the bytes are gone from the database's log too. If not, a reader had it open: they go when the log is
    /// cleared next, at the latest when the trail is opened again. Never in PostgreSQL, which keeps its log and the
    /// free parts of its pages to itself.
    pub cleared: bool,
}

impl Forgotten {
    pub(crate) fn add(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(Self { rows: one.rows + other.rows, cleared: other.cleared }),
            (one, other) => one.or(other),
        }
    }
}

/// A forgetting needs a reason that the databases can hold.
pub(crate) fn check(reason: &str) -> Result<(), TrailError> {
    let invalid = |problem| Err(TrailError::Invalid { field: "reason", problem });
    match reason {
        reason if reason.trim().is_empty() => invalid("is empty: a forgetting says why"),
        reason if reason.contains('\0') => invalid("holds a NUL character"),
        _ => Ok(()),
    }
}

/// Forgets in a trail that no service has open; with one, use [`crate::Trail::forget`]. Blocks.
///
/// # Errors
/// [`TrailError::NotRecorded`] around [`crate::StoreError::Locked`] while a service writes the trail; see there for the rest.
pub fn forget(location: impl Into<Location>, whose: &Whose, reason: &str) -> Result<Option<Forgotten>, TrailError> {
    check(reason)?;
    let location = location.into();
    // Nothing can be forgotten where nothing is, and no trail is begun by it.
    location.source()?;
    let mut writer = Writer::open(location)?;
    let (mut all, mut after) = (None, 0);
    while let Some(step) = writer.forget(whose, after, reason)? {
        after = step.last;
        all = Forgotten::add(all, step.forgotten);
    }
    Ok(all)
}

/// Forgets everybody whose decision was recorded before `time`: retention. Otherwise as [`forget()`].
///
/// # Errors
/// As [`forget()`].
pub fn forget_before(
    location: impl Into<Location>,
    time: Timestamp,
    reason: &str,
) -> Result<Option<Forgotten>, TrailError> {
    forget(location, &Whose::Before(time), reason)
}
