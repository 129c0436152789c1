//! Is the model right often enough, and better than the base rate?

use crate::{Gate, release};

#[test]
fn accuracy() -> Gate {
    release().statistic("accuracy.accuracy")
}

#[test]
fn auc() -> Gate {
    release().statistic("accuracy.auc")
}

/// Both labels count the same.
#[test]
fn balanced_accuracy() -> Gate {
    release().statistic("accuracy.balanced_accuracy")
}

#[test]
fn brier_skill() -> Gate {
    release().statistic("accuracy.brier_skill")
}
