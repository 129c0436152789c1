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

/// Accuracy with equal weight for both labels.
#[test]
fn balanced_accuracy() -> Gate {
    release().statistic(&gate_id!())
}

#[test]
fn brier_skill() -> Gate {
    release().statistic(&gate_id!())
}

/// Accuracy beyond always giving the more frequent answer.
#[test]
fn over_majority() -> Gate {
    release().gate(&gate_id!(), |gate| baseline::over_majority(gate.judged()?))
}

/// AUC beyond that of the best single feature.
#[test]
fn over_single_feature() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let judged = gate.judged()?;
        baseline::over_single_feature(judged, &probe(judged))
    })
}

/// AUC on the rows of the training minus AUC on unseen rows: a model that memorises rows fails on new ones.
#[test]
fn overfit_gap() -> Gate {
    release().gate(&gate_id!(), |gate| baseline::overfit_gap(gate.judged()?))
}

/// The worst slice that a search over one and two features finds.
#[test]
fn weak_slice() -> Gate {
    release().gate(&gate_id!(), |gate| slices::weak_slice(gate.judged()?))
}
