//! Overrides: the reasons for which a person may decide otherwise than the model, and the bars of the monitor.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judge::{Bar, Threshold};
use crate::policy::error::KeyProblem;
use crate::policy::gate_id::GateId;
use crate::policy::reason::stated;

/// The gates that only the monitor asks, by family; true if the gate compares groups.
const QUESTIONS: [(&str, &str, bool); 4] = [
    ("fairness", "overrides", true),
    ("fairness", "overrides_to_approval", true),
    ("fairness", "overrides_to_denial", true),
    ("serving", "overrides", false),
];

/// The reasons for which a person may decide otherwise than the model; `[override]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideRule {
    /// The reason in words, by its code.
    pub reasons: BTreeMap<String, String>,
}

impl OverrideRule {
    pub(crate) fn check(&self) -> Result<(), KeyProblem> {
        if self.reasons.is_empty() {
            return Err(("override.reasons".to_owned(), "lists no reason, so nobody could give one".to_owned()));
        }
        for (code, reason) in &self.reasons {
            let key = format!("override.reasons.{code}");
            if !is_code(code) {
                return Err((key, "is no code: 1 to 40 of A-Z, a-z, 0-9, `_` and `-`".to_owned()));
            }
            stated(&key, reason)?;
        }
        Ok(())
    }
}

fn is_code(code: &str) -> bool {
    (1..=40).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// Refuses a bar of the monitor for what no trail can answer, and one that nothing can miss.
pub(crate) fn check_monitored((id, bar): &(GateId, Bar)) -> Result<(), KeyProblem> {
    let problem = |text: String| Err((format!("monitor.\"{id}\""), text));
    let (question, subject) = id.question();
    let is_known = |(family, asked, of_groups): &(&str, &str, bool)| {
        (*family, *asked, *of_groups) == (id.family(), question, subject.is_some())
    };
    if !QUESTIONS.iter().any(is_known) {
        let known = QUESTIONS.map(|(family, question, of_groups)| {
            format!("{family}.{question}{}", if of_groups { ".ATTRIBUTE" } else { "" })
        });
        return problem(format!("is no gate of the monitor alone; these are: {}", known.join(", ")));
    }
    match bar.threshold {
        Threshold::Max(max) if (0.0..1.0).contains(&max) => Ok(()),
        _ => problem("needs a `max` from 0 to below 1: it is a share, and lower is better".to_owned()),
    }
}
