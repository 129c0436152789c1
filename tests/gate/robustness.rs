//! What must not change an answer, and what must not make it worse?

use crate::{Gate, release};

/// Another sex, race, age group, id or label changes no answer.
#[test]
fn protected_attributes() -> Gate {
    release().gate("robustness.protected_attributes", |gate| andon::robustness::protected_attributes(gate.judged()?))
}

/// A better value never costs more than the policy allows.
mod direction {
    use crate::{Gate, release};

    #[test]
    fn consumer_credit_score() -> Gate {
        release().gate("robustness.direction.consumer_credit_score", |gate| {
            andon::robustness::direction(gate.judged()?, "consumer_credit_score")
        })
    }
}
