//! Do answers stay the same, or get no worse, if inputs change?

use crate::{Gate, gate, gate_id};

/// No answer changes with another sex, race, age group, id or label.
#[test] fn protected_attributes() -> Gate { gate(&gate_id!()) }
/// Few answers change if values have the usual errors of measuring and typing.
#[test] fn noise() -> Gate { gate(&gate_id!()) }
/// Most denials, and most approvals, stay what they are if the model is trained with another seed.
#[test] fn seeds() -> Gate { gate(&gate_id!()) }

/// A better value never lowers the probability by more than the policy allows; a gate for each direction in `[better]`.
mod direction {
    use crate::{Gate, gate, gate_id};

    #[test] fn consumer_credit_score() -> Gate { gate(&gate_id!()) }
    #[test] fn mortgage_credit_score() -> Gate { gate(&gate_id!()) }
    #[test] fn bankruptcy() -> Gate { gate(&gate_id!()) }
    #[test] fn delinquent_60_days() -> Gate { gate(&gate_id!()) }
    #[test] fn obligation_ratio() -> Gate { gate(&gate_id!()) }
    #[test] fn net_worth() -> Gate { gate(&gate_id!()) }
    #[test] fn monthly_income() -> Gate { gate(&gate_id!()) }
    #[test] fn coapplicant_income() -> Gate { gate(&gate_id!()) }
    #[test] fn housing_expense_ratio() -> Gate { gate(&gate_id!()) }
}
