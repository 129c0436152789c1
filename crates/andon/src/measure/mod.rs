//! Counts: the tally of scores, labels and groups that every threshold metric is computed from.

pub mod asked_rows;
pub mod bands;
pub(crate) mod coarse_scores;
pub mod counterexamples;
pub(crate) mod measured_once;
pub(crate) mod probes;
pub(crate) mod resampled;
pub mod sample;
pub mod served;
pub(crate) mod spread;
pub mod subject;
pub mod table;
pub mod tally;
