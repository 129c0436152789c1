//! The answer of the monitor, and the table that people read.

use std::fmt::Write as _;

use andon_evidence::decision::{Outcome, paint};
use andon_evidence::judge::Verdict;
use andon_evidence::policy::GateId;
use serde::Serialize;

use crate::monitor::challenger::{Challenger, write_challengers};
use crate::monitor::judgement::{MonitoredGate, name_and_colour};
use crate::monitor::months::{Month, Revalidation, write_months};
use crate::monitor::overridden::OverrideCounts;

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
    /// The months of decisions, once outcomes are known or the policy wants them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<Month>,
    /// The question whether the release must be validated anew, if there are months.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revalidation: Option<Revalidation>,
    /// The decisions that a person overrode.
    pub overrides: OverrideCounts,
    /// The challengers that decided beside the model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub challengers: Vec<Challenger>,
}

impl Monitor {
    /// The reasons for a NO-GO: each gate that is one and blocks, and the months that ask for a new validation.
    #[must_use]
    pub fn no_go_reasons(&self) -> Vec<String> {
        let red = self.rows.iter().filter(|row| row.verdict == Verdict::NoGo && row.bar.blocks());
        let red = red.map(|row| format!("{} is NO-GO", row.gate));
        let due = self.revalidation.as_ref().filter(|revalidation| revalidation.is_due);
        let due = due.map(|revalidation| {
            format!("a new validation is due: by what happened later, {} is NO-GO", revalidation.no_go.join(", "))
        });
        red.chain(due).collect()
    }

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
        if let Some(line) = self.overrides.line() {
            let _ = writeln!(text, "{line}");
        }
        write_challengers(&mut text, &self.challengers);
        if let Some(revalidation) = &self.revalidation {
            write_months(&mut text, &self.months, revalidation, colour);
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
