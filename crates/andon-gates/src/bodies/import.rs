//! The family `import`: is the model that is judged the one that was trained elsewhere?

use andon::families::import;
use andon::gate::Gate;
use andon::{Measured, Record};

use crate::body::Surroundings;

/// The library that trained the model answers as the model does here, on each row and on the threshold of each split.
pub(super) fn parity<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    import::parity(gate.release(), gate.judged()?)
}
