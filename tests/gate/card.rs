//! Has a person approved the model card?

use crate::{Gate, gate, gate_id};

/// The card equals the approved one, line by line. A person approves a change with `cargo insta review`.
#[test] fn approved() -> Gate { gate(&gate_id!()) }
