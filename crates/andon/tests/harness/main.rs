//! The harness on a second release that has nothing to do with the shipped one: parts from three sites, a category, a
//! flag, a text id and a column with missing values, and a learner of its own.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod categories;
mod challenger;
mod contract;
mod explanations;
mod families;
mod gates;
mod golden;
mod imported;
mod measurements;
mod part;
mod peers;
mod processes;
mod served;
mod tally;
mod unjudged;
