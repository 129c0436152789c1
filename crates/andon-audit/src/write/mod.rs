//! Writing: the trail that takes entries, the writer that chains them, and forgetting.

pub(crate) mod cord;
pub(crate) mod forget;
pub(crate) mod note;
mod queue;
pub(crate) mod trail;
pub(crate) mod writer;
