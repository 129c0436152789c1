//! The bodies of the gates: for each gate that the harness knows, the measurement that answers it, for any release.
//!
//! A release names its gates as ordinary tests, so that they can be listed, filtered and read like a table of contents.
//! Each test is one line that hands its own name to [`Gates::judge`]:
//!
//! ```ignore
//! // tests/gate/main.rs
//! static GATES: Gates<LoanApplication> =
//!     Gates::new(&loan_approval::PROGRAM, env!("CARGO_MANIFEST_DIR"), env!("CARGO_BIN_EXE_loan-approval"));
//!
//! fn gate(id: &str) -> Gate {
//!     GATES.judge(id)
//! }
//!
//! // tests/gate/fairness.rs
//! mod disparate_impact {
//!     use crate::{Gate, gate, gate_id};
//!
//!     #[test] fn sex() -> Gate { gate(&gate_id!()) }
//! }
//! ```
//!
//! A gate of a team's own measures in its test: `GATES.release()?.gate(&gate_id!(), |gate| ...)`. Its id must be none
//! that the harness knows, because only this crate records evidence under those.

mod bodies;
mod body;
mod gates;
mod progress;
mod table_of_contents;

pub use crate::gates::{Gate, Gates};
