//! Does 0.8 mean 8 in 10?

use crate::{Gate, gate, gate_id};

#[test] fn expected_calibration_error() -> Gate { gate(&gate_id!()) }
