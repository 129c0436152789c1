//! How long does one decision take?

use crate::{Gate, gate, gate_id};

#[test] fn decision() -> Gate { gate(&gate_id!()) }
#[test] fn relative() -> Gate { gate(&gate_id!()) }
