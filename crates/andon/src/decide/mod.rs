//! Decisions on single records: the reply with its reasons, and the smallest change that would alter it.

pub mod answers;
pub(crate) mod counterfactual;
pub mod decider;
pub mod reply;
