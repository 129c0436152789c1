//! The family `contract`: rows, ids, columns, directions, the favourable answer, leakage, the age of the data, and the
//! contract of the previous release.

pub mod columns;
pub mod compatible;
pub mod directions;
pub mod favourable;
pub mod freshness;
pub mod identity;
mod label_questions;
pub mod leakage;
pub mod rows;
pub mod sentinels;
mod triples;
pub mod unjudged_columns;
pub mod value_leakage;
