//! Do the same inputs give the same model, and the same package?

use crate::{Gate, gate, gate_id};

#[test] fn model_digest() -> Gate { gate(&gate_id!()) }
#[test] fn package() -> Gate { gate(&gate_id!()) }
