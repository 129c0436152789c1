//! Is the model that is judged the one that was trained?

use crate::{Gate, gate, gate_id};

#[test] fn parity() -> Gate { gate(&gate_id!()) }
