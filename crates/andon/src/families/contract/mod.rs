//! The family `contract`: rows, columns and leakage.

pub mod columns;
pub mod favourable;
pub mod leakage;
pub mod rows;
