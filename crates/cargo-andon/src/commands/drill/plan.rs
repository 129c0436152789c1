//! The faults that are planted, in their order.

use andon_evidence::policy::{FAMILIES, Policy};
use anyhow::{Result, ensure};

use super::clean::Clean;
use super::code_faults::IN_CODE;
use super::data_faults::DATA_FAULTS;
use super::fault::{Fault, VICTIM, When};
use super::faults::FAULTS;
use super::not_here::NotHere;
use super::patches::{Patch, SWITCH, replace_once};
use super::policy_faults::POLICY_FAULTS;
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

    /// False for a fault of the harness if the policy has none of the gates that must see it. A fault that the release
    /// describes itself is always asked about.
    fn is_asked(&self, policy: &Policy) -> bool {
        let is_there = |name: &String| !is_gate(name) || policy.gates.keys().any(|id| id.as_str().starts_with(name));
        matches!(self.source, Source::Patch(_)) || self.gates.is_empty() || self.gates.iter().any(is_there)
    }

    /// Names the gate that is tampered with among those that must see the fault.
    pub(crate) fn tampering_with(mut self, victim: Option<&str>) -> Self {
        let known = self.gates.iter_mut().filter(|gate| *gate == VICTIM);
        known.zip(victim).for_each(|(gate, victim)| victim.clone_into(gate));
        self
    }

    /// Says why a fault cannot show in a release that is as it is without one.
    ///
    /// # Errors
    /// [`NotHere`] if none of its gates is green, or if it spoils a file for packaging and packaging refuses anyway.
    pub(crate) fn can_show(&self, clean: &Clean) -> Result<()> {
        if self.gates.is_empty() && !clean.is_go {
            return Err(NotHere::because("nothing is packaged before the release is GO"));
        }
        if self.gates.is_empty() || self.gates.iter().any(|gate| !is_gate(gate) || clean.has_green(gate)) {
            return Ok(());
        }
        Err(NotHere::because(format!("not GO without a fault: {}", self.gates.join(", "))))
    }

    /// A variable that is set while the gates run.
    pub(crate) fn environment(&self) -> Option<(&str, &str)> {
        match &self.source {
            Source::Known(fault) => fault.environment,
            Source::Patch(patch) => patch.is_switched().then_some((SWITCH, &self.name)),
        }
    }
}

/// True for a gate or the beginning of its id; false for another objection of the decision, and for the victim.
fn is_gate(name: &str) -> bool {
    FAMILIES.iter().any(|family| name.split('.').next() == Some(family))
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

/// The faults whose names contain `filter`, and those among the known ones that the policy has no gate for; faults for
/// which cargo compiles anew come last.
///
/// # Errors
/// If there is none.
pub(crate) fn matching(policy: &Policy, patches: &[Patch], filter: &str) -> Result<(Vec<Drill>, Vec<Drill>)> {
    let known =
        FAULTS.iter().chain(DATA_FAULTS).chain(POLICY_FAULTS).map(Drill::from).chain(patches.iter().map(Drill::from));
    let all: Vec<Drill> = known.chain(IN_CODE.iter().map(Drill::from)).collect();
    let names = all.iter().map(|drill| drill.name.as_str()).collect::<Vec<_>>().join(", ");
    let drills = all.into_iter().filter(|drill| drill.name.contains(filter));
    let (drills, unasked): (Vec<_>, Vec<_>) = drills.partition(|drill| drill.is_asked(policy));
    ensure!(!drills.is_empty(), "no drill for the gates of this release is called `{filter}` (drills: {names})");
    Ok((drills, unasked))
}
