//! The decision as a table for people, and what to run next.

use std::fmt::Write as _;

use crate::decision::record::{Decision, GateResult, GateState, Outcome};
use crate::evidence::Finding;

impl Decision {
    /// The number of gates in each state that occurs, in the order of the states.
    fn counts(&self) -> String {
        let states = [
            GateState::Go,
            GateState::Waived,
            GateState::Warned,
            GateState::NoGo,
            GateState::Undecided,
            GateState::Tampered,
            GateState::BadWaiver,
            GateState::Weakened,
            GateState::Crashed,
            GateState::Missing,
            GateState::Stale,
        ];
        let count = |state| self.rows.iter().filter(|row| row.state == state).count();
        let counts = states.iter().filter(|state| count(**state) > 0);
        counts.map(|state| format!("{} {}", count(*state), state.word())).collect::<Vec<_>>().join(", ")
    }

    /// The decision as a table for people. `colour` adds terminal escapes; `all` also shows green gates.
    #[must_use]
    pub fn table(&self, colour: bool, all: bool) -> String {
        self.table_of(colour, |row| all || row.state != GateState::Go)
    }

    /// The decision at the end of a run of tests: gates that say no and, after a `whole` run, those that did not speak.
    pub(crate) fn end_of_run(&self, colour: bool, whole: bool) -> String {
        self.table_of(colour, |row| match row.state.outcome() {
            Outcome::Go | Outcome::GoForScores => row.state != GateState::Go,
            Outcome::NoGo => true,
            Outcome::Incomplete => whole,
        })
    }

    fn table_of(&self, colour: bool, shown: impl Fn(&GateResult) -> bool) -> String {
        let rows: Vec<&GateResult> = self.rows.iter().filter(|row| shown(row)).collect();
        let width = rows.iter().map(|row| row.gate.as_str().len()).max().unwrap_or(0);
        let mut text = String::new();
        for stop in &self.stops {
            let _ = writeln!(text, "{} {stop}", paint("STOPPED   ", Outcome::NoGo, colour));
        }
        for row in rows {
            let word = paint(&format!("{:<10}", row.state.word()), row.state.outcome(), colour);
            let line = format!("{word} {:<width$}  {}", row.gate.as_str(), row.summary());
            let _ = writeln!(text, "{}", line.trim_end());
        }
        let outcome = paint(&format!("Decision: {}", self.outcome), self.outcome, colour);
        let short = self.fingerprint.get(..12).unwrap_or(&self.fingerprint);
        let _ = writeln!(text, "\n{outcome}  {} gates: {}; fingerprint {short}", self.rows.len(), self.counts());
        for objection in &self.objections {
            let _ = writeln!(text, "{} {objection}", paint("NO-GO", Outcome::NoGo, colour));
        }
        for note in &self.weakened {
            let _ = writeln!(text, "{note}");
        }
        for line in &self.remarks {
            let _ = writeln!(text, "{line}");
        }
        if self.tries.candidates > 1 {
            let _ = writeln!(text, "the same data were asked about {} candidates", self.tries.candidates);
        }
        if let Some(doubt) = &self.doubt {
            let _ = writeln!(text, "{doubt}");
        }
        if let Some(next) = self.next_command() {
            let _ = writeln!(text, "next: {next}");
        }
        text
    }

    /// The next command to run; none after a GO.
    #[must_use]
    pub fn next_command(&self) -> Option<String> {
        if let Some(stop) = self.stops.first() {
            return Some(format!("cargo andon clear {} --by NAME --why TEXT, as soon as the reason is gone", stop.id));
        }
        match self.outcome {
            Outcome::Go | Outcome::GoForScores => None,
            Outcome::Incomplete => Some("cargo test".to_owned()),
            Outcome::NoGo => {
                let mut red = self.rows.iter().filter(|row| row.state.outcome() == Outcome::NoGo);
                // An undecided gate often follows from a missed one.
                let first = red.clone().find(|row| row.state != GateState::Undecided).or_else(|| red.next());
                match first {
                    Some(row) => row.next_command(),
                    None => Some("answer the objections above, then cargo test".to_owned()),
                }
            }
        }
    }
}

impl GateResult {
    /// The next command to run for this gate; none if it is green, waived or warned.
    #[must_use]
    pub fn next_command(&self) -> Option<String> {
        Some(match self.state {
            GateState::Go | GateState::Waived | GateState::Warned => return None,
            GateState::BadWaiver => "edit or remove the waiver in release.toml, then cargo test".to_owned(),
            GateState::Weakened => {
                "change the bar in release.toml or give the reason there, then cargo test".to_owned()
            }
            GateState::Tampered => "cargo test".to_owned(),
            GateState::NoGo | GateState::Undecided | GateState::Crashed | GateState::Missing | GateState::Stale => {
                format!("cargo test --test gate -- --exact {}", self.gate.test_path())
            }
        })
    }

    /// The finding and the note in one line. Control characters become spaces, so that no terminal obeys them.
    #[must_use]
    pub fn summary(&self) -> String {
        let finding = match self.evidence.as_ref().map(|evidence| &evidence.finding) {
            Some(Finding::Measured(measurement)) => {
                let asked = measurement.asked().map(|asked| format!("; {asked}")).unwrap_or_default();
                format!("{measurement}, bar {}{asked}", self.bar)
            }
            Some(Finding::NotMeasured(why) | Finding::Refused(why)) => {
                why.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
            }
            Some(Finding::Started) | None => String::new(),
        };
        let parts = [finding, self.note.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        parts.join("; ").replace(char::is_control, " ")
    }
}

/// A text in the colour of an outcome, with terminal escapes; unchanged without `colour`.
#[must_use]
pub fn paint(text: &str, outcome: Outcome, colour: bool) -> String {
    let code = match outcome {
        Outcome::Go | Outcome::GoForScores => "32",
        Outcome::NoGo => "31",
        Outcome::Incomplete => "33",
    };
    if colour { format!("\u{1b}[1;{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}
