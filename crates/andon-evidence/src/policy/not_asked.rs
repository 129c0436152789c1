//! Gates of the harness that have nothing to ask about in a release: it has no language model, or its rows have no id.

use std::collections::BTreeMap;

use crate::judge::Bar;
use crate::policy::error::KeyProblem;
use crate::policy::explanation::Explanation;
use crate::policy::gate_id::GateId;
use crate::policy::tables::Data;

/// A reason with the gates that it leaves without a question.
pub(super) type NotAsked = (&'static str, &'static [&'static str]);

/// Every such reason, and the gates that are not asked for it.
pub(super) fn not_asked(data: &Data, explanation: &Explanation) -> Vec<NotAsked> {
    let mut reasons: Vec<NotAsked> = Vec::new();
    if explanation.language_model.is_none() {
        reasons.push((
            "the policy names no language model",
            &[
                "explanation.fallback",
                "explanation.guard",
                "explanation.privacy",
                "serving.latency_beside_explanations",
            ],
        ));
    }
    if data.id.is_none() {
        reasons.push(("the policy names no id of a row", &["contract.unique_id"]));
    }
    reasons
}

/// Refuses a bar that has nothing to ask about.
pub(super) fn check_gates(
    data: &Data,
    explanation: &Explanation,
    gates: &BTreeMap<GateId, Bar>,
) -> Result<(), KeyProblem> {
    for (why, not_asked) in not_asked(data, explanation) {
        if let Some(gate) = gates.keys().find(|gate| not_asked.contains(&gate.as_str())) {
            let problem = format!("has nothing to ask about, since {why}: delete the bar and its test, or name it");
            return Err((format!("gate.\"{gate}\""), problem));
        }
    }
    Ok(())
}
