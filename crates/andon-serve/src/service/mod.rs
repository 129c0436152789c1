//! The state of a service, and the state that outlives one artifact.

pub(crate) mod idempotency;
pub(crate) mod lasting;
pub(crate) mod paths;
