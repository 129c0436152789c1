//! The family `fairness` beyond its statistics: do the features reveal the groups, and what else could have shipped?

use andon::evidence::alternatives::{Alternatives, alternatives_path};
use andon::evidence::{files, layout};
use andon::families::fairness;
use andon::gate::Gate;
use andon::{Measured, Record};

use crate::body::{Surroundings, not_measured};

/// AUC of the features for telling a group of an attribute from the rest. Leaving an attribute out hides nothing from a
/// model that can guess it from the features.
pub(super) fn proxy<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, attribute: &str) -> Measured {
    fairness::proxy::proxy_of_drawn(gate.judged()?, attribute)
}

/// The less discriminatory alternatives that no reason answers for. They must be those of these data, this policy and
/// this model; the gate vouches for their file.
pub(super) fn alternatives<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    let judged = gate.judged()?;
    let release = gate.release();
    let path = alternatives_path(release.root());
    let found = Alternatives::read(release.root()).map_err(|error| gate.refuse(error))?;
    let found =
        found.ok_or_else(|| not_measured(format!("there is no {}\nnext: cargo andon search", path.display())))?;
    let (data, model) = (&judged.dataset.sha256, &judged.candidate.model_sha256);
    if let Some(stale) = found.objection(release.policy(), data, model) {
        return Err(gate.refuse(stale));
    }
    gate.vouch(layout::ALTERNATIVES, &files::read(&path).map_err(not_measured)?)?;
    fairness::alternatives::unanswered(release.policy(), &found)
}
