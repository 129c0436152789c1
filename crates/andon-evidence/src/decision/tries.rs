//! The tries of a decision: counted by the ledger, and held against every claim.
//!
//! Of eight forests that differ in their seeds alone, the best is the shipped one by luck in one case of eight. Whoever
//! asks the same data about one candidate after another, until one is green, makes a wrong GO likelier with each try.
//! With the level divided by the number of tries, the probability that any of them is wrongly green stays at the level
//! (Bonferroni), whatever made the candidates differ.

use std::collections::BTreeSet;

use crate::decision::baseline::Baseline;
use crate::decision::record::{Decision, GateResult, GateState, Tries};
use crate::files::sha256_hex;
use crate::fingerprint::Fingerprint;
use crate::judge::Verdict;
use crate::judge::significance::{LEVEL, lacking_rows, more_rows, p_value};
use crate::ledger::{LedgerEntry, SeenPolicy};
use crate::policy::{GateId, Policy};

impl Tries {
    /// Counts the candidate that `rows` judged among those that the ledger knows for the same data.
    pub(super) fn count(policy: &Policy, fingerprint: &Fingerprint, rows: &[GateResult], baseline: &Baseline) -> Self {
        let data = fingerprint.input(&policy.data.file).unwrap_or_default();
        let data = sha256_hex(format!("{data} {}", policy.data.label).as_bytes());
        let scores = rows.iter().find_map(|row| row.evidence.as_ref()?.scores_sha256.as_deref());
        let candidate = scores.map(|scores| sha256_hex(format!("{scores} {}", policy.answer.threshold).as_bytes()));
        let candidates = baseline.ledger.tries(&data, &baseline.rows, candidate.as_deref());
        Self { candidates, data, candidate, ledger: baseline.ledger.end().map(str::to_owned) }
    }
}

/// Takes a Go away that the level does not support once it is divided by the number of tries. `adjusted` is the p-value
/// after the correction for the family, where there is one.
pub(super) fn hold_against_tries(row: &mut GateResult, adjusted: Option<f64>, tries: u64) {
    let Some(measured) = row.measurement().cloned().filter(|_| tries > 1) else { return };
    let Some(p) = adjusted.or_else(|| p_value(&row.bar, &measured)) else { return };
    if row.state != GateState::Go || p * tries as f64 <= LEVEL * (1.0 + 1e-9) {
        return;
    }
    row.state = GateState::Undecided;
    row.add_note(Some(format!(
        "the same data were asked about {tries} candidates: p {p:.4} times {tries}, at most {LEVEL}"
    )));
    row.add_note(more_rows(&row.bar, &measured, LEVEL / tries as f64).map(lacking_rows));
}

impl Decision {
    /// The line that the ledger keeps of this decision; none if nothing was judged. A gate that missed its bar was red,
    /// whatever a waiver or a weakened bar made of it.
    #[must_use]
    pub fn ledger_entry(&self, policy: &Policy, day: jiff::civil::Date) -> Option<(LedgerEntry, SeenPolicy)> {
        let missed = |row: &&GateResult| {
            let verdict = row.evidence.as_ref().and_then(|evidence| evidence.finding.verdict(&row.bar));
            let was_excepted = row.state.is_exception();
            let is_red = matches!(row.state, GateState::NoGo | GateState::Undecided);
            is_red || was_excepted || verdict.is_some_and(|at| at != Verdict::Go)
        };
        let red: BTreeSet<GateId> = self.rows.iter().filter(missed).map(|row| row.gate.clone()).collect();
        if red.is_empty() && self.tries.candidate.is_none() && self.stops.is_empty() {
            return None;
        }
        let waived = |row: &GateResult| {
            let waiver = policy.waiver(&row.gate).filter(|_| row.state == GateState::Waived)?;
            Some((row.gate.clone(), waiver.owner.clone()))
        };
        let entry = LedgerEntry {
            previous: String::new(),
            day,
            fingerprint: self.fingerprint.clone(),
            data: self.tries.data.clone(),
            candidate: self.tries.candidate.clone().unwrap_or_default(),
            outcome: self.outcome.to_string(),
            red,
            waived: self.rows.iter().filter_map(waived).collect(),
            stops: self.stops.iter().map(|stop| stop.id.clone()).collect(),
            policy: String::new(),
            seen: None,
            rows: None,
        };
        Some((entry, SeenPolicy::of(policy)))
    }
}
