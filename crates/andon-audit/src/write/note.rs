//! Notes about decisions: recorded beside the process that writes the trail, or by it.

use crate::error::{StoreError, TrailError};
use crate::location::Location;
use crate::record::entry::Receipt;
use crate::record::note::{KnownNotes, Note};
use crate::store::open::{open_beside, open_source};
use crate::write::writer::ChainWriter;

/// The most notes of one call. They are one transaction, and a service waits behind it.
pub const MAX_NOTES: usize = 100_000;

/// Records notes in a trail, all of them or none, also while another process writes it. Blocks.
///
/// # Errors
/// [`TrailError::OtherNotes`] if somebody has added notes since the caller read them; otherwise the trail cannot be
/// written, and holds none of the notes.
pub fn note(
    location: impl Into<Location>,
    notes: Vec<Note>,
    known: Option<KnownNotes>,
) -> Result<Vec<Receipt>, TrailError> {
    check_notes(&notes)?;
    let location = location.into();
    // A trail must be there already: a note begins none.
    open_source(&location)?;
    let mut writer = match ChainWriter::open(location.clone()) {
        Err(StoreError::Locked(_)) => ChainWriter::beside(location.clone(), open_beside(&location)?)?,
        opened => opened?,
    };
    writer.note(notes, known)?.ok_or(TrailError::OtherNotes)
}

pub(crate) fn check_notes(notes: &[Note]) -> Result<(), TrailError> {
    if notes.len() > MAX_NOTES {
        return Err(TrailError::Invalid { field: "notes", problem: "are more than 100,000: record them in parts" });
    }
    notes.iter().try_for_each(Note::check)
}
