//! Are groups treated alike, and do the features reveal them?

/// Lowest approval rate of the judged groups, divided by the highest.
mod disparate_impact {
    use andon::gate_id;

    use crate::{Gate, release};

    #[test]
    fn sex() -> Gate {
        release().statistic(&gate_id!())
    }

    #[test]
    fn race() -> Gate {
        release().statistic(&gate_id!())
    }

    #[test]
    fn age_group() -> Gate {
        release().statistic(&gate_id!())
    }

    /// Groups formed by two attributes.
    #[test]
    fn sex_and_age_group() -> Gate {
        release().statistic(&gate_id!())
    }

    /// Groups compared within bands of the credit history.
    #[test]
    fn race_given_consumer_credit_score() -> Gate {
        release().statistic(&gate_id!())
    }
}

/// Greatest difference between groups in the approval rate of applicants whom the lenders approved.
mod equal_opportunity_difference {
    use andon::gate_id;

    use crate::{Gate, release};

    #[test]
    fn sex() -> Gate {
        release().statistic(&gate_id!())
    }

    #[test]
    fn race() -> Gate {
        release().statistic(&gate_id!())
    }
}

/// Lowest share of the judged groups that gets an answer of the program, divided by the highest. The others are
/// referred to a person.
mod answered {
    use andon::gate_id;

    use crate::{Gate, release};

    #[test]
    fn sex() -> Gate {
        release().statistic(&gate_id!())
    }

    #[test]
    fn race() -> Gate {
        release().statistic(&gate_id!())
    }

    #[test]
    fn age_group() -> Gate {
        release().statistic(&gate_id!())
    }
}

/// AUC of the features for telling a group from the rest. Leaving an attribute out hides nothing from a model that can
/// guess it from the features.
mod proxy {
    use andon::gate_id;

    use crate::{Gate, probe, release};

    fn proxy(id: &str, attribute: &str) -> Gate {
        release().gate(id, |gate| {
            let judged = gate.judged()?;
            let fewest = judged.sample.minimum_group_rows;
            andon::families::fairness::proxy::proxy(&judged.frame, attribute, &probe(judged), fewest)
        })
    }

    #[test]
    fn sex() -> Gate {
        proxy(&gate_id!(), "sex")
    }

    #[test]
    fn race() -> Gate {
        proxy(&gate_id!(), "race")
    }

    #[test]
    fn age_group() -> Gate {
        proxy(&gate_id!(), "age_group")
    }
}
