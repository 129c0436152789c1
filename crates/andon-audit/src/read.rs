//! Decisions as they are on record, one after the other: for whoever asks what was served.

use std::ops::ControlFlow;

use crate::chain::Head;
use crate::error::StoreError;
use crate::location::Location;
use crate::row::{Held, Personal};

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

/// Gives the decisions up to `head` to `each`, in order. Blocks. Nothing is verified: see [`crate::verify()`], whose head
/// says up to where.
///
/// # Errors
/// [`StoreError`] when the trail cannot be read, or a row is none.
pub fn read(location: impl Into<Location>, head: &Head, mut each: impl FnMut(Kept<'_>)) -> Result<(), StoreError> {
    let location = location.into();
    let mut result = Ok(());
    location.source()?.decisions(1..=head.count, &mut |sequence, row| {
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                result = Err(StoreError::Unreadable { location: location.to_string(), sequence, problem });
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
    result
}

fn text(held: &Held) -> Option<&str> {
    match held {
        Held::Text(Personal { json, .. }) => Some(json),
        Held::Nothing | Held::Erased => None,
    }
}
