//! The content of a column: its kind, its missing words, its bounds, the order of its bands.

pub(crate) mod bands;
pub(crate) mod bounds;
pub(crate) mod dates;
pub(crate) mod missing;
pub(crate) mod names;
pub(crate) mod numbers;
pub(crate) mod seen;
