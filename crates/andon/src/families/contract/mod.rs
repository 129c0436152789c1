//! The family `contract`: rows, columns, directions, the favourable answer and leakage.

pub mod columns;
pub mod directions;
pub mod favourable;
mod label_questions;
pub mod leakage;
pub mod rows;
pub mod sentinels;
mod triples;
pub mod unjudged_columns;
pub mod value_leakage;
