//! How the rows of a decision come about: each gate alone, then its family, then the exceptions.

use jiff::civil::Date;

use super::{Row, State};
use crate::decision::Decision;
use crate::decision::family::{self, Family, Member};
use crate::decision::weakening::{self, Weakening};
use crate::evidence::{Evidence, Store};
use crate::fingerprint::Fingerprint;
use crate::judge::normal::{LEVEL, lacking_rows, more_rows};
use crate::judge::{Bar, Verdict};
use crate::policy::{GateId, Policy, Waiver};

/// One row for every gate that the policy requires: what `alone` says of it, then its family, then the waivers in force
/// on a day.
pub(super) fn of(policy: &Policy, alone: impl Fn(&GateId, &Bar) -> Row, today: Date) -> Vec<Row> {
    let mut rows: Vec<Row> = policy.gates.iter().map(|(gate, bar)| alone(gate, bar)).collect();
    for row in rows.iter_mut().filter(|row| row.state == State::Undecided) {
        let lacking = row.measurement().and_then(|measured| more_rows(&row.bar, measured, LEVEL));
        row.add_note(lacking.map(lacking_rows));
    }
    for (name, family) in &policy.families {
        control(name, family, &mut rows);
    }
    for row in &mut rows {
        if let Some(waiver) = policy.waiver(&row.gate) {
            except(row, waiver, today);
        }
    }
    rows
}

/// Holds the bars against those of the last release, and adds a row for each gate that is gone without a reason.
pub(super) fn hold_against(released: Option<&Decision>, policy: &Policy, rows: &mut Vec<Row>) {
    for row in rows.iter_mut() {
        match weakening::of(policy, &row.gate, &row.bar, released) {
            Some(Weakening::Explained(note)) => row.add_note(Some(note)),
            Some(Weakening::Wrong(note)) => (row.state, row.note) = (State::Weakened, note),
            None => {}
        }
    }
    rows.extend(weakening::removed(policy, released).into_iter().map(|(gate, bar)| gone(gate, bar)));
}

/// A gate that was removed without a reason.
fn gone(gate: &GateId, bar: &Bar) -> Row {
    let note = format!("the last release had it: say why it is gone under [removed], \"{gate}\" = \"…\"");
    Row { gate: gate.clone(), state: State::Weakened, bar: bar.clone(), evidence: None, note }
}

impl Row {
    fn add_note(&mut self, note: Option<String>) {
        let notes = [std::mem::take(&mut self.note), note.unwrap_or_default()];
        self.note = notes.into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join("; ");
    }
}

/// The gate as the evidence in a store has it.
pub(super) fn stored(gate: &GateId, bar: &Bar, fingerprint: &Fingerprint, store: &Store) -> Row {
    let silent = |state, note| Row { gate: gate.clone(), state, bar: bar.clone(), evidence: None, note };
    match store.read(gate) {
        Err(error) => silent(State::Tampered, error.to_string()),
        Ok(Some(evidence)) if evidence.gate == *gate && evidence.fingerprint != fingerprint.digest() => {
            silent(State::Stale, changed(fingerprint, store.inputs(&evidence.fingerprint).as_ref()))
        }
        Ok(evidence) => given(gate, bar, evidence),
    }
}

/// The gate as this evidence of the right inputs has it.
pub(super) fn given(gate: &GateId, bar: &Bar, evidence: Option<Evidence>) -> Row {
    let (state, note) = match &evidence {
        None => (State::Missing, "never ran on these inputs".to_owned()),
        Some(evidence) if evidence.gate != *gate => {
            (State::Tampered, format!("the file holds evidence of {}", evidence.gate))
        }
        Some(evidence) => match evidence.finding.verdict(bar) {
            None => (State::Crashed, "began and never ended".to_owned()),
            Some(Verdict::Go) => (State::Go, String::new()),
            Some(Verdict::NoGo) => (State::NoGo, String::new()),
            Some(Verdict::Undecided) => (State::Undecided, String::new()),
        },
    };
    let evidence = evidence.filter(|_| state != State::Tampered);
    Row { gate: gate.clone(), state, bar: bar.clone(), evidence, note }
}

/// Most changed inputs that are named.
const NAMED: usize = 3;

/// What changed since the evidence was earned.
fn changed(now: &Fingerprint, then: Option<&Fingerprint>) -> String {
    let changed = then.map(|then| now.changed_since(then)).unwrap_or_default();
    match changed.len() {
        0 => "ran on other inputs: an input changed since".to_owned(),
        n if n <= NAMED => format!("changed since: {}", changed.join(", ")),
        n => format!("changed since: {} and {} more", changed[..NAMED].join(", "), n - NAMED),
    }
}

/// Takes a Go away where the family as a whole does not bear it out, and says so on every row that it judges.
fn control(name: &str, family: &Family, rows: &mut [Row]) {
    let family::Control::Holm = family.control;
    let mut rows: Vec<&mut Row> = rows.iter_mut().filter(|row| row.gate.family() == name).collect();
    let members: Vec<Member<'_>> = rows.iter().map(|row| (&row.bar, row.measurement())).collect();
    let adjusted = family::control(&members);
    for (row, adjusted) in rows.iter_mut().zip(adjusted) {
        let Some((adjusted, measured)) = adjusted.zip(row.measurement().cloned()) else { continue };
        let more = more_rows(&row.bar, &measured, adjusted.sufficient_level());
        row.add_note(Some(adjusted.to_string()));
        if row.state == State::Go && !adjusted.clears() {
            row.state = State::Undecided;
            row.add_note(more.map(lacking_rows));
        }
    }
}

/// Applies a waiver, which excepts what is red and nothing else.
fn except(row: &mut Row, waiver: &Waiver, today: Date) {
    let Waiver { reason, owner, expires, .. } = waiver;
    if !matches!(row.state, State::Go | State::NoGo | State::Undecided) {
        return;
    }
    let (state, note) = if *expires < today {
        (State::BadWaiver, format!("the waiver of {owner} expired on {expires}"))
    } else if row.state == State::Go {
        (State::BadWaiver, format!("the waiver of {owner} matches nothing: the gate is green"))
    } else {
        (State::Waived, format!("until {expires} by {owner}: {reason}"))
    };
    row.state = state;
    row.add_note(Some(note));
}
