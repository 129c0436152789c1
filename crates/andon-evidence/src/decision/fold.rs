//! The fold of all required evidence to GO, NO-GO or INCOMPLETE: each gate alone, then its family, then the exceptions.

use jiff::civil::Date;

use crate::decision::family::{self, Member};
use crate::decision::record::{Decision, Outcome, Row, State};
use crate::decision::weakening::{self, Weakening};
use crate::evidence::{Evidence, Store};
use crate::fingerprint::Fingerprint;
use crate::judge::significance::{LEVEL, lacking_rows, more_rows};
use crate::judge::{Bar, Verdict};
use crate::layout;
use crate::policy::{Control, Family, GateId, Policy, Waiver};

impl Decision {
    /// Folds the evidence in `store` for every gate that `policy` requires; `released` is the decision of the last
    /// release, which no bar may be looser than without a reason.
    #[must_use]
    pub fn fold(
        policy: &Policy,
        fingerprint: &Fingerprint,
        store: &Store,
        released: Option<&Self>,
        today: Date,
    ) -> Self {
        let mut rows = rows_of(policy, |gate, bar| row_from_store(gate, bar, fingerprint, store), today);
        apply_weakening(released, policy, &mut rows);
        Self::of_rows(policy, fingerprint, rows)
    }

    fn of_rows(policy: &Policy, fingerprint: &Fingerprint, rows: Vec<Row>) -> Self {
        let any = |outcome| rows.iter().any(|row| row.state.outcome() == outcome);
        let outcome = if any(Outcome::NoGo) {
            Outcome::NoGo
        } else if any(Outcome::Incomplete) || rows.is_empty() {
            Outcome::Incomplete
        } else {
            Outcome::Go
        };
        let fingerprint = fingerprint.digest().to_owned();
        let families = policy.families.clone();
        let decision = Self { outcome, fingerprint, rows, families, doubt: None };
        if decision.outcome == Outcome::Go && decision.model_sha256().is_none() {
            return decision.doubted("the gates did not all judge one model".to_owned());
        }
        decision
    }

    /// The same decision where something beside the gates speaks against it: no GO any more.
    #[must_use]
    pub fn doubted(self, doubt: String) -> Self {
        match self.outcome {
            Outcome::Go | Outcome::Incomplete => Self { outcome: Outcome::Incomplete, doubt: Some(doubt), ..self },
            Outcome::NoGo => self,
        }
    }

    /// Whether the decision is what follows from its own evidence under a policy; a waiver counts whatever the day. How
    /// the bars stand to those of the last release is not asked, which is not part of it.
    ///
    /// # Errors
    /// The first thing that does not follow.
    pub(crate) fn check_follows(&self, policy: &Policy, fingerprint: &Fingerprint) -> Result<(), String> {
        if !self.rows.iter().map(|row| (&row.gate, &row.bar)).eq(&policy.gates) {
            return Err(format!("its gates and bars are not those of {}", layout::POLICY));
        }
        let evidence_of = |gate: &GateId| {
            let row = self.rows.iter().find(|row| row.gate == *gate)?;
            row.evidence.clone().filter(|evidence| evidence.fingerprint == fingerprint.digest())
        };
        let rows = rows_of(policy, |gate, bar| row_from_evidence(gate, bar, evidence_of(gate)), Date::MIN);
        if let Some((row, _)) = self.rows.iter().zip(&rows).find(|(row, follows)| row.state != follows.state) {
            return Err(format!("what {} found is no {}", row.gate, row.state.word()));
        }
        let follows = Self::of_rows(policy, fingerprint, rows);
        let told = (self.outcome, &self.fingerprint, &self.families, &self.doubt);
        if told != (follows.outcome, &follows.fingerprint, &follows.families, &follows.doubt) {
            return Err("its outcome does not follow from its gates".to_owned());
        }
        Ok(())
    }
}

/// One row for every gate that the policy requires: what `alone` says of it, then its family, then the waivers in force
/// on a day.
fn rows_of(policy: &Policy, alone: impl Fn(&GateId, &Bar) -> Row, today: Date) -> Vec<Row> {
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
fn apply_weakening(released: Option<&Decision>, policy: &Policy, rows: &mut Vec<Row>) {
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
fn row_from_store(gate: &GateId, bar: &Bar, fingerprint: &Fingerprint, store: &Store) -> Row {
    let silent = |state, note| Row { gate: gate.clone(), state, bar: bar.clone(), evidence: None, note };
    match store.read(gate) {
        Err(error) => silent(State::Tampered, error.to_string()),
        Ok(Some(evidence)) if evidence.gate == *gate && evidence.fingerprint != fingerprint.digest() => {
            silent(State::Stale, changed(fingerprint, store.inputs(&evidence.fingerprint).as_ref()))
        }
        Ok(evidence) => row_from_evidence(gate, bar, evidence),
    }
}

/// The gate as this evidence of the right inputs has it.
fn row_from_evidence(gate: &GateId, bar: &Bar, evidence: Option<Evidence>) -> Row {
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
    let Control::Holm = family.control;
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
