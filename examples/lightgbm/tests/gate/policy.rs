//! Has a person decided what a program proposed?

use crate::{Gate, gate, gate_id};

#[test] fn reviewed() -> Gate { gate(&gate_id!()) }
