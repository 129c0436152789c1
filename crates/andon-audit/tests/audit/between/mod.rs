//! Rows between the decisions.

pub(crate) mod cord; // stops and clears
pub(crate) mod notes; // what came after a decision
