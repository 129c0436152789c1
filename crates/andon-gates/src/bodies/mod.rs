//! The bodies by gate id, one file for each family.

mod accuracy;
mod card;
mod contract;
mod drift;
mod explanation;
mod fairness;
mod latency;
mod reproducibility;
mod robustness;
mod serving;

use andon::families::probe::Probe;
use andon::gate::Gate;
use andon::judge::NotMeasured;
use andon::policy::GateId;
use andon::{Measured, Record};
use andon_program::Program;

/// The surroundings of the gates: what a gate may use beside the release.
pub(crate) struct Surroundings<R: 'static> {
    /// The program of the release.
    pub(crate) program: &'static Program<R>,
    /// The path of the built program.
    pub(crate) executable: &'static str,
}

/// The body of a gate, which gets the subject of the gate's id; an empty one if the id has none.
pub(crate) type Body<R> = fn(&mut Gate<'_, R>, &Surroundings<R>, &str) -> Measured;

/// The body that measures a gate; `None` if the harness has none for the id.
pub(crate) fn find_body<R: Record>(id: &GateId) -> Option<Body<R>> {
    match (id.family(), id.question()) {
        ("fairness", ("proxy", Some(_))) => Some(fairness::proxy),
        ("robustness", ("direction", Some(_))) => Some(robustness::direction),
        (_, (_, Some(_))) => None,
        ("accuracy", (question, None)) => accuracy::find_body(question),
        ("card", ("approved", None)) => Some(card::approved),
        ("contract", (question, None)) => contract::find_body(question),
        ("drift", (question, None)) => drift::find_body(question),
        ("explanation", (question, None)) => explanation::find_body(question),
        ("latency", (question, None)) => latency::find_body(question),
        ("reproducibility", (question, None)) => reproducibility::find_body(question),
        ("robustness", (question, None)) => robustness::find_body(question),
        ("serving", (question, None)) => serving::find_body(question),
        _ => None,
    }
}

/// Small forests by the learner of the release, which show how well some columns predict another.
fn probe<R: Record>(gate: &mut Gate<'_, R>) -> Result<Probe, NotMeasured> {
    let release = gate.release();
    Ok(Probe::new(release.policy(), &gate.judged()?.frame, release.grow()))
}

/// Turns any error into the finding that nothing could be measured.
fn not_measured(error: impl std::fmt::Display) -> NotMeasured {
    NotMeasured(error.to_string())
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
