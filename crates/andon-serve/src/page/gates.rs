//! The Go/No-Go table: what each gate found, from the evidence of the artifact.

use andon::evidence::decision::{Row, State};
use andon::evidence::evidence::Finding;
use andon::evidence::package::Manifest;

use super::field::in_words;

/// The decision that the artifact was released on.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    /// The release's name in plain words.
    pub(crate) name: String,
    /// GO, or what else the evidence says.
    pub(crate) outcome: String,
    /// How many gates there are.
    pub(crate) gates: usize,
    /// The gates by family, in the order of the evidence.
    pub(crate) families: Vec<Family>,
}

/// The gates of one family.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    /// Its name in plain words.
    pub(crate) name: String,
    /// Its gates.
    pub(crate) lines: Vec<Line>,
}

/// One gate.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The gate's id without its family.
    pub(crate) gate: String,
    /// GO, NO-GO and so on.
    pub(crate) state: &'static str,
    /// What was measured, or why nothing was.
    pub(crate) measured: String,
    /// The 95 % interval, where there is one.
    pub(crate) interval: String,
    /// The bar in words.
    pub(crate) bar: String,
    /// Why the bar is where it is, and what else there is to know.
    pub(crate) why: String,
}

impl Release {
    /// Reads the evidence.
    ///
    /// # Errors
    /// What to say when it is not the record of a decision.
    pub(crate) fn parse(evidence: &str) -> Result<Self, String> {
        let manifest: Manifest = serde_json::from_str(evidence)
            .map_err(|error| format!("The evidence is not the record of a decision: {error}."))?;
        let mut families: Vec<Family> = Vec::new();
        for row in &manifest.decision.rows {
            let (family, question) = row.gate.as_str().split_once('.').unwrap_or(("", row.gate.as_str()));
            let name = in_words(family);
            match families.iter_mut().find(|family| family.name == name) {
                Some(family) => family.lines.push(Line::new(question, row)),
                None => families.push(Family { name, lines: vec![Line::new(question, row)] }),
            }
        }
        let gates = manifest.decision.rows.len();
        let outcome = manifest.decision.outcome.to_string();
        Ok(Self { name: in_words(&manifest.name), outcome, gates, families })
    }
}

impl Family {
    /// How many of its gates are in which state, as in `3 of 3 GO`.
    pub(crate) fn counted(&self) -> String {
        let go = self.lines.iter().filter(|line| line.is_go()).count();
        format!("{go} of {} GO", self.lines.len())
    }

    /// Whether every gate is green.
    pub(crate) fn is_go(&self) -> bool {
        self.lines.iter().all(Line::is_go)
    }
}

impl Line {
    fn new(question: &str, row: &Row) -> Self {
        let (measured, interval) = match row.evidence.as_ref().map(|evidence| &evidence.finding) {
            Some(Finding::Measured(measurement)) => {
                let text = measurement.to_string();
                let (value, interval) = text.split_once(" (").unwrap_or((&text, ""));
                (value.to_owned(), interval.trim_end_matches(')').to_owned())
            }
            Some(Finding::NotMeasured(why) | Finding::Refused(why)) => (why.clone(), String::new()),
            Some(Finding::Started) => ("began and never ended".to_owned(), String::new()),
            None => ("not measured".to_owned(), String::new()),
        };
        let why = if row.note.is_empty() { row.bar.why.clone() } else { format!("{} – {}", row.bar.why, row.note) };
        let gate = question.replace('.', " · ").replace('_', " ");
        Self { gate, state: row.state.word(), measured, interval, bar: row.bar.to_string(), why }
    }

    /// Whether it is green.
    pub(crate) fn is_go(&self) -> bool {
        self.state == State::Go.word()
    }
}
