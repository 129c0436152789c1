//! The part of each column: the outcome, the id, the protected attributes, the features, and what is left out.

mod answers;
pub(crate) mod groups;
mod leakage;
pub(crate) mod outcome;
pub(crate) mod plan;
pub(crate) mod power;

pub use answers::Answers;
