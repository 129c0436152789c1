//! The tally of a part of the data, as a file: counted where the rows are, added up elsewhere, in any order.
//!
//! A part can be a partition of a cluster, a file of a folder, or the answer of a database. [`counts`] holds its counts
//! and what they are counts of, [`file`](mod@file) writes them down under a digest,
//! [`adding`] puts parts together and refuses what does not belong together, [`files`] reads them, [`rows`] counts rows
//! with a model, [`released`] is what a table of scored rows is asked by one, and [`judged`] makes the tally that is
//! judged.

pub mod adding;
pub mod counts;
pub mod file;
pub mod files;
pub mod judged;
pub mod released;
pub mod rows;
#[cfg(test)]
mod tests;
