//! What must not change an answer, and what must not make it worse?

use crate::{Gate, release};
use andon::gate_id;

/// Another sex, race, age group, id or label changes no answer.
#[test]
fn protected_attributes() -> Gate {
    release().gate(&gate_id!(), |gate| andon::robustness::protected_attributes(gate.judged()?))
}

/// A better value never costs more than the policy allows.
mod direction {
    use crate::{Gate, release};
    use andon::gate_id;

    #[test]
    fn consumer_credit_score() -> Gate {
        release().gate(&gate_id!(), |gate| andon::robustness::direction(gate.judged()?, "consumer_credit_score"))
    }
}
