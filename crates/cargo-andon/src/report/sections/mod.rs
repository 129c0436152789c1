//! The sections of the report, one module each.

pub(crate) mod alternatives;
pub(crate) mod attribution;
pub(crate) mod bands;
pub(crate) mod curves;
pub(crate) mod facts;
pub(crate) mod gates;
pub(crate) mod groups;
pub(crate) mod parts;
pub(crate) mod scores;
