//! The duties of a database, in two traits, and the SQL that both databases understand.

pub(crate) mod open;
pub(crate) mod place;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::borrow::Cow;
use std::ops::{ControlFlow, RangeInclusive};

use crate::error::StoreError;
use crate::record::chain::Head;
use crate::record::cord::{CordAct, CordRow, TrailStop, stops_in_force};
use crate::record::forgetting::Selection;
use crate::record::hash::Hash;
use crate::record::note::{KnownNotes, NoteKind, NoteRow};
use crate::record::ranges::Ranges;
use crate::record::row::{DecisionRow, ForgettingRow, Link, PreparedDecision};
use crate::store::place::ExpectedFiles;

/// The end of a trail and the stops in force, as a transaction found or left them.
#[derive(Debug)]
pub(crate) struct CordState {
    pub(crate) head: Head,
    pub(crate) stops: Vec<TrailStop>,
}

/// The end of a trail, as a transaction finds it.
#[derive(Debug, Clone)]
pub(crate) struct FoundEnd {
    pub(crate) head: Head,
    /// The time of the last row; empty if there is none.
    pub(crate) time: String,
}

impl FoundEnd {
    /// Links a row behind this end, which others may have moved since the row was linked first. Their clock may be
    /// ahead of this one, and the times of a trail rise.
    pub(crate) fn link(&mut self, link: &mut Link, content: &Hash) {
        if self.time > link.time {
            link.time.clone_from(&self.time);
        }
        self.head = self.head.next(&link.time, content);
        (link.sequence, link.hash) = (self.head.count, self.head.hash);
        self.time.clone_from(&link.time);
    }

    /// Links a forgetting behind this end, if others moved it since `known`.
    pub(crate) fn link_forgetting(&mut self, known: &Head, forgetting: &mut ForgettingRow) {
        if self.head != *known {
            let content = ForgettingRow::encode(&forgetting.sequences, &forgetting.reason).digest();
            self.link(&mut forgetting.link, &content);
        }
    }

    /// Links notes behind this end.
    pub(crate) fn link_notes(&mut self, rows: &mut [NoteRow]) {
        rows.iter_mut().for_each(|row| {
            let content = row.encode().digest();
            self.link(&mut row.link, &content);
        });
    }

    /// Links decisions behind this end.
    pub(crate) fn link_all(&mut self, rows: &mut [(Link, PreparedDecision)]) {
        rows.iter_mut().for_each(|(link, sealed)| self.link(link, &sealed.content));
    }
}

/// A writer of a trail. Each method is one transaction, on disk when it returns.
///
/// After an error nothing of the transaction is acknowledged. The writer is then dropped and opened anew, see
/// [`StoreWriter::leave`].
pub(crate) trait StoreWriter: Send {
    fn head(&mut self) -> Result<Head, StoreError>;

    /// Appends decisions to a trail that ended at `known`. If others have added rows since, the decisions are linked
    /// anew behind them. Gives the state back, and appends nothing, if one of those rows stops the service.
    fn append(
        &mut self,
        known: &Head,
        decisions: &mut [(Link, PreparedDecision)],
    ) -> Result<Option<CordState>, StoreError>;

    /// Appends a stop, or the clear behind the stop at `last`. Gives the new state back, or nothing if another stop is
    /// the last one.
    fn pull(&mut self, known: &Head, row: &mut CordRow, last: u64) -> Result<Option<CordState>, StoreError>;

    /// Appends notes. Gives the new state back, or nothing if there are other notes than those that are known.
    fn note(
        &mut self,
        known: &Head,
        rows: &mut [NoteRow],
        notes: Option<KnownNotes>,
    ) -> Result<Option<CordState>, StoreError>;

    /// The stops in force, if the trail ends elsewhere than at `known`. Writes nothing.
    fn look(&mut self, known: &Head) -> Result<Option<CordState>, StoreError>;

    /// The stops in force.
    fn stops(&mut self) -> Result<Vec<TrailStop>, StoreError>;

    /// Writes without changing anything.
    fn probe(&mut self, known: &Head) -> Result<(), StoreError>;

    /// Erases the personal parts of `rows` and appends the forgetting. `false`: erased from the tables, but a reader
    /// keeps the log in which they stood from being cleared now.
    fn forget(&mut self, known: &Head, forgetting: &mut ForgettingRow, rows: &Ranges) -> Result<bool, StoreError>;

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

    /// All stops and clears, in order.
    fn cord(&mut self) -> Result<Vec<CordRow>, StoreError>;

    /// The notes in a range of sequence numbers, in order.
    fn notes(&mut self, rows: RangeInclusive<u64>) -> Result<Vec<NoteRow>, StoreError>;

    /// All notes of a kind, in order.
    fn notes_of(&mut self, kind: NoteKind) -> Result<Vec<NoteRow>, StoreError>;

    /// The number of all notes.
    fn count_notes(&mut self) -> Result<u64, StoreError>;

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
    SELECT sequence, hash, time FROM decisions WHERE sequence = (SELECT max(sequence) FROM decisions) UNION ALL \
    SELECT sequence, hash, time FROM forgettings WHERE sequence = (SELECT max(sequence) FROM forgettings) UNION ALL \
    SELECT sequence, hash, time FROM cord WHERE sequence = (SELECT max(sequence) FROM cord) UNION ALL \
    SELECT sequence, hash, time FROM notes WHERE sequence = (SELECT max(sequence) FROM notes) \
    ORDER BY 1 DESC LIMIT 1";

pub(crate) const SELECT_CORD: &str = "SELECT sequence, time, act, person, why, hash FROM cord ORDER BY sequence";

pub(crate) const INSERT_CORD: &str = "INSERT INTO cord VALUES ($1, $2, $3, $4, $5, $6)";

pub(crate) const SELECT_NOTES: &str = "\
    SELECT sequence, time, kind, about, body, hash FROM notes WHERE sequence BETWEEN $1 AND $2 ORDER BY sequence";

pub(crate) const SELECT_NOTES_OF_A_KIND: &str =
    "SELECT sequence, time, kind, about, body, hash FROM notes WHERE kind = $1 ORDER BY sequence";

pub(crate) const COUNT_NOTES: &str = "SELECT count(*) FROM notes";

pub(crate) const COUNT_NOTES_OF_A_KIND: &str = "SELECT count(*) FROM notes WHERE kind = $1";

/// The tables that an earlier version did not have. A trail that no later version has opened for writing lacks them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaterTables {
    pub(crate) cord: bool,
    pub(crate) notes: bool,
}

impl LaterTables {
    /// A query with nothing in the place of each table that the trail lacks.
    pub(crate) fn adapt(self, sql: &'static str) -> Cow<'static, str> {
        let mut adapted = Cow::Borrowed(sql);
        if !self.cord {
            adapted = without(&adapted, "cord", "reason AS act, reason AS person, reason AS why").into();
        }
        if !self.notes {
            adapted = without(&adapted, "notes", "reason AS kind, sequence AS about, reason AS body").into();
        }
        adapted
    }
}

fn without(sql: &str, table: &str, columns: &str) -> String {
    let none = format!("(SELECT sequence, time, {columns}, hash FROM forgettings WHERE 1 = 0) AS {table}");
    let begins = ["FROM", "JOIN"];
    begins
        .iter()
        .fold(sql.to_owned(), |sql, begin| sql.replace(&format!("{begin} {table}"), &format!("{begin} {none}")))
}

/// A note in a stored row.
pub(crate) fn note_row(link: Link, kind: &str, about: i64, body: String) -> Result<NoteRow, String> {
    Ok(NoteRow { link, kind: NoteKind::named(kind)?, about: to_sequence(about)?, body })
}

/// The act in a stored row, with its texts.
pub(crate) fn cord_row(link: Link, act: &str, by: String, why: String) -> Result<CordRow, String> {
    Ok(CordRow { link, act: CordAct::named(act)?, by, why })
}

/// The state that a pull leaves; `None` if the clear is not of the last stop.
pub(crate) fn pulled(mut end: FoundEnd, cord: Vec<CordRow>, row: &mut CordRow, last: u64) -> Option<CordState> {
    let mut stops = stops_in_force(cord);
    if row.act == CordAct::Clear && stops.last().map(|stop| stop.sequence) != Some(last) {
        return None;
    }
    let content = row.encode().digest();
    end.link(&mut row.link, &content);
    match row.act {
        CordAct::Stop => stops.extend(stops_in_force(vec![row.clone()])),
        CordAct::Clear => stops.clear(),
    }
    Some(CordState { head: end.head, stops })
}

pub(crate) const SELECT_HASH: &str = "\
    SELECT hash FROM decisions WHERE sequence = $1 UNION ALL SELECT hash FROM forgettings WHERE sequence = $1 UNION ALL \
    SELECT hash FROM cord WHERE sequence = $1 UNION ALL SELECT hash FROM notes WHERE sequence = $1";

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
    SELECT min(sequence) FROM cord WHERE sequence < 1 UNION ALL \
    SELECT min(sequence) FROM notes WHERE sequence < 1 UNION ALL \
    SELECT min(sequence) FROM inputs WHERE sequence < 1 OR sequence > $1 UNION ALL \
    SELECT min(sequence) FROM monitoring WHERE sequence < 1 OR sequence > $1 UNION ALL \
    SELECT min(f.sequence) FROM forgettings f JOIN inputs p ON p.sequence = f.sequence UNION ALL \
    SELECT min(f.sequence) FROM forgettings f JOIN monitoring p ON p.sequence = f.sequence UNION ALL \
    SELECT min(p.sequence) FROM inputs p JOIN cord ON cord.sequence = p.sequence UNION ALL \
    SELECT min(p.sequence) FROM monitoring p JOIN cord ON cord.sequence = p.sequence UNION ALL \
    SELECT min(f.sequence) FROM forgettings f JOIN cord ON cord.sequence = f.sequence UNION ALL \
    SELECT min(p.sequence) FROM inputs p JOIN notes ON notes.sequence = p.sequence UNION ALL \
    SELECT min(p.sequence) FROM monitoring p JOIN notes ON notes.sequence = p.sequence UNION ALL \
    SELECT min(f.sequence) FROM forgettings f JOIN notes ON notes.sequence = f.sequence UNION ALL \
    SELECT min(cord.sequence) FROM cord JOIN notes ON notes.sequence = cord.sequence) AS strays";

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
