//! The commands, one module each.

pub(crate) mod adopt;
pub(crate) mod card;
pub(crate) mod cord;
pub(crate) mod diff;
pub(crate) mod document;
pub(crate) mod drill;
pub(crate) mod from_data;
pub(crate) mod gates;
pub(crate) mod golden;
pub(crate) mod import;
pub(crate) mod import_model;
pub(crate) mod keygen;
pub(crate) mod release;
pub(crate) mod report;
pub(crate) mod search;
pub(crate) mod status;
pub(crate) mod verify;
