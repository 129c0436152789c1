//! The alternatives that are fairer and about as accurate, and that nobody gave a reason against.

use andon_evidence::alternatives::{Alternative, Alternatives, Disparity};
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::policy::Policy;

use crate::measure::sample::{MAX_NAMED_PARTS, Measured};

/// The number of less discriminatory alternatives that the policy's reason does not answer for; `n` is the number of
/// all alternatives. The parts name the first of them, each with its approval ratio, and then those that the reason
/// does answer for are not told: the policy lists them.
///
/// # Errors
/// Not measured if the alternatives do not hold what is needed, or the policy gives no reason for its choice.
pub fn unanswered(policy: &Policy, found: &Alternatives) -> Measured {
    let search = policy.search.as_ref().ok_or_else(|| NotMeasured("the policy has no [search]".to_owned()))?;
    let open = found.unanswered(search).map_err(NotMeasured)?;
    let part = |one: &&Alternative| {
        let value = |measure| one.judged.disparity(measure).map_or(0.0, |figure| figure.value);
        let ratios = Disparity::ALL.map(|measure| format!("{} {:.3}", measure.words(), value(measure)));
        Part { name: format!("{}: {}", one.recipe, ratios.join(", ")), value: 1.0, n: found.rows }
    };
    let parts = open.iter().take(MAX_NAMED_PARTS).map(part).collect();
    let count = open.len() as f64;
    Ok(Measurement::exact(count, Unit::Count, found.alternatives.len() as u64)?.with_parts(parts))
}
