//! Forgetting persons: on demand, and when the time of retention is over.

use jiff::Timestamp;

use crate::error::TrailError;
use crate::location::Location;
use crate::record::forgetting::{Erasure, Selection, check_reason};
use crate::store::open::open_source;
use crate::write::writer::ChainWriter;

/// Forgets in a trail. A file must not be open in a service, whose own [`crate::Trail::forget`] does it then. Blocks.
///
/// # Errors
/// [`TrailError::NotRecorded`] around [`crate::StoreError::Locked`] while a service writes the file; otherwise as
/// [`crate::Trail::forget`].
pub fn forget(location: impl Into<Location>, whose: &Selection, reason: &str) -> Result<Option<Erasure>, TrailError> {
    check_reason(reason)?;
    let location = location.into();
    // A trail must be there already: forgetting begins none.
    open_source(&location)?;
    let mut writer = ChainWriter::open(location)?;
    let mut all = None;
    let mut after = 0;
    while let Some(step) = writer.forget(whose, after, reason)? {
        after = step.last;
        all = Erasure::add(all, step.forgotten);
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
) -> Result<Option<Erasure>, TrailError> {
    forget(location, &Selection::Before(time), reason)
}
