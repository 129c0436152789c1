//! Does 0.8 mean 8 in 10?

use andon::gate_id;

use crate::{Gate, release};

#[test]
fn expected_calibration_error() -> Gate {
    release().statistic(&gate_id!())
}

/// Are the scores as certain as they claim?
#[test]
fn slope() -> Gate {
    release().statistic(&gate_id!())
}
