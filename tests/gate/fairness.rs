//! Are groups treated alike?

/// Lowest over highest approval rate of the judged groups.
mod disparate_impact {
    use crate::{Gate, release};
    use andon::gate_id;

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

    /// Intersectional groups.
    #[test]
    fn sex_and_age_group() -> Gate {
        release().statistic(&gate_id!())
    }

    /// Within bands of the credit history.
    #[test]
    fn race_given_consumer_credit_score() -> Gate {
        release().statistic(&gate_id!())
    }
}

/// Greatest difference between groups of the approval rate of applicants whom the lenders approved.
mod equal_opportunity_difference {
    use crate::{Gate, release};
    use andon::gate_id;

    #[test]
    fn sex() -> Gate {
        release().statistic(&gate_id!())
    }

    #[test]
    fn race() -> Gate {
        release().statistic(&gate_id!())
    }
}
