//! A body of a gate, and what it may use.

use std::process::Command;
use std::sync::OnceLock;

use andon::families::reproducibility::{Remade, remade};
use andon::gate::Gate;
use andon::judge::NotMeasured;
use andon::{Measured, Record, Release};
use andon_program::Program;

/// The surroundings of the gates: what a gate may use beside the release.
pub(crate) struct Surroundings<R: 'static> {
    /// The program of the release.
    pub(crate) program: &'static Program<R>,
    /// The path of the built program.
    pub(crate) executable: &'static str,
    /// What another process came to, once somebody has asked it.
    pub(crate) remade: &'static OnceLock<Result<Remade, NotMeasured>>,
}

impl<R: Record> Surroundings<R> {
    /// What another process comes to that makes everything again: model, scores and card. It is asked once, by the
    /// first who comes; the others wait.
    pub(crate) fn remade(&self, release: &Release<R>) -> Result<&'static Remade, NotMeasured> {
        let ask = || {
            let mut training = Command::new(self.executable);
            training.args(["train", "--card", "--threads", "3", "--release"]).arg(release.root());
            remade(release, &mut training)
        };
        self.remade.get_or_init(ask).as_ref().map_err(NotMeasured::clone)
    }
}

/// The body of a gate, which gets the subject of the gate's id; an empty one if the id has none.
pub(crate) type Body<R> = fn(&mut Gate<'_, R>, &Surroundings<R>, &str) -> Measured;

/// Turns any error into the finding that nothing could be measured.
pub(crate) fn not_measured(error: impl std::fmt::Display) -> NotMeasured {
    NotMeasured(error.to_string())
}
