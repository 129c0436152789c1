//! Does 0.8 mean 8 in 10?

use crate::{Gate, gate, gate_id};

#[test] fn expected_calibration_error() -> Gate { gate(&gate_id!()) }
/// Are the scores as certain as they claim?
#[test] fn slope() -> Gate { gate(&gate_id!()) }
/// Greatest distance of a tenth of the rows between the approvals observed and expected.
#[test] fn worst_decile() -> Gate { gate(&gate_id!()) }
