//! Are groups treated alike, and do the features reveal them?

use crate::{Gate, gate, gate_id};

/// Less discriminatory and about as accurate alternatives of the search that no reason answers for.
#[test] fn alternatives() -> Gate { gate(&gate_id!()) }

/// Lowest approval rate of the judged groups, divided by the highest.
mod disparate_impact {
    use crate::{Gate, gate, gate_id};

    #[test] fn sex() -> Gate { gate(&gate_id!()) }
    #[test] fn race() -> Gate { gate(&gate_id!()) }
    #[test] fn age_group() -> Gate { gate(&gate_id!()) }
    /// Groups formed by two attributes.
    #[test] fn sex_and_age_group() -> Gate { gate(&gate_id!()) }
    /// Groups compared within bands of the credit history.
    #[test] fn race_given_consumer_credit_score() -> Gate { gate(&gate_id!()) }
}

/// Greatest difference between groups in the approval rate of applicants whom the lenders approved.
mod equal_opportunity_difference {
    use crate::{Gate, gate, gate_id};

    #[test] fn sex() -> Gate { gate(&gate_id!()) }
    #[test] fn race() -> Gate { gate(&gate_id!()) }
}

/// Highest ratio of denial rates of two groups, divided by the same ratio in the lenders' decisions.
mod amplification {
    use crate::{Gate, gate, gate_id};

    #[test] fn race() -> Gate { gate(&gate_id!()) }
}

/// Highest odds of a denial of one group, divided by those of another.
mod denial_odds_ratio {
    use crate::{Gate, gate, gate_id};

    /// Groups compared within bands of the credit history.
    #[test] fn race_given_consumer_credit_score() -> Gate { gate(&gate_id!()) }
}

/// Greatest difference between the mean scores of two groups, in standard deviations.
mod score_difference {
    use crate::{Gate, gate, gate_id};

    #[test] fn race() -> Gate { gate(&gate_id!()) }
}

/// Lowest share of the judged groups that gets an answer of the program, divided by the highest. The others are
/// referred to a person.
mod answered {
    use crate::{Gate, gate, gate_id};

    #[test] fn sex() -> Gate { gate(&gate_id!()) }
    #[test] fn race() -> Gate { gate(&gate_id!()) }
    #[test] fn age_group() -> Gate { gate(&gate_id!()) }
}

/// AUC of the features for telling a group from the rest. Leaving an attribute out hides nothing from a model that can
/// guess it from the features.
mod proxy {
    use crate::{Gate, gate, gate_id};

    #[test] fn sex() -> Gate { gate(&gate_id!()) }
    #[test] fn race() -> Gate { gate(&gate_id!()) }
    #[test] fn age_group() -> Gate { gate(&gate_id!()) }
}
