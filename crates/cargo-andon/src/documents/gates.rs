//! Passages about gates: what they measured, why they are asked, and the exceptions from them.

use andon_evidence::decision::{Decision, GateResult, GateState};
use andon_evidence::policy::Policy;

use super::outline::Passage;
use crate::report::sections::gates::GateEntry;

/// The gates that `wanted` accepts, each with what it measured.
pub(super) fn measured(decision: &Decision, what: &str, wanted: impl Fn(&str) -> bool) -> Passage {
    let rows = decision.rows.iter().filter(|row| wanted(row.gate.as_str())).map(measured_row).collect();
    Passage::table_or(
        &["Gate", "State", "Measured", "95 % interval", "Rows", "Bar"],
        rows,
        &format!("The policy asks no gate about {what}."),
    )
}

/// The gates of some families.
pub(super) fn of_families(decision: &Decision, what: &str, families: &[&str]) -> Passage {
    measured(decision, what, |gate| families.iter().any(|family| is_of(gate, family)))
}

/// True for a gate of a family.
fn is_of(gate: &str, family: &str) -> bool {
    gate.split_once('.').is_some_and(|(of, _)| of == family)
}

fn measured_row(row: &GateResult) -> Vec<String> {
    let entry = GateEntry::new(row, "", None);
    let numbers = match entry.measured {
        Some(measured) => {
            let value = format!("{} {}", measured.value, measured.unit).trim().to_owned();
            [value, measured.interval.unwrap_or_else(|| "exact".to_owned()), measured.rows]
        }
        None => [entry.unmeasured, "none".to_owned(), "none".to_owned()],
    };
    [entry.id, entry.state.to_owned()].into_iter().chain(numbers).chain([entry.bar]).collect()
}

/// The gates that `wanted` accepts, each with its bar and the reason for it.
pub(super) fn reasons(decision: &Decision, what: &str, wanted: impl Fn(&str) -> bool) -> Passage {
    let row = |row: &GateResult| vec![row.gate.to_string(), row.bar.to_string(), row.bar.why.clone()];
    let rows = decision.rows.iter().filter(|row| wanted(row.gate.as_str())).map(row).collect();
    Passage::table_or(&["Gate", "Bar", "Why"], rows, &format!("The policy asks no gate about {what}."))
}

/// The sources that bars rest on, each with the day on which somebody last looked at it.
pub(super) fn sources(policy: &Policy) -> Passage {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (gate, bar) in &policy.gates {
        let Some(source) = &bar.source else { continue };
        let looked_at = bar.checked.map_or_else(|| "never".to_owned(), |day| day.to_string());
        match rows.iter_mut().find(|row| row[0] == *source && row[1] == looked_at) {
            Some(row) => row[2] += &format!(", {gate}"),
            None => rows.push(vec![source.clone(), looked_at, gate.to_string()]),
        }
    }
    Passage::table_or(&["Source", "Looked at", "Gates"], rows, "No bar of the policy names a source.")
}

/// The gates that are not green, each with its state and what is said of it.
pub(super) fn findings(decision: &Decision) -> Passage {
    let beside = decision.beside_gates().map(|(outcome, why)| {
        vec!["the decision itself".to_owned(), outcome.to_string(), why, "stands above every gate".to_owned()]
    });
    let red = decision.rows.iter().filter(|row| row.state != GateState::Go).map(|row| {
        let summary = row.summary();
        let summary = if summary.is_empty() { "no result".to_owned() } else { summary };
        vec![row.gate.to_string(), row.state.word().to_owned(), summary, row.bar.why.clone()]
    });
    let rows = beside.chain(red).collect();
    Passage::table_or(
        &["Gate", "State", "Found", "Why the gate is asked"],
        rows,
        "Every gate is green, without an exception.",
    )
}

/// Waivers, gates that do not block, and bars and settings that ask less than before.
pub(super) fn exceptions(decision: &Decision, policy: &Policy) -> Passage {
    let waivers = policy.waivers.iter().map(|waiver| {
        let who = format!("waived by {} until {}", waiver.owner, waiver.expires);
        vec![waiver.gate.to_string(), who, waiver.reason.clone()]
    });
    let warnings = policy.gates.iter().filter_map(|(gate, bar)| {
        Some(vec![gate.to_string(), "does not block".to_owned(), bar.warns_because.clone()?])
    });
    let looser = policy.gates.iter().filter_map(|(gate, bar)| {
        Some(vec![gate.to_string(), "looser bar than before".to_owned(), bar.weakened_because.clone()?])
    });
    let removed =
        policy.removed.iter().map(|(gate, why)| vec![gate.to_string(), "no longer asked".to_owned(), why.clone()]);
    let settings = policy
        .weakened
        .iter()
        .map(|(key, why)| vec![key.clone(), "weaker setting than before".to_owned(), why.clone()]);
    let told =
        decision.weakened.iter().map(|note| vec!["policy".to_owned(), "compared with before".to_owned(), note.clone()]);
    let rows = waivers.chain(warnings).chain(looser).chain(removed).chain(settings).chain(told).collect();
    Passage::table_or(
        &["Gate or setting", "Exception", "Reason"],
        rows,
        "The policy waives no gate, lets every gate block, and weakens no bar and no setting.",
    )
}
