//! The family `robustness`: do answers stay the same, or get no worse, if inputs change?

use andon::families::robustness;
use andon::gate::Gate;
use andon::{Measured, Record};

use crate::body::{Body, Surroundings};

/// The bodies by question.
pub(super) fn find_body<R: Record>(question: &str) -> Option<Body<R>> {
    let body: Body<R> = match question {
        // No answer changes with another sex, race, age group, id or label.
        "protected_attributes" => |gate, _, _| robustness::protected_attributes(gate.judged()?),
        // Few answers change if values have the usual errors of measuring and typing.
        "noise" => |gate, _, _| robustness::noise(gate.judged()?),
        // Few answers change if a value is missing that may be.
        "missing" => |gate, _, _| robustness::missing(gate.judged()?),
        // Most answers of either kind stay the same if the model is trained with another seed.
        "seeds" => |gate, _, _| robustness::seeds(gate.judged()?),
        _ => return None,
    };
    Some(body)
}

/// A better value never lowers the probability by more than the policy allows.
pub(super) fn direction<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, feature: &str) -> Measured {
    robustness::direction(gate.judged()?, feature)
}
