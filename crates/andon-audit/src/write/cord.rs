//! The cord: stops whatever service writes a trail, and clears the stop. Both are rows of the chain.

use crate::error::{StoreError, TrailError};
use crate::location::Location;
use crate::record::cord::{CordAct, TrailStop, check_text, stops_in_force};
use crate::record::entry::Receipt;
use crate::store::open::{open_beside, open_source};
use crate::write::writer::{ChainWriter, CordPull};

/// The stops in force on a trail, in order; empty if the service may decide. Blocks.
///
/// # Errors
/// [`StoreError`] when the trail cannot be read.
pub fn stops(location: impl Into<Location>) -> Result<Vec<TrailStop>, StoreError> {
    Ok(stops_in_force(open_source(&location.into())?.cord()?))
}

/// The time of the last clear; none if no stop was ever cleared. Blocks.
///
/// # Errors
/// [`StoreError`] when the trail cannot be read.
pub fn last_clear(location: impl Into<Location>) -> Result<Option<String>, StoreError> {
    let cord = open_source(&location.into())?.cord()?;
    Ok(cord.into_iter().rfind(|row| row.act == CordAct::Clear).map(|row| row.link.time))
}

/// Stops every service that writes a trail, in this process or another, here or on another host. No decision is
/// recorded behind the stop. Blocks.
///
/// # Errors
/// [`TrailError`]; the service then decides on.
pub fn stop(location: impl Into<Location>, by: &str, why: &str) -> Result<Receipt, TrailError> {
    pull(location.into(), CordPull { act: CordAct::Stop, by: by.to_owned(), why: why.to_owned(), last: 0 })
}

/// Clears the stops of a trail. `last` is the place of the last stop that the person knows of, so that nobody clears a
/// stop unseen. Blocks.
///
/// # Errors
/// [`TrailError::OtherStop`] if another stop is the last one; otherwise as [`stop()`].
pub fn clear(location: impl Into<Location>, last: u64, by: &str, why: &str) -> Result<Receipt, TrailError> {
    pull(location.into(), CordPull { act: CordAct::Clear, by: by.to_owned(), why: why.to_owned(), last })
}

fn pull(location: Location, pull: CordPull) -> Result<Receipt, TrailError> {
    pull.check()?;
    // A trail must be there already: the cord begins none.
    open_source(&location)?;
    let mut writer = match ChainWriter::open(location.clone()) {
        Err(StoreError::Locked(_)) => ChainWriter::beside(location.clone(), open_beside(&location)?)?,
        opened => opened?,
    };
    writer.pull(pull)?.ok_or(TrailError::OtherStop)
}

impl CordPull {
    pub(crate) fn check(&self) -> Result<(), TrailError> {
        check_text("by", &self.by)?;
        check_text("why", &self.why)
    }
}
