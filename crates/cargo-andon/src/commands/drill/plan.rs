//! The faults that are planted, in their order.

use anyhow::{Result, ensure};

use super::faults::{FAULTS, Fault, IN_CODE, When};
use super::patches::{Patch, SWITCH, replace_once};
use super::replica::Planted;

/// One fault to plant.
pub(crate) struct Drill {
    /// Its name: the thing that is wrong.
    pub(crate) name: String,
    /// Gates and objections, or their beginnings, of which at least one must not be green; empty where packaging must
    /// refuse.
    pub(crate) gates: Vec<String>,
    /// The time at which it is planted.
    pub(crate) when: When,
    source: Source,
}

/// The change that is planted.
enum Source {
    Known(&'static Fault),
    Patch(Patch),
}

impl Drill {
    /// Breaks the copy, unless the fault is in there already and is switched on.
    ///
    /// # Errors
    /// If that changes nothing, or a file cannot be written.
    pub(crate) fn plant(&self, planted: &Planted<'_>) -> Result<()> {
        match &self.source {
            Source::Known(fault) => (fault.plant)(planted),
            Source::Patch(patch) if patch.is_switched() => Ok(()),
            Source::Patch(patch) => {
                planted.rewrite(&patch.file, |text| replace_once(&patch.file, text, &patch.sound, &patch.broken()))
            }
        }
    }

    /// A variable that is set while the gates run.
    pub(crate) fn environment(&self) -> Option<(&str, &str)> {
        match &self.source {
            Source::Known(fault) => fault.environment,
            Source::Patch(patch) => patch.is_switched().then_some((SWITCH, &self.name)),
        }
    }
}

impl From<&'static Fault> for Drill {
    fn from(fault: &'static Fault) -> Self {
        let gates = fault.gates.iter().map(|gate| (*gate).to_owned()).collect();
        Self { name: fault.name.to_owned(), gates, when: fault.when, source: Source::Known(fault) }
    }
}

impl From<&Patch> for Drill {
    fn from(patch: &Patch) -> Self {
        let (name, gates) = (patch.name.clone(), patch.gates.clone());
        Self { name, gates, when: When::BeforeTheGates, source: Source::Patch(patch.clone()) }
    }
}

/// The faults whose names contain `filter`; those for which cargo compiles anew come last.
///
/// # Errors
/// If there is none.
pub(crate) fn matching(patches: &[Patch], filter: &str) -> Result<Vec<Drill>> {
    let known = FAULTS.iter().map(Drill::from).chain(patches.iter().map(Drill::from));
    let all: Vec<Drill> = known.chain(IN_CODE.iter().map(Drill::from)).collect();
    let names = all.iter().map(|drill| drill.name.as_str()).collect::<Vec<_>>().join(", ");
    let drills: Vec<Drill> = all.into_iter().filter(|drill| drill.name.contains(filter)).collect();
    ensure!(!drills.is_empty(), "no drill is called `{filter}` (drills: {names})");
    Ok(drills)
}
