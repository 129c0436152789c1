//! Does 0.8 mean 8 in 10?

use crate::{Gate, release};
use andon::gate_id;

#[test]
fn expected_calibration_error() -> Gate {
    release().statistic(&gate_id!())
}

/// Are the scores as certain as they claim?
#[test]
fn slope() -> Gate {
    release().statistic(&gate_id!())
}
