//! Decisions as they are on record, one after the other: for whoever asks what was served.

pub(crate) mod export;
pub(crate) mod stats;
pub(crate) mod verify;

use std::ops::ControlFlow;

use crate::location::Location;
use crate::read::verify::{VerifyError, Walk};
use crate::record::chain::{Hash, Head};
use crate::record::row::{Held, Personal};

/// A decision on record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept<'a> {
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

/// Gives the decisions up to `head`, which [`crate::read::verify()`] found, to `each`, in order, and checks each of them once
/// more: what was given is what hashes to `head`, whatever was done to the trail since it was verified. Only what was forgotten since is believed to be gone, until the
/// trail is verified again. Blocks.
///
/// # Errors
/// [`VerifyError::Broken`] with the first row that is not as it was when it was verified: then what was given is nothing
/// to rest on.
pub fn read(location: impl Into<Location>, head: &Head, mut each: impl FnMut(Kept<'_>)) -> Result<(), VerifyError> {
    let mut source = location.into().source()?;
    let mut walk = Walk::from(1, Hash::ZERO, source.forgettings()?);
    let mut result = Ok(());
    source.decisions(1..=head.count, &mut |sequence, row| {
        let row = match walk.decision(sequence, row) {
            Ok(row) => row,
            Err(broken) => {
                result = Err(broken);
                return ControlFlow::Break(());
            }
        };
        each(Kept {
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

fn text(held: &Held) -> Option<&str> {
    match held {
        Held::Text(Personal { json, .. }) => Some(json),
        Held::Nothing | Held::Erased => None,
    }
}
