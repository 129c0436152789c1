//! Every key of `release.toml` with its type, default, valid values and meaning: the reference that adopters read.
//!
//! [`reference()`] renders it as `docs/policy.md`. Tests hold this table against the parser: every key that the parser
//! accepts is described here, every key here is accepted, and the examples together are a valid policy.

mod after;
mod data;
mod gates;
mod key;
mod model;
mod people;
mod reference;
mod tables;

pub use self::key::{NAME, PolicyKey, PolicyTable, Presence};
pub use self::reference::reference;
pub use self::tables::TABLES;
