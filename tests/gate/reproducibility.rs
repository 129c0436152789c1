//! Do the same inputs give the same model, and the same package?

use crate::{Gate, gate, gate_id};

/// Another process, on another number of threads, comes to the same model and the same scores.
#[test] fn model_digest() -> Gate { gate(&gate_id!()) }
/// Another process writes the same card, and a model that is read from its bytes is written to the same bytes.
#[test] fn package() -> Gate { gate(&gate_id!()) }
