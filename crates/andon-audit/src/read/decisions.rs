//! Decisions and the notes about them as they are on record, one after the other.

use std::ops::ControlFlow;

use crate::location::Location;
use crate::read::chunks::chunks;
use crate::read::fault::VerifyError;
use crate::read::walk::ChainWalk;
use crate::record::chain::Head;
use crate::record::hash::Hash;
use crate::record::note::{NoteKind, NoteRow};
use crate::record::row::{DecisionRow, Personal, StoredPersonal};
use crate::store::open::open_source;

/// A decision on record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordedDecision<'a> {
    /// Place in the trail.
    pub sequence: u64,
    /// The time of recording: UTC, RFC 3339 with six decimals.
    pub time: &'a str,
    /// The name of the request; several decisions can have one.
    pub request_id: &'a str,
    /// Digest of the inputs that the model was released with.
    pub fingerprint: &'a str,
    /// Digest of the model that decided; absent in rows of version 0.1.0.
    pub model_sha256: Option<&'a str>,
    /// The model's score; absent if a person is to decide.
    pub score: Option<f64>,
    /// The decision, in the policy's word.
    pub decision: &'a str,
    /// The scored record, as JSON; absent once it is forgotten.
    pub inputs: Option<&'a str>,
    /// Protected attributes, as JSON; absent if none were stated, and once they are forgotten.
    pub monitoring: Option<&'a str>,
}

/// A note on record, about a decision before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedNote<'a> {
    /// Place in the trail.
    pub sequence: u64,
    /// The time of recording: UTC, RFC 3339 with six decimals.
    pub time: &'a str,
    /// Its kind.
    pub kind: NoteKind,
    /// The place of the decision.
    pub about: u64,
    /// Its content, as JSON.
    pub body: &'a str,
}

/// A row on record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RecordedRow<'a> {
    /// A decision.
    Decision(RecordedDecision<'a>),
    /// A note about one.
    Note(RecordedNote<'a>),
}

/// Gives the decisions up to `head` to `each`, in order; otherwise as [`read_rows`].
///
/// # Errors
/// As [`read_rows`].
pub fn read(
    location: impl Into<Location>,
    head: &Head,
    mut each: impl FnMut(RecordedDecision<'_>),
) -> Result<(), VerifyError> {
    read_rows(location, head, |row| match row {
        RecordedRow::Decision(decision) => each(decision),
        RecordedRow::Note(_) => {}
    })
}

/// Gives the decisions and notes up to `head` to `each`: decisions in order, notes in order, and no note long after the
/// decisions around it. `head` is the end that [`crate::verify()`] found. Every row is checked once more, so the rows
/// given are those that hash to `head`, even if the trail was changed since. Rows that were forgotten since are taken
/// for gone until the trail is verified again. Blocks.
///
/// # Errors
/// [`VerifyError::Broken`] with the first row that changed since the trail was verified. Then the rows given before it
/// must not be used either.
pub fn read_rows(
    location: impl Into<Location>,
    head: &Head,
    mut each: impl FnMut(RecordedRow<'_>),
) -> Result<(), VerifyError> {
    let mut source = open_source(&location.into())?;
    let mut walk = ChainWalk::from(1, Hash::ZERO, source.forgettings()?, source.cord()?);
    for chunk in chunks(1..=head.count) {
        let notes = source.notes(chunk.clone())?;
        notes.iter().for_each(|row| each(RecordedRow::Note(recorded_note(row))));
        walk.expect(notes);
        let mut result = Ok(());
        source.decisions(chunk, &mut |sequence, row| {
            result = walk.decision(sequence, row).map(|row| each(RecordedRow::Decision(recorded_decision(&row))));
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        result?;
    }
    walk.end_at(head)
}

fn recorded_note(row: &NoteRow) -> RecordedNote<'_> {
    let NoteRow { link, kind, about, body } = row;
    RecordedNote { sequence: link.sequence, time: &link.time, kind: *kind, about: *about, body }
}

fn recorded_decision(row: &DecisionRow) -> RecordedDecision<'_> {
    RecordedDecision {
        sequence: row.link.sequence,
        time: &row.link.time,
        request_id: &row.fields.request_id,
        fingerprint: &row.fields.fingerprint,
        model_sha256: row.fields.model_sha256.as_deref(),
        score: row.fields.score,
        decision: &row.fields.decision,
        inputs: stored_text(&row.inputs),
        monitoring: stored_text(&row.monitoring),
    }
}

fn stored_text(held: &StoredPersonal) -> Option<&str> {
    match held {
        StoredPersonal::Text(Personal { json, .. }) => Some(json),
        StoredPersonal::Nothing | StoredPersonal::Erased => None,
    }
}
