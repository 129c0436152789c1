//! The gates as the report shows them: what was found, against which bar, where, and what comes next.

use andon_evidence::decision::{Decision, Row};
use andon_evidence::evidence::Finding;
use andon_evidence::judge::{Measurement, Unit};
use andon_evidence::policy::FAMILIES;

use crate::policy_lines::threshold_line;
use crate::report::plot::numbers::{count, counted, range, rounded, unit_name};
use crate::report::plot::strip;
use crate::report::plot::tone::{self, Tone};

/// One gate.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Its id.
    pub(crate) id: String,
    /// Its id without the family.
    pub(crate) question: String,
    /// How its state looks.
    pub(crate) tone: Tone,
    /// Its state.
    pub(crate) state: &'static str,
    /// What it measured, where it did.
    pub(crate) measured: Option<Measured>,
    /// Why it measured nothing, where it did not.
    pub(crate) said: String,
    /// The bar.
    pub(crate) bar: String,
    /// Why the bar is where it is.
    pub(crate) why: String,
    /// Why the bar is looser than in the last release.
    pub(crate) weakened: Option<String>,
    /// What else there is to know: waivers, Holm's procedure, what changed.
    pub(crate) note: String,
    /// The line of its table in the policy, where that was found.
    pub(crate) line: Option<usize>,
    /// The path of its test.
    pub(crate) test: String,
    /// What to run to get further.
    pub(crate) next: Option<String>,
    /// What the last release measured.
    pub(crate) then: Option<String>,
}

/// What a gate measured.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) value: String,
    pub(crate) unit: &'static str,
    pub(crate) interval: Option<String>,
    pub(crate) rows: String,
    pub(crate) strip: Option<String>,
    pub(crate) parts: Vec<Part>,
}

/// What stands behind a measurement.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) rows: String,
}

/// The gates of one family.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) gates: Vec<Gate>,
    /// How many of its gates are in which state.
    pub(crate) counts: String,
    /// All its gates at a glance.
    pub(crate) board: String,
    /// Why its gates are decided together, where they are.
    pub(crate) together: Option<String>,
}

/// Gates that have not spoken, for one and the same reason.
#[derive(Debug)]
pub(crate) struct Silence {
    pub(crate) tone: Tone,
    pub(crate) state: &'static str,
    /// The reason.
    pub(crate) note: String,
    pub(crate) gates: Vec<Gate>,
}

/// The same gates by state and reason: after a change all are stale for one.
pub(crate) fn silences(open: Vec<Gate>) -> Vec<Silence> {
    let mut silences: Vec<Silence> = Vec::new();
    for gate in open {
        match silences.iter_mut().find(|silence| silence.state == gate.state && silence.note == gate.note) {
            Some(silence) => silence.gates.push(gate),
            None => {
                let tone = gate.tone;
                let state = gate.state;
                let note = gate.note.clone();
                silences.push(Silence { tone, state, note, gates: vec![gate] });
            }
        }
    }
    silences
}

/// The measurement of the gate with this id.
pub(crate) fn measured<'a>(decision: &'a Decision, id: &str) -> Option<&'a Measurement> {
    decision.rows.iter().find(|row| row.gate.as_str() == id).and_then(Row::measurement)
}

/// All families that have gates.
pub(crate) fn families(decision: &Decision, policy_text: &str, released: Option<&Decision>) -> Vec<Family> {
    let family = |name: &'static str| {
        let rows: Vec<&Row> = decision.rows.iter().filter(|row| row.gate.family() == name).collect();
        let tones: Vec<Tone> = rows.iter().map(|row| tone::of_state(row.state)).collect();
        let counts = counts(&rows);
        let board = strip::board(&tones, &format!("{name}: {counts}"));
        let gates = rows.iter().map(|row| Gate::new(row, policy_text, released)).collect();
        let together = decision.families.get(name).map(|family| family.why.clone());
        Family { name, gates, counts, board, together }
    };
    FAMILIES.into_iter().map(family).filter(|family| !family.gates.is_empty()).collect()
}

/// As in `3 GO, 1 NO-GO`, in the order in which they occur.
fn counts(rows: &[&Row]) -> String {
    tally(rows.iter().copied()).iter().map(|(_, word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

/// Every state that occurs, with how often.
pub(crate) fn tally<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<(Tone, &'static str, usize)> {
    let mut tally: Vec<(Tone, &'static str, usize)> = Vec::new();
    for row in rows {
        let word = row.state.word();
        match tally.iter_mut().find(|(_, other, _)| *other == word) {
            Some((.., n)) => *n += 1,
            None => tally.push((tone::of_state(row.state), word, 1)),
        }
    }
    tally
}

impl Gate {
    pub(crate) fn new(row: &Row, policy_text: &str, released: Option<&Decision>) -> Self {
        let id = row.gate.as_str();
        let then = released.map(|last| {
            let then = last.rows.iter().find(|last| last.gate == row.gate).and_then(Row::measurement);
            then.map_or("none".to_owned(), |then| rounded(then.value(), then.unit()))
        });
        Self {
            id: id.to_owned(),
            question: id.split_once('.').map_or(id, |(_, question)| question).to_owned(),
            tone: tone::of_state(row.state),
            state: row.state.word(),
            measured: row.measurement().map(|measurement| Measured::new(row, measurement)),
            said: said(row),
            bar: row.bar.to_string(),
            why: row.bar.why.clone(),
            weakened: row.bar.weakened_because.clone(),
            note: row.note.clone(),
            line: threshold_line(&row.gate, policy_text),
            test: row.gate.test_path(),
            next: row.next_command(),
            then,
        }
    }

    /// An anchor for links.
    pub(crate) fn anchor(&self) -> String {
        format!("gate-{}", self.id)
    }
}

fn said(row: &Row) -> String {
    match row.evidence.as_ref().map(|evidence| &evidence.finding) {
        Some(Finding::NotMeasured(why) | Finding::Refused(why)) => why.trim().to_owned(),
        // The note says why.
        Some(Finding::Started | Finding::Measured(_)) | None => "not measured".to_owned(),
    }
}

impl Measured {
    fn new(row: &Row, measurement: &Measurement) -> Self {
        let unit = measurement.unit();
        let value = rounded(measurement.value(), unit);
        let interval = (!measurement.is_exact()).then(|| range(measurement.interval(), unit));
        let tone = tone::of_state(row.state);
        let told = interval.as_ref().map_or("exact".to_owned(), |ends| format!("95 % interval {ends}"));
        let finding = format!("{}: {value} ({told}), bar {}: {}", row.gate, row.bar, row.state.word());
        let part = |part: &andon_evidence::judge::Part| Part {
            name: part.name.clone(),
            value: rounded(part.value, unit),
            rows: count(part.n),
        };
        Self {
            // A time names its unit itself.
            unit: if unit == Unit::Ms { "" } else { unit_name(unit) },
            rows: count(measurement.n()),
            strip: strip::strip(measurement, &row.bar, tone, &finding),
            parts: measurement.parts().iter().map(part).collect(),
            value,
            interval,
        }
    }

    /// How many parts, in words.
    pub(crate) fn parts_title(&self) -> String {
        counted(self.parts.len(), "part")
    }
}
