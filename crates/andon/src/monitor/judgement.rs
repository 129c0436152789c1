//! The bars of the release over what was served: a verdict for each gate.

use andon_evidence::decision::Outcome;
use andon_evidence::decision::family;
use andon_evidence::judge::{Bar, Measurement, NotMeasured, Verdict};
use andon_evidence::policy::{Control, GateId, Policy};
use serde::Serialize;

use crate::families::fairness::unjudged::decidable;
use crate::measure::sample::Measured;

/// One gate put to what was served.
#[derive(Debug, Clone, Serialize)]
pub struct MonitoredGate {
    /// The gate.
    pub gate: GateId,
    /// Its answer.
    pub verdict: Verdict,
    /// Its bar in the policy.
    pub bar: Bar,
    /// The measurement; absent if nothing could be measured.
    pub measurement: Option<Measurement>,
    /// The reason why nothing was measured, or the finding of the family.
    pub note: String,
}

impl MonitoredGate {
    pub(crate) fn new(gate: &GateId, bar: &Bar, measured: Measured) -> Self {
        let measured = decidable(bar, measured);
        let gate = gate.clone();
        let bar = bar.clone();
        match measured {
            Ok(found) => Self { verdict: bar.judge(&found), gate, bar, measurement: Some(found), note: String::new() },
            Err(NotMeasured(note)) => Self { gate, verdict: Verdict::Undecided, bar, measurement: None, note },
        }
    }

    pub(crate) fn line(&self) -> String {
        let Some(measurement) = &self.measurement else { return self.note.clone() };
        let parts = measurement.parts().iter().map(|part| format!("{} {:.4} of {}", part.name, part.value, part.n));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let texts = [format!("{measurement}, bar {}", self.bar), self.note.clone(), parts];
        texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

/// Go only if some gate was checked and every verdict is Go. A gate that does not block warns here as well.
pub(crate) fn fold_verdicts(rows: &[MonitoredGate]) -> Verdict {
    let rows: Vec<&MonitoredGate> = rows.iter().filter(|row| row.bar.blocks()).collect();
    let any = |verdict| rows.iter().any(|row| row.verdict == verdict);
    if any(Verdict::NoGo) {
        Verdict::NoGo
    } else if rows.is_empty() || any(Verdict::Undecided) {
        Verdict::Undecided
    } else {
        Verdict::Go
    }
}

/// Turns a Go into Undecided if Holm's procedure over its family does not confirm it.
pub(crate) fn control_families(policy: &Policy, rows: &mut [MonitoredGate]) {
    for (name, declared) in &policy.families {
        let Control::Holm = declared.control;
        let mut rows: Vec<&mut MonitoredGate> = rows.iter_mut().filter(|row| row.gate.family() == name).collect();
        let members: Vec<family::Member<'_>> = rows.iter().map(|row| (&row.bar, row.measurement.as_ref())).collect();
        let adjusted = family::control_error(&members);
        for (row, adjusted) in rows.iter_mut().zip(adjusted) {
            let Some(adjusted) = adjusted.filter(|_| row.measurement.is_some()) else { continue };
            row.note = adjusted.to_string();
            if row.verdict == Verdict::Go && !adjusted.clears() {
                row.verdict = Verdict::Undecided;
            }
        }
    }
}

/// The word for a verdict, and its colour.
pub(crate) fn name_and_colour(verdict: Verdict) -> (&'static str, Outcome) {
    match verdict {
        Verdict::Go => ("GO", Outcome::Go),
        Verdict::NoGo => ("NO-GO", Outcome::NoGo),
        Verdict::Undecided => ("UNDECIDED", Outcome::Incomplete),
    }
}
