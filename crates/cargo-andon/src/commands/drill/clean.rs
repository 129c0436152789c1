//! The copy without a fault: which gates are green, and can turn red.

use std::collections::BTreeSet;

use andon_evidence::decision::{Decision, GateState};
use andon_evidence::layout::LEDGER;

/// The decision on the copy without a fault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Clean {
    /// True if nothing objects.
    pub(crate) is_go: bool,
    /// The gates that are green.
    pub(crate) green: BTreeSet<String>,
    /// The gates that are not, each with the word for its state.
    pub(crate) red: Vec<String>,
    objections: BTreeSet<String>,
}

impl From<&Decision> for Clean {
    fn from(decision: &Decision) -> Self {
        let (green, red): (Vec<_>, Vec<_>) = decision.rows.iter().partition(|row| row.state == GateState::Go);
        Self {
            is_go: decision.outcome.is_go(),
            green: green.iter().map(|row| row.gate.to_string()).collect(),
            red: red.iter().map(|row| format!("{} {}", row.gate, row.state.word())).collect(),
            objections: objections(decision).collect(),
        }
    }
}

impl Clean {
    /// True if a gate whose id begins so is green.
    pub(crate) fn has_green(&self, beginning: &str) -> bool {
        self.green.iter().any(|gate| gate.starts_with(beginning))
    }

    /// What turned red since: gates that were green, and objections that were not there.
    pub(crate) fn turned_red(&self, decision: &Decision) -> Vec<String> {
        let red = decision.rows.iter().filter(|row| row.state != GateState::Go);
        let red = red.filter(|row| self.green.contains(row.gate.as_str()));
        let gates = red.map(|row| format!("{} {}", row.gate, row.state.word()));
        gates.chain(objections(decision).filter(|objection| !self.objections.contains(objection))).collect()
    }

    /// The result of the clean run, in a line.
    pub(crate) fn line(&self) -> String {
        if self.is_go {
            return "clean      no alarm".to_owned();
        }
        format!(
            "clean      NO-GO without a fault: {} of {} gates are GO, and only they can turn red\n           not GO: {}",
            self.green.len(),
            self.green.len() + self.red.len(),
            self.red.join(", ")
        )
    }
}

/// The first line of each objection. The copy forgets its ledger before each run, since a fault is no try. So it says
/// nothing here that the ledger lacks the line of the previous release.
fn objections(decision: &Decision) -> impl Iterator<Item = String> {
    let forgotten = format!("{LEDGER} does not hold the line");
    let told = decision.objections.iter().filter(move |objection| !objection.starts_with(&forgotten));
    told.map(|objection| objection.lines().take(1).collect())
}
