//! Are groups treated alike, and what gives them away?

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

/// How well the features tell a group from the rest: leaving an attribute out hides nothing from a model that can
/// guess it.
mod proxy {
    use crate::{Gate, probe, release};

    fn proxy(id: &str, attribute: &str) -> Gate {
        release().gate(id, |gate| {
            let judged = gate.judged()?;
            let fewest = judged.sample.minimum_group_rows;
            andon::proxy::proxy(&judged.frame, attribute, &probe(judged), fewest)
        })
    }

    #[test]
    fn sex() -> Gate {
        proxy("fairness.proxy.sex", "sex")
    }

    #[test]
    fn race() -> Gate {
        proxy("fairness.proxy.race", "race")
    }

    #[test]
    fn age_group() -> Gate {
        proxy("fairness.proxy.age_group", "age_group")
    }
}
