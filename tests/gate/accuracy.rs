//! Is the model right often enough, better than simpler means, and right everywhere?

use andon::families::accuracy::baseline;
use andon::families::accuracy::slices;
use andon::gate_id;

use crate::{Gate, probe, release};

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

/// Against always giving the more frequent answer.
#[test]
fn over_majority() -> Gate {
    release().gate(&gate_id!(), |gate| baseline::over_majority(gate.judged()?))
}

/// Against the best that one feature can do alone.
#[test]
fn over_single_feature() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let judged = gate.judged()?;
        baseline::over_single_feature(judged, &probe(judged))
    })
}

/// What the model knows by heart it will not know tomorrow.
#[test]
fn overfit_gap() -> Gate {
    release().gate(&gate_id!(), |gate| baseline::overfit_gap(gate.judged()?))
}

/// The worst that a search over slices of one and two features finds.
#[test]
fn weak_slice() -> Gate {
    release().gate(&gate_id!(), |gate| slices::weak_slice(gate.judged()?))
}
