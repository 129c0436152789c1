//! Reading a trail: verified, copied, one decision after the other, exported, or counted.

pub(crate) mod backup;
mod chunks;
pub(crate) mod decisions;
pub(crate) mod export;
pub(crate) mod fault;
pub(crate) mod find;
pub(crate) mod stats;
pub(crate) mod verify;
mod walk;
