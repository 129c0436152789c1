//! Scores judged without a model and without a project: rows of a file with a score and an outcome, the questions that
//! such rows can answer, and the judgement.

pub(crate) mod bars;
pub(crate) mod checked_rows;
pub(crate) mod counts;
pub(crate) mod judgement;
mod parquet;
pub(crate) mod reading;
pub(crate) mod rows;
pub(crate) mod sql;
#[cfg(test)]
mod tests;
pub(crate) mod text;
