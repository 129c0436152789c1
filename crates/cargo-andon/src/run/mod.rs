//! Child processes: cargo, and the gates under `cargo test`.

pub(crate) mod cargo;
pub(crate) mod gates;
