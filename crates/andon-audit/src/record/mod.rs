//! A row of the trail: the entry that the service hands over, its encoding, and its place in the hash chain.

pub mod chain;
pub(crate) mod cord;
pub(crate) mod encode;
pub(crate) mod entry;
pub(crate) mod forgetting;
pub(crate) mod hash;
pub(crate) mod note;
pub(crate) mod ranges;
pub(crate) mod row;
