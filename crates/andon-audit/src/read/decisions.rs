//! Decisions as they are on record, one after the other: for whoever asks what was served.

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
    /// When it was recorded: UTC, RFC 3339 with six decimals.
    pub time: &'a str,
    /// Digest of what the model was released by.
    pub fingerprint: &'a str,
    /// The model's number; absent where a person is to decide.
    pub score: Option<f64>,
    /// The decision, in the policy's word.
    pub decision: &'a str,
    /// What was scored, as JSON; absent once it is forgotten.
    pub inputs: Option<&'a str>,
    /// Protected attributes, as JSON; absent where none were stated, and once they are forgotten.
    pub monitoring: Option<&'a str>,
}

/// Gives the decisions up to `head`, which [`crate::verify()`] found, to `each`, in order, and checks each of them once
/// more: what was given is what hashes to `head`, whatever was done to the trail since it was verified. Only what was forgotten since is believed to be gone, until the
/// trail is verified again. Blocks.
///
/// # Errors
/// [`VerifyError::Broken`] with the first row that is not as it was when it was verified: then what was given is nothing
/// to rest on.
pub fn read(
    location: impl Into<Location>,
    head: &Head,
    mut each: impl FnMut(RecordedDecision<'_>),
) -> Result<(), VerifyError> {
    let mut source = open_source(&location.into())?;
    let mut walk = ChainWalk::from(1, Hash::ZERO, source.forgettings()?);
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
            score: row.fields.score,
            decision: &row.fields.decision,
            inputs: text(&row.inputs),
            monitoring: text(&row.monitoring),
        });
        ControlFlow::Continue(())
    })?;
    result.and_then(|()| walk.end_at(head))
}

fn text(held: &StoredPersonal) -> Option<&str> {
    match held {
        StoredPersonal::Text(Personal { json, .. }) => Some(json),
        StoredPersonal::Nothing | StoredPersonal::Erased => None,
    }
}
