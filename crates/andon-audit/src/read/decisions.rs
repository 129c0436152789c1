//! Decisions as they are on record, one after the other.

use std::ops::ControlFlow;

use crate::location::Location;
use crate::read::fault::VerifyError;
use crate::read::walk::ChainWalk;
use crate::record::chain::Head;
use crate::record::hash::Hash;
use crate::record::row::{Personal, StoredPersonal};
use crate::store::open::open_source;

/// A decision on record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordedDecision<'a> {
    /// Place in the trail.
    pub sequence: u64,
    /// The time of recording: UTC, RFC 3339 with six decimals.
    pub time: &'a str,
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

/// Gives the decisions up to `head` to `each`, in order. `head` is the end that [`crate::verify()`] found. Every row is
/// checked once more, so the rows given are those that hash to `head`, even if the trail was changed since. Rows that
/// were forgotten since are taken for gone until the trail is verified again. Blocks.
///
/// # Errors
/// [`VerifyError::Broken`] with the first row that changed since the trail was verified. Then the rows given before it
/// must not be used either.
pub fn read(
    location: impl Into<Location>,
    head: &Head,
    mut each: impl FnMut(RecordedDecision<'_>),
) -> Result<(), VerifyError> {
    let mut source = open_source(&location.into())?;
    let mut walk = ChainWalk::from(1, Hash::ZERO, source.forgettings()?, source.cord()?);
    let mut result = Ok(());
    source.decisions(1..=head.count, &mut |sequence, row| {
        let row = match walk.decision(sequence, row) {
            Ok(row) => row,
            Err(broken) => {
                result = Err(broken);
                return ControlFlow::Break(());
            }
        };
        each(RecordedDecision {
            sequence: row.link.sequence,
            time: &row.link.time,
            fingerprint: &row.fields.fingerprint,
            model_sha256: row.fields.model_sha256.as_deref(),
            score: row.fields.score,
            decision: &row.fields.decision,
            inputs: stored_text(&row.inputs),
            monitoring: stored_text(&row.monitoring),
        });
        ControlFlow::Continue(())
    })?;
    result.and_then(|()| walk.end_at(head))
}

fn stored_text(held: &StoredPersonal) -> Option<&str> {
    match held {
        StoredPersonal::Text(Personal { json, .. }) => Some(json),
        StoredPersonal::Nothing | StoredPersonal::Erased => None,
    }
}
