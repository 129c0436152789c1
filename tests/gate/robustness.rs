//! Do answers stay the same, or get no worse, if inputs change?

use andon::gate_id;

use crate::{Gate, release};

/// No answer changes with another sex, race, age group, id or label.
#[test]
fn protected_attributes() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::robustness::protected_attributes(gate.judged()?))
}

/// Few answers change if values have the usual errors of measuring and typing.
#[test]
fn noise() -> Gate {
    release().gate(&gate_id!(), |gate| andon::families::robustness::noise(gate.judged()?))
}

/// A better value never lowers the probability by more than the policy allows; a gate for each direction in `[better]`.
mod direction {
    use andon::gate_id;

    use crate::{Gate, release};

    fn direction(id: &str, feature: &str) -> Gate {
        release().gate(id, |gate| andon::families::robustness::direction(gate.judged()?, feature))
    }

    #[test]
    fn consumer_credit_score() -> Gate {
        direction(&gate_id!(), "consumer_credit_score")
    }

    #[test]
    fn mortgage_credit_score() -> Gate {
        direction(&gate_id!(), "mortgage_credit_score")
    }

    #[test]
    fn bankruptcy() -> Gate {
        direction(&gate_id!(), "bankruptcy")
    }

    #[test]
    fn delinquent_60_days() -> Gate {
        direction(&gate_id!(), "delinquent_60_days")
    }

    #[test]
    fn obligation_ratio() -> Gate {
        direction(&gate_id!(), "obligation_ratio")
    }

    #[test]
    fn net_worth() -> Gate {
        direction(&gate_id!(), "net_worth")
    }

    #[test]
    fn monthly_income() -> Gate {
        direction(&gate_id!(), "monthly_income")
    }

    #[test]
    fn coapplicant_income() -> Gate {
        direction(&gate_id!(), "coapplicant_income")
    }

    #[test]
    fn housing_expense_ratio() -> Gate {
        direction(&gate_id!(), "housing_expense_ratio")
    }
}
