//! The bodies by gate id, one file for each family.

mod accuracy;
mod card;
mod contract;
mod drift;
mod explanation;
mod fairness;
mod import;
mod latency;
mod policy;
mod reproducibility;
mod robustness;
mod serving;

use andon::Record;
use andon::policy::GateId;

pub(crate) use self::reproducibility::begin_other_process;
use crate::body::Body;

/// The body that measures a gate; `None` if the harness has none for the id.
pub(crate) fn find_body<R: Record>(id: &GateId) -> Option<Body<R>> {
    match (id.family(), id.question()) {
        ("fairness", ("alternatives", None)) => Some(fairness::alternatives),
        ("fairness", ("proxy", Some(_))) => Some(fairness::proxy),
        ("robustness", ("direction", Some(_))) => Some(robustness::direction),
        (_, (_, Some(_))) => None,
        ("accuracy", (question, None)) => accuracy::find_body(question),
        ("card", ("approved", None)) => Some(card::approved),
        ("contract", (question, None)) => contract::find_body(question),
        ("drift", (question, None)) => drift::find_body(question),
        ("explanation", (question, None)) => explanation::find_body(question),
        ("import", ("parity", None)) => Some(import::parity),
        ("latency", (question, None)) => latency::find_body(question),
        ("policy", ("reviewed", None)) => Some(policy::reviewed),
        ("reproducibility", (question, None)) => reproducibility::find_body(question),
        ("robustness", (question, None)) => robustness::find_body(question),
        ("serving", (question, None)) => serving::find_body(question),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use andon::policy::{FAMILIES, harness_questions};
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, garde::Validate, schemars::JsonSchema)]
    struct Part {
        #[garde(range(min = 0))]
        weight: u32,
    }

    /// Every question of the harness is a statistic or has a body here; every other name has neither.
    #[test]
    fn every_question_of_the_harness_has_a_measurement() {
        for family in FAMILIES {
            for question in harness_questions(family) {
                let ids = [format!("{family}.{question}"), format!("{family}.{question}.auc")];
                let is_known = |id: &String| {
                    let id = GateId::try_from(id.clone()).unwrap();
                    andon::families::names_statistic(&id) || find_body::<Part>(&id).is_some()
                };
                assert!(ids.iter().any(is_known), "{family}.{question}");
            }
            let unknown = GateId::try_from(format!("{family}.of_nothing")).unwrap();
            assert!(find_body::<Part>(&unknown).is_none(), "{unknown}");
        }
    }
}
