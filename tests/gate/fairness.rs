//! Are groups treated alike?

/// Lowest over highest approval rate of the judged groups.
mod disparate_impact {
    use crate::{Gate, release};

    #[test]
    fn sex() -> Gate {
        release().statistic("fairness.disparate_impact.sex")
    }

    #[test]
    fn race() -> Gate {
        release().statistic("fairness.disparate_impact.race")
    }

    #[test]
    fn age_group() -> Gate {
        release().statistic("fairness.disparate_impact.age_group")
    }

    /// Intersectional groups.
    #[test]
    fn sex_and_age_group() -> Gate {
        release().statistic("fairness.disparate_impact.sex_and_age_group")
    }

    /// Within bands of the credit history.
    #[test]
    fn race_given_consumer_credit_score() -> Gate {
        release().statistic("fairness.disparate_impact.race_given_consumer_credit_score")
    }
}

/// Greatest difference between groups of the approval rate of applicants whom the lenders approved.
mod equal_opportunity_difference {
    use crate::{Gate, release};

    #[test]
    fn sex() -> Gate {
        release().statistic("fairness.equal_opportunity_difference.sex")
    }

    #[test]
    fn race() -> Gate {
        release().statistic("fairness.equal_opportunity_difference.race")
    }
}
