//! The gates in the report: the measurement, the bar, its line in the policy, and the next command.

use std::collections::BTreeMap;

use andon_evidence::decision::{Decision, GateResult};
use andon_evidence::evidence::Finding;
use andon_evidence::judge::{Measurement, Unit};
use andon_evidence::policy::{FAMILIES, Family};

use crate::policy_lines::threshold_line;
use crate::report::plot::numbers::{count, counted, range, rounded, unit_name};
use crate::report::plot::strip;
use crate::report::plot::tone::{Tone, tone_of_state};

/// One gate.
#[derive(Debug)]
pub(crate) struct GateEntry {
    /// Its id.
    pub(crate) id: String,
    /// Its id without the family.
    pub(crate) question: String,
    /// Colour, sign and shape of its state.
    pub(crate) tone: Tone,
    /// Its state.
    pub(crate) state: &'static str,
    /// The measurement, if there is one.
    pub(crate) measured: Option<MeasuredEntry>,
    /// The reason why there is no measurement.
    pub(crate) unmeasured: String,
    /// The bar.
    pub(crate) bar: String,
    /// The reason for the bar.
    pub(crate) why: String,
    /// The reason why the bar is looser than in the previous release.
    pub(crate) weakened: Option<String>,
    /// A remark about waivers, Holm's procedure or changed inputs.
    pub(crate) note: String,
    /// The line of the bar in the policy, if it was found.
    pub(crate) line: Option<usize>,
    /// The path of its test.
    pub(crate) test: String,
    /// The next command to run.
    pub(crate) next: Option<String>,
    /// The measurement of the previous release, if there is one.
    pub(crate) previous: Option<String>,
}

/// The measurement of a gate, as text and as a drawing.
#[derive(Debug)]
pub(crate) struct MeasuredEntry {
    pub(crate) value: String,
    pub(crate) unit: &'static str,
    pub(crate) interval: Option<String>,
    pub(crate) rows: String,
    pub(crate) strip: Option<String>,
    pub(crate) parts: Vec<PartEntry>,
}

/// A part of a measurement.
#[derive(Debug)]
pub(crate) struct PartEntry {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) rows: String,
}

/// The gates of one family.
#[derive(Debug)]
pub(crate) struct FamilySection {
    pub(crate) name: &'static str,
    pub(crate) gates: Vec<GateEntry>,
    /// The number of gates in each state.
    pub(crate) counts: String,
    /// A drawing with one mark for each gate.
    pub(crate) board: String,
    /// The reason why the gates are judged as one family (multiple testing), if they are.
    pub(crate) joint: Option<String>,
}

/// Gates that have no result, all for the same reason.
#[derive(Debug)]
pub(crate) struct UnansweredGates {
    pub(crate) tone: Tone,
    pub(crate) state: &'static str,
    /// The reason.
    pub(crate) note: String,
    pub(crate) gates: Vec<GateEntry>,
}

/// Groups gates without a result by state and reason. After a change all are stale for one reason.
pub(crate) fn group_by_reason(open: Vec<GateEntry>) -> Vec<UnansweredGates> {
    let mut groups: Vec<UnansweredGates> = Vec::new();
    for gate in open {
        match groups.iter_mut().find(|group| group.state == gate.state && group.note == gate.note) {
            Some(group) => group.gates.push(gate),
            None => {
                let tone = gate.tone;
                let state = gate.state;
                let note = gate.note.clone();
                groups.push(UnansweredGates { tone, state, note, gates: vec![gate] });
            }
        }
    }
    groups
}

/// The measurement of the gate with this id.
pub(crate) fn measurement_of<'a>(gates: &'a [GateResult], id: &str) -> Option<&'a Measurement> {
    gates.iter().find(|row| row.gate.as_str() == id).and_then(GateResult::measurement)
}

/// The families that have gates.
pub(crate) fn families(
    gates: &[GateResult],
    joint: &BTreeMap<String, Family>,
    policy_text: &str,
    previous: Option<&Decision>,
) -> Vec<FamilySection> {
    let family = |name: &'static str| {
        let rows: Vec<&GateResult> = gates.iter().filter(|row| row.gate.family() == name).collect();
        let tones: Vec<Tone> = rows.iter().map(|row| tone_of_state(row.state)).collect();
        let counts = counts(&rows);
        let board = strip::draw_board(&tones, &format!("{name}: {counts}"));
        let gates = rows.iter().map(|row| GateEntry::new(row, policy_text, previous)).collect();
        let joint = joint.get(name).map(|family| family.why.clone());
        FamilySection { name, gates, counts, board, joint }
    };
    FAMILIES.into_iter().map(family).filter(|family| !family.gates.is_empty()).collect()
}

/// The number of gates in each state, as in `3 GO, 1 NO-GO`, in the order of the first gate of each.
fn counts(rows: &[&GateResult]) -> String {
    count_states(rows.iter().copied()).iter().map(|(_, word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

/// Every state that occurs, with the number of its gates.
pub(crate) fn count_states<'a>(rows: impl Iterator<Item = &'a GateResult>) -> Vec<(Tone, &'static str, usize)> {
    let mut tally: Vec<(Tone, &'static str, usize)> = Vec::new();
    for row in rows {
        let word = row.state.word();
        match tally.iter_mut().find(|(_, other, _)| *other == word) {
            Some((.., n)) => *n += 1,
            None => tally.push((tone_of_state(row.state), word, 1)),
        }
    }
    tally
}

impl GateEntry {
    pub(crate) fn new(row: &GateResult, policy_text: &str, previous: Option<&Decision>) -> Self {
        let id = row.gate.as_str();
        let previous = previous.map(|last| {
            let then = last.rows.iter().find(|last| last.gate == row.gate).and_then(GateResult::measurement);
            then.map_or("none".to_owned(), |then| rounded(then.value(), then.unit()))
        });
        Self {
            id: id.to_owned(),
            question: id.split_once('.').map_or(id, |(_, question)| question).to_owned(),
            tone: tone_of_state(row.state),
            state: row.state.word(),
            measured: row.measurement().map(|measurement| MeasuredEntry::new(row, measurement)),
            unmeasured: reason_unmeasured(row),
            bar: row.bar.to_string(),
            why: row.bar.why.clone(),
            weakened: row.bar.weakened_because.clone(),
            note: row.note.clone(),
            line: threshold_line(&row.gate, policy_text),
            test: row.gate.test_path(),
            next: row.next_command(),
            previous,
        }
    }

    /// The anchor for links.
    pub(crate) fn anchor(&self) -> String {
        format!("gate-{}", self.id)
    }
}

fn reason_unmeasured(row: &GateResult) -> String {
    match row.evidence.as_ref().map(|evidence| &evidence.finding) {
        Some(Finding::NotMeasured(why) | Finding::Refused(why)) => why.trim().to_owned(),
        // The note gives the reason.
        Some(Finding::Started | Finding::Measured(_)) | None => "not measured".to_owned(),
    }
}

impl MeasuredEntry {
    fn new(row: &GateResult, measurement: &Measurement) -> Self {
        let unit = measurement.unit();
        let value = rounded(measurement.value(), unit);
        let interval = (!measurement.is_exact()).then(|| range(measurement.interval(), unit));
        let tone = tone_of_state(row.state);
        let spread = interval.as_ref().map_or("exact".to_owned(), |ends| format!("95 % interval {ends}"));
        let finding = format!("{}: {value} ({spread}), bar {}: {}", row.gate, row.bar, row.state.word());
        let part = |part: &andon_evidence::judge::Part| PartEntry {
            name: part.name.clone(),
            value: rounded(part.value, unit),
            rows: count(part.n),
        };
        Self {
            // The text of a time already holds its unit.
            unit: if unit == Unit::Ms { "" } else { unit_name(unit) },
            rows: match measurement.asked() {
                Some(asked) => format!("{} ({asked})", count(measurement.n())),
                None => count(measurement.n()),
            },
            strip: strip::draw_strip(measurement, &row.bar, tone, &finding),
            parts: measurement.parts().iter().map(part).collect(),
            value,
            interval,
        }
    }

    /// The number of parts, as in `2 parts`.
    pub(crate) fn parts_title(&self) -> String {
        counted(self.parts.len(), "part")
    }
}
