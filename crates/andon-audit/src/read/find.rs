//! Finds a decision by its request or its place, and what was noted about it.

use std::ops::ControlFlow;

use crate::location::Location;
use crate::read::fault::{RowFault, VerifyError, broken};
use crate::read::walk::ChainWalk;
use crate::record::forgetting::Selection;
use crate::record::hash::Hash;
use crate::record::note::{KnownNotes, NoteKind};
use crate::store::StoreReader;
use crate::store::open::open_source;

/// The most decisions that are given.
const MAX_FOUND: u32 = 10;

/// A decision on record.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundDecision {
    /// Place in the trail.
    pub sequence: u64,
    /// The time of recording: UTC, RFC 3339 with six decimals.
    pub time: String,
    /// The name of the request.
    pub request_id: String,
    /// The model's score; absent if a person is to decide.
    pub score: Option<f64>,
    /// The decision, in the policy's word.
    pub decision: String,
}

/// A note on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundNote {
    /// Place in the trail.
    pub sequence: u64,
    /// The time of recording.
    pub time: String,
    /// The place of the decision.
    pub about: u64,
    /// Its content, as JSON.
    pub body: String,
}

/// Decisions, and all notes of a kind about them, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundDecisions {
    /// The decisions, at most ten.
    pub decisions: Vec<FoundDecision>,
    /// The notes.
    pub notes: Vec<FoundNote>,
    /// All notes of the kind on the trail, for [`crate::note()`].
    pub known: KnownNotes,
}

/// Finds the decisions that are selected. Each is checked against the row before it; the whole chain is not. Blocks.
///
/// # Errors
/// [`VerifyError::Broken`] if one of the decisions is not as it was recorded.
pub fn find(location: impl Into<Location>, whose: &Selection, kind: NoteKind) -> Result<FoundDecisions, VerifyError> {
    let mut source = open_source(&location.into())?;
    let mut decisions = Vec::new();
    for sequence in source.find(whose, 0, MAX_FOUND)? {
        decisions.push(decision_at(source.as_mut(), sequence)?);
    }
    let notes = source.notes_of(kind)?;
    let known = KnownNotes { kind, count: notes.len() as u64 };
    let is_about = |about: u64| decisions.iter().any(|decision| decision.sequence == about);
    let notes = notes.into_iter().filter(|row| is_about(row.about)).map(|row| FoundNote {
        sequence: row.link.sequence,
        time: row.link.time,
        about: row.about,
        body: row.body,
    });
    let notes = notes.collect();
    Ok(FoundDecisions { decisions, notes, known })
}

fn decision_at(source: &mut dyn StoreReader, sequence: u64) -> Result<FoundDecision, VerifyError> {
    let before = if sequence == 1 { Some(Hash::ZERO) } else { source.hash_at(sequence - 1)? };
    let before = before.ok_or_else(|| broken(sequence - 1, RowFault::Missing))?;
    let mut walk = ChainWalk::from(sequence, before, source.forgettings()?, source.cord()?);
    let mut found = Err(broken(sequence, RowFault::Missing));
    source.decisions(sequence..=sequence, &mut |at, row| {
        found = walk.decision(at, row);
        ControlFlow::Break(())
    })?;
    found.map(|row| FoundDecision {
        sequence: row.link.sequence,
        time: row.link.time,
        request_id: row.fields.request_id,
        score: row.fields.score,
        decision: row.fields.decision,
    })
}
