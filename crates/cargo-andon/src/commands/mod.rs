//! One module for each command that is more than a few lines.

pub(crate) mod adopt;
pub(crate) mod drill;
pub(crate) mod import;
pub(crate) mod release;
pub(crate) mod verify;
