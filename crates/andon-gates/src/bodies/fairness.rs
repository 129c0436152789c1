//! The family `fairness` beyond its statistics: do the features reveal the groups?

use andon::families::fairness;
use andon::gate::Gate;
use andon::{Measured, Record};

use crate::body::Surroundings;

/// AUC of the features for telling a group of an attribute from the rest. Leaving an attribute out hides nothing from a
/// model that can guess it from the features.
pub(super) fn proxy<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, attribute: &str) -> Measured {
    fairness::proxy::proxy_of_drawn(gate.judged()?, attribute)
}
