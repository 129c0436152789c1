//! Do answers stay the same, or get no worse, if inputs change?

use crate::{Gate, gate, gate_id};

#[test] fn noise() -> Gate { gate(&gate_id!()) }
#[test] fn protected_attributes() -> Gate { gate(&gate_id!()) }
