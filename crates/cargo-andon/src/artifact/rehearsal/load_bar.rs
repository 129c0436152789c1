//! The load that the policy states, and the bar that the built program must meet under it.

use andon_evidence::judge::{Bar, Verdict};
use andon_evidence::load::{LoadFigures, LoadRun};
use andon_evidence::policy::{GateId, Load, Policy};

use super::refused::RefusedProgram;

/// The load, and the bar that the program must meet under it.
pub(crate) struct ExpectedLoad {
    pub(super) load: Load,
    gate: GateId,
    bar: Bar,
    /// True if a waiver lets the bar be missed.
    is_waived: bool,
}

impl ExpectedLoad {
    /// The load of a policy, if it states one. Its waivers are in force: the decision was GO.
    pub(super) fn of(policy: &Policy) -> Option<Self> {
        let (load, gate, bar) = policy.load_gate()?;
        let is_waived = policy.waiver(gate).is_some();
        Some(Self { load: load.clone(), gate: gate.clone(), bar: bar.clone(), is_waived })
    }

    /// The figures of a run that meets the bar.
    ///
    /// # Errors
    /// [`RefusedProgram`] for too many failures, and for a bar that is missed.
    pub(super) fn judge(&self, run: &LoadRun) -> Result<LoadFigures, RefusedProgram> {
        let refused = |why: String| RefusedProgram::UnderLoad(format!("{}: {why}", self.gate));
        if !self.is_waived {
            run.check_failures(&self.load).map_err(|error| refused(error.to_string()))?;
        }
        let measured = run.measure().map_err(|error| refused(error.to_string()))?;
        let figures = run.figures(&self.load, &measured);
        let verdict = self.bar.judge(&measured);
        if verdict == Verdict::Go || self.is_waived {
            return Ok(figures);
        }
        Err(refused(format!("{figures}; the bar is {} ms", self.bar)))
    }
}
