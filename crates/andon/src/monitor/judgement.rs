//! The bars of the release over what was served: a verdict for each gate, and the table that people read.

use std::fmt::Write as _;

use andon_evidence::decision::family;
use andon_evidence::decision::{Outcome, paint};
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

    fn line(&self) -> String {
        let Some(measurement) = &self.measurement else { return self.note.clone() };
        let parts = measurement.parts().iter().map(|part| format!("{} {:.4} of {}", part.name, part.value, part.n));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let texts = [format!("{measurement}, bar {}", self.bar), self.note.clone(), parts];
        texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

/// A gate that served rows cannot answer.
#[derive(Debug, Clone, Serialize)]
pub struct UncheckedGate {
    /// The gate.
    pub gate: GateId,
    /// The reason.
    pub why: &'static str,
}

/// The bars of the release over what was served.
#[derive(Debug, Clone, Serialize)]
pub struct Monitor {
    /// The verdict over all gates that were checked.
    pub verdict: Verdict,
    /// The gates that were checked.
    pub rows: Vec<MonitoredGate>,
    /// The gates that served rows cannot answer.
    pub unasked: Vec<UncheckedGate>,
    /// The number of gates that are about the artifact alone.
    pub at_release: usize,
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
fn name_and_colour(verdict: Verdict) -> (&'static str, Outcome) {
    match verdict {
        Verdict::Go => ("GO", Outcome::Go),
        Verdict::NoGo => ("NO-GO", Outcome::NoGo),
        Verdict::Undecided => ("UNDECIDED", Outcome::Incomplete),
    }
}

impl Monitor {
    /// The answers as a table for people, as the decision's; `colour` adds terminal escapes, `rows` says of what.
    #[must_use]
    pub fn table(&self, colour: bool, rows: &str) -> String {
        let asked = self.rows.iter().map(|row| (name_and_colour(row.verdict), &row.gate, row.line()));
        let unasked =
            self.unasked.iter().map(|one| (("NOT CHECKED", Outcome::Incomplete), &one.gate, one.why.to_owned()));
        let lines: Vec<_> = asked.chain(unasked).collect();
        let width = lines.iter().map(|(_, gate, _)| gate.as_str().len()).max().unwrap_or(0);
        let mut text = String::new();
        for ((word, outcome), gate, line) in lines {
            let word = paint(&format!("{word:<11}"), outcome, colour);
            let _ = writeln!(text, "{word} {:<width$}  {line}", gate.as_str());
        }
        let (word, outcome) = name_and_colour(self.verdict);
        let verdict = paint(&format!("Monitor: {word}"), outcome, colour);
        let count = |wanted| self.rows.iter().filter(|row| row.verdict == wanted).count();
        let counts = [Verdict::Go, Verdict::NoGo, Verdict::Undecided]
            .map(|verdict| (count(verdict), name_and_colour(verdict).0));
        let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        let counts = counts.chain([format!("{} not checked", self.unasked.len())]).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "\n{rows}; {} gates were answered for good at the release", self.at_release);
        let _ = writeln!(text, "{verdict}  {} gates: {counts}", self.rows.len() + self.unasked.len());
        text
    }
}
