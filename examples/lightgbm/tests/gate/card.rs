//! Has a person approved the model card?

use crate::{Gate, gate, gate_id};

#[test] fn approved() -> Gate { gate(&gate_id!()) }
