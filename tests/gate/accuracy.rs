//! Is the model right often enough, better than simpler means, and right everywhere?

use crate::{Gate, gate, gate_id};

#[test] fn accuracy() -> Gate { gate(&gate_id!()) }
#[test] fn auc() -> Gate { gate(&gate_id!()) }
/// Twice the AUC, less one.
#[test] fn gini() -> Gate { gate(&gate_id!()) }
/// Greatest distance between the distributions of the scores of approved and of denied applications.
#[test] fn ks() -> Gate { gate(&gate_id!()) }
/// Accuracy with equal weight for both labels.
#[test] fn balanced_accuracy() -> Gate { gate(&gate_id!()) }
#[test] fn brier_skill() -> Gate { gate(&gate_id!()) }
/// Accuracy beyond always giving the more frequent answer.
#[test] fn over_majority() -> Gate { gate(&gate_id!()) }
/// AUC beyond that of the best single feature.
#[test] fn over_single_feature() -> Gate { gate(&gate_id!()) }
/// AUC on the rows of the training minus AUC on unseen rows.
#[test] fn overfit_gap() -> Gate { gate(&gate_id!()) }
/// The worst slice that a search over one and two features finds.
#[test] fn weak_slice() -> Gate { gate(&gate_id!()) }
/// Each failure of the past gets the answer that it must get.
#[test] fn golden() -> Gate { gate(&gate_id!()) }
