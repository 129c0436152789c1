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
}
