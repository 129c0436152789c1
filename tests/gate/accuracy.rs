//! Is the model right often enough, better than simpler means, and right everywhere?

use andon::{baseline, slices};

use crate::{Gate, probe, release};

#[test]
fn accuracy() -> Gate {
    release().statistic("accuracy.accuracy")
}

#[test]
fn auc() -> Gate {
    release().statistic("accuracy.auc")
}

#[test]
fn brier_skill() -> Gate {
    release().statistic("accuracy.brier_skill")
}

/// Against always giving the more frequent answer.
#[test]
fn over_majority() -> Gate {
    release().gate("accuracy.over_majority", |gate| baseline::over_majority(gate.judged()?))
}

/// Against the best that one feature can do alone.
#[test]
fn over_single_feature() -> Gate {
    release().gate("accuracy.over_single_feature", |gate| {
        let judged = gate.judged()?;
        baseline::over_single_feature(judged, &probe(judged))
    })
}

/// What the model knows by heart it will not know tomorrow.
#[test]
fn overfit_gap() -> Gate {
    release().gate("accuracy.overfit_gap", |gate| baseline::overfit_gap(gate.judged()?))
}

/// The worst that a search over slices of one and two features finds.
#[test]
fn weak_slice() -> Gate {
    release().gate("accuracy.weak_slice", |gate| slices::weak_slice(gate.judged()?))
}
