//! The family `policy`: has a person decided what a program proposed?

use andon::families::policy;
use andon::gate::Gate;
use andon::{Measured, Record};

use crate::body::Surroundings;

/// No line of the policy or of the sources is marked as a proposal.
pub(super) fn reviewed<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    policy::reviewed(gate.release().root())
}
