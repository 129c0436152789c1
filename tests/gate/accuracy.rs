//! Is the model right often enough, and better than the base rate?

use crate::{Gate, release};
use andon::gate_id;

#[test]
fn accuracy() -> Gate {
    release().statistic(&gate_id!())
}

#[test]
fn auc() -> Gate {
    release().statistic(&gate_id!())
}

/// Both labels count the same.
#[test]
fn balanced_accuracy() -> Gate {
    release().statistic(&gate_id!())
}

#[test]
fn brier_skill() -> Gate {
    release().statistic(&gate_id!())
}
