//! What must not change an answer, and what must not make it worse?

use crate::{Gate, release};

/// Another sex, race, age group, id or label changes no answer.
#[test]
fn protected_attributes() -> Gate {
    release().gate("robustness.protected_attributes", |gate| andon::robustness::protected_attributes(gate.judged()?))
}

/// Values off by as much as they may be when they are measured or typed flip few answers.
#[test]
fn noise() -> Gate {
    release().gate("robustness.noise", |gate| andon::robustness::noise(gate.judged()?))
}

/// A better value never costs more than the policy allows.
mod direction {
    use crate::{Gate, release};

    fn direction(id: &str, feature: &str) -> Gate {
        release().gate(id, |gate| andon::robustness::direction(gate.judged()?, feature))
    }

    #[test]
    fn consumer_credit_score() -> Gate {
        direction("robustness.direction.consumer_credit_score", "consumer_credit_score")
    }

    #[test]
    fn mortgage_credit_score() -> Gate {
        direction("robustness.direction.mortgage_credit_score", "mortgage_credit_score")
    }

    #[test]
    fn bankruptcy() -> Gate {
        direction("robustness.direction.bankruptcy", "bankruptcy")
    }

    #[test]
    fn delinquent_60_days() -> Gate {
        direction("robustness.direction.delinquent_60_days", "delinquent_60_days")
    }

    #[test]
    fn obligation_ratio() -> Gate {
        direction("robustness.direction.obligation_ratio", "obligation_ratio")
    }

    #[test]
    fn net_worth() -> Gate {
        direction("robustness.direction.net_worth", "net_worth")
    }
}
