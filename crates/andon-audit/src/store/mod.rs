//! The duties of a database, in two traits, and the SQL that both databases understand.

pub(crate) mod open;
pub(crate) mod place;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::ops::{ControlFlow, RangeInclusive};

use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::forgetting::Selection;
use crate::record::hash::Hash;
use crate::record::ranges::Ranges;
use crate::record::row::{DecisionRow, ForgettingRow, Link, PreparedDecision};
use crate::store::place::ExpectedFiles;

/// The one writer of a trail. Each method is one transaction, on disk when it returns.
///
/// After an error nothing of the transaction is acknowledged. The writer is then dropped and opened anew, see
/// [`StoreWriter::leave`].
pub(crate) trait StoreWriter: Send {
    fn head(&mut self) -> Result<Head, StoreError>;

    /// Appends decisions to a trail that ends at `head`.
    fn append(&mut self, head: &Head, decisions: &[(Link, PreparedDecision)]) -> Result<(), StoreError>;

    /// Writes without changing anything.
    fn probe(&mut self, head: &Head) -> Result<(), StoreError>;

    /// Erases the personal parts of `rows` and appends the forgetting. `false`: erased from the tables, but a reader
    /// keeps the log in which they stood from being cleared now.
    fn forget(&mut self, head: &Head, forgetting: &ForgettingRow, rows: &Ranges) -> Result<bool, StoreError>;

    /// The files that the next writer must find after an error. `None` if this writer may not be dropped yet, since it
    /// alone still has rows that were acknowledged.
    fn leave(&mut self) -> Option<ExpectedFiles> {
        Some(ExpectedFiles::default())
    }
}

/// Receives each decision that is read, in order; a row that has not the form of one comes as its defect.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(i64, Result<DecisionRow, String>) -> ControlFlow<()>;

/// One consistent view of a trail.
pub(crate) trait StoreReader {
    fn head(&mut self) -> Result<Head, StoreError>;

    /// The hash that is stored with a row.
    fn hash_at(&mut self, sequence: u64) -> Result<Option<Hash>, StoreError>;

    /// Gives the decisions in a range of sequence numbers to `sink` until it breaks.
    fn decisions(&mut self, rows: RangeInclusive<u64>, sink: Sink<'_>) -> Result<(), StoreError>;

    /// All forgettings, in order.
    fn forgettings(&mut self) -> Result<Vec<ForgettingRow>, StoreError>;

    /// The lowest sequence number that has no place in a trail of `count` rows.
    fn stray(&mut self, count: u64) -> Result<Option<i64>, StoreError>;

    /// The first decision with an earlier time than the decision in the row before it.
    fn set_back(&mut self) -> Result<Option<u64>, StoreError>;

    /// At most `limit` sequence numbers above `after` of the decisions that `whose` selects, ascending.
    fn find(&mut self, whose: &Selection, after: u64, limit: u32) -> Result<Vec<u64>, StoreError>;

    /// Decisions, counted by hour, decision and explanation source.
    fn counts(&mut self) -> Result<Vec<DecisionCount>, StoreError>;
}

/// Decisions that have the hour, the decision and the explanation source in common.
#[derive(Debug)]
pub(crate) struct DecisionCount {
    /// As in `2026-01-31T23`.
    pub(crate) hour: String,
    pub(crate) decision: String,
    pub(crate) explanation_source: String,
    pub(crate) count: u64,
    pub(crate) first: String,
    pub(crate) last: String,
}

/// Largest number that the databases' integers hold.
pub(crate) const MAX_SEQUENCE: u64 = i64::MAX as u64;

/// For a database; a number above the largest finds nothing there.
pub(crate) fn to_sql(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

pub(crate) fn to_hash(bytes: Vec<u8>) -> Result<Hash, String> {
    let length = bytes.len();
    bytes.try_into().map(Hash::new).map_err(|_| format!("a hash of {length} bytes"))
}

pub(crate) fn to_sequence(sequence: i64) -> Result<u64, String> {
    u64::try_from(sequence).map_err(|_| format!("sequence number {sequence}"))
}

pub(crate) const SELECT_HEAD: &str = "\
    SELECT sequence, hash FROM decisions WHERE sequence = (SELECT max(sequence) FROM decisions) UNION ALL \
    SELECT sequence, hash FROM forgettings WHERE sequence = (SELECT max(sequence) FROM forgettings) \
    ORDER BY 1 DESC LIMIT 1";

pub(crate) const SELECT_HASH: &str = "\
    SELECT hash FROM decisions WHERE sequence = $1 UNION ALL SELECT hash FROM forgettings WHERE sequence = $1";

/// The query behind [`StoreReader::decisions`]. A trail that version 0.1.0 made and no later version has opened for
/// writing has no column for the digest of the model.
pub(crate) fn select_decisions(has_model_column: bool) -> String {
    let model_sha256 = if has_model_column { "model_sha256" } else { "CAST(NULL AS TEXT)" };
    format!(
        "SELECT d.sequence, time, request_id, model_version, fingerprint, score, decision, reasons, \
         explanation_source, inputs_digest, monitoring_digest, hash, i.salt, i.json, m.salt, m.json, {model_sha256} \
         FROM decisions d LEFT JOIN inputs i ON i.sequence = d.sequence LEFT JOIN monitoring m \
         ON m.sequence = d.sequence WHERE d.sequence BETWEEN $1 AND $2 ORDER BY d.sequence"
    )
}

pub(crate) const SELECT_FORGETTINGS: &str =
    "SELECT sequence, time, rows, reason, hash FROM forgettings ORDER BY sequence";

pub(crate) const SELECT_STRAY: &str = "SELECT min(sequence) FROM ( \
    SELECT min(sequence) AS sequence FROM decisions WHERE sequence < 1 UNION ALL \
    SELECT min(sequence) FROM forgettings WHERE sequence < 1 UNION ALL \
    SELECT min(sequence) FROM inputs WHERE sequence < 1 OR sequence > $1 UNION ALL \
    SELECT min(sequence) FROM monitoring WHERE sequence < 1 OR sequence > $1 UNION ALL \
    SELECT min(f.sequence) FROM forgettings f JOIN inputs p ON p.sequence = f.sequence UNION ALL \
    SELECT min(f.sequence) FROM forgettings f JOIN monitoring p ON p.sequence = f.sequence) AS strays";

pub(crate) const SELECT_SET_BACK: &str = "\
    SELECT min(d.sequence) FROM decisions d JOIN decisions b ON b.sequence = d.sequence - 1 WHERE d.time < b.time";

pub(crate) const SELECT_COUNTS: &str = "\
    SELECT substr(time, 1, 13), decision, explanation_source, count(*), min(time), max(time) \
    FROM decisions GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

/// The query behind [`StoreReader::find`]: `$1` is what is sought, `$2` after which row, `$3` how many.
pub(crate) fn find_sql(whose: &Selection) -> &'static str {
    match whose {
        Selection::Request(_) => {
            "SELECT sequence FROM decisions WHERE request_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"
        }
        Selection::Sequence(_) => {
            "SELECT sequence FROM decisions WHERE sequence = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"
        }
        Selection::Before(_) => {
            "SELECT sequence FROM decisions WHERE time < $1 AND sequence > $2 ORDER BY sequence LIMIT $3"
        }
    }
}
