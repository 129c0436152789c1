//! Is the model right often enough, better than simpler means, and right everywhere?

use crate::{Gate, gate, gate_id};

#[test] fn auc() -> Gate { gate(&gate_id!()) }
#[test] fn balanced_accuracy() -> Gate { gate(&gate_id!()) }
#[test] fn brier_skill() -> Gate { gate(&gate_id!()) }
#[test] fn over_majority() -> Gate { gate(&gate_id!()) }
#[test] fn over_single_feature() -> Gate { gate(&gate_id!()) }
#[test] fn weak_slice() -> Gate { gate(&gate_id!()) }
