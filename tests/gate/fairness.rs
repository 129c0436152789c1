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
}
