//! A body of a gate, and what it may use.

use andon::Measured;
use andon::gate::Gate;
use andon::judge::NotMeasured;
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

/// Turns any error into the finding that nothing could be measured.
pub(crate) fn not_measured(error: impl std::fmt::Display) -> NotMeasured {
    NotMeasured(error.to_string())
}
