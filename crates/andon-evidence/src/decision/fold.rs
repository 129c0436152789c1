//! The fold of all required evidence to GO, NO-GO or INCOMPLETE: each gate alone, then its family, then the exceptions.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::decision::baseline::Baseline;
use crate::decision::family::{self, Member};
use crate::decision::record::{Decision, GateResult, GateState, Outcome, Tries};
use crate::decision::tries::hold_against_tries;
use crate::decision::weakening::{self, Weakening};
use crate::evidence::{Evidence, Store};
use crate::fingerprint::Fingerprint;
use crate::judge::significance::{LEVEL, lacking_rows, more_rows};
use crate::judge::{Bar, Verdict};
use crate::layout;
use crate::policy::{Control, Family, GateId, Policy, Waiver, asks_freshness};

impl Decision {
    /// Folds the evidence in `store` for every gate that `policy` requires. No bar and no setting may be weaker than in
    /// the `baseline` without a reason.
    #[must_use]
    pub fn fold(policy: &Policy, fingerprint: &Fingerprint, store: &Store, baseline: &Baseline, today: Date) -> Self {
        let alone =
            |gate: &GateId, bar: &Bar| result_of_today(result_from_store(gate, bar, fingerprint, store), policy, today);
        let stored: Vec<GateResult> = policy.gates.iter().map(|(gate, bar)| alone(gate, bar)).collect();
        let tries = Tries::count(policy, fingerprint, &stored, baseline);
        let mut rows = judge_gates(policy, stored, tries.candidates, today);
        apply_weakening(baseline, policy, &mut rows);
        let (mut objections, weakened) = weakening::compare_settings(policy, baseline);
        objections.extend(baseline.ledger_defect());
        objections.extend(baseline.stops.defect().map(str::to_owned));
        let stops = baseline.stops.in_force();
        let told = Self { tries, stops, objections, weakened, ..Self::empty(policy, fingerprint) };
        told.with_results(policy, rows)
    }

    fn empty(policy: &Policy, fingerprint: &Fingerprint) -> Self {
        Self {
            outcome: Outcome::Incomplete,
            fingerprint: fingerprint.digest().to_owned(),
            rows: Vec::new(),
            families: policy.families.clone(),
            tries: Tries::default(),
            stops: Vec::new(),
            objections: Vec::new(),
            weakened: Vec::new(),
            remarks: policy.remarks(),
            doubt: None,
        }
    }

    /// The decision that these results give, with what is told about the policy and the tries.
    fn with_results(self, policy: &Policy, rows: Vec<GateResult>) -> Self {
        let any = |outcome| rows.iter().any(|row| row.state.outcome() == outcome);
        let outcome = if any(Outcome::NoGo) || !self.stops.is_empty() || !self.objections.is_empty() {
            Outcome::NoGo
        } else if any(Outcome::Incomplete) || rows.is_empty() {
            Outcome::Incomplete
        } else if policy.scores.is_some() {
            Outcome::GoForScores
        } else {
            Outcome::Go
        };
        let decision = Self { outcome, rows, ..self };
        if decision.outcome.is_go() && decision.model_sha256().is_none() {
            return decision.with_doubt("the gates did not all judge the same model by the same scores".to_owned());
        }
        decision
    }

    /// The decision with a doubt that no gate raised, such as a red test that is not a gate. It is no GO any more.
    #[must_use]
    pub fn with_doubt(self, doubt: String) -> Self {
        match self.outcome {
            Outcome::Go | Outcome::GoForScores | Outcome::Incomplete => {
                Self { outcome: Outcome::Incomplete, doubt: Some(doubt), ..self }
            }
            Outcome::NoGo => self,
        }
    }

    /// The same decision with something beside the gates that says no: NO-GO.
    #[must_use]
    pub fn with_objection(mut self, objection: String) -> Self {
        self.objections.push(objection);
        Self { outcome: Outcome::NoGo, ..self }
    }

    /// What keeps the decision from GO beside its gates: stops and objections, which are NO-GO, and a doubt.
    pub fn beside_gates(&self) -> impl Iterator<Item = (Outcome, String)> {
        let stops = self.stops.iter().map(|stop| (Outcome::NoGo, format!("STOPPED: {stop}")));
        let objections = self.objections.iter().map(|objection| (Outcome::NoGo, objection.clone()));
        stops.chain(objections).chain(self.doubt.iter().map(|doubt| (Outcome::Incomplete, doubt.clone())))
    }

    /// Checks that the decision follows from its own evidence under a policy. A waiver counts on any day, and bars are
    /// not compared with the previous release, which the decision does not hold.
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
        let alone = policy.gates.iter().map(|(gate, bar)| result_from_evidence(gate, bar, evidence_of(gate)));
        let rows = judge_gates(policy, alone.collect(), self.tries.candidates, Date::MIN);
        if let Some((row, _)) = self.rows.iter().zip(&rows).find(|(row, follows)| row.state != follows.state) {
            return Err(format!("the evidence of {} does not give {}", row.gate, row.state.word()));
        }
        let empty = Self {
            tries: self.tries.clone(),
            stops: self.stops.clone(),
            objections: self.objections.clone(),
            ..Self::empty(policy, fingerprint)
        };
        let follows = empty.with_results(policy, rows);
        let stated = (self.outcome, &self.fingerprint, &self.families, &self.doubt);
        if stated != (follows.outcome, &follows.fingerprint, &follows.families, &follows.doubt) {
            return Err("its outcome does not follow from its gates".to_owned());
        }
        Ok(())
    }
}

/// Judges every gate that the policy requires, after each was judged alone: with its family, with the number of tries,
/// and with the waivers in force on a day.
fn judge_gates(policy: &Policy, alone: Vec<GateResult>, tries: u64, today: Date) -> Vec<GateResult> {
    let mut rows = alone;
    judge_together(&policy.families, tries, &mut rows);
    for row in &mut rows {
        warn(row);
        if let Some(waiver) = policy.waiver(&row.gate) {
            apply_waiver(row, waiver, today);
        }
    }
    rows
}

/// Judges gates that were judged alone with their families and with the number of tries.
fn judge_together(families: &BTreeMap<String, Family>, tries: u64, rows: &mut [GateResult]) {
    for row in rows.iter_mut().filter(|row| row.state == GateState::Undecided) {
        let lacking = row.measurement().and_then(|measured| more_rows(&row.bar, measured, LEVEL));
        row.add_note(lacking.map(lacking_rows));
    }
    for (name, family) in families {
        control_family(name, family, tries, rows);
    }
    rows.iter_mut()
        .filter(|row| !families.contains_key(row.gate.family()))
        .for_each(|row| hold_against_tries(row, None, tries));
}

/// The results of measurements that are no evidence of a release: each against its bar, then with its family.
#[must_use]
pub fn results_without_release(families: &BTreeMap<String, Family>, measured: Vec<(Bar, Evidence)>) -> Vec<GateResult> {
    let alone = |(bar, evidence): (Bar, Evidence)| {
        let gate = evidence.gate.clone();
        result_from_evidence(&gate, &bar, Some(evidence))
    };
    let mut rows: Vec<GateResult> = measured.into_iter().map(alone).collect();
    judge_together(families, 1, &mut rows);
    rows
}

/// Compares the bars with those of the past, and adds each gate that is gone without a reason.
fn apply_weakening(baseline: &Baseline, policy: &Policy, rows: &mut Vec<GateResult>) {
    for row in rows.iter_mut() {
        match weakening::compare_bar(&row.gate, &row.bar, baseline) {
            Some(Weakening::Explained(note)) => row.add_note(Some(note)),
            Some(Weakening::Wrong(note)) => (row.state, row.note) = (GateState::Weakened, note),
            None => {}
        }
    }
    rows.extend(weakening::removed(policy, baseline).into_iter().map(removed_gate));
}

/// A gate that was removed without a reason.
fn removed_gate((gate, bar, seen): (GateId, Bar, &str)) -> GateResult {
    let note = format!("{seen}: give the reason why it is gone under [removed], \"{gate}\" = \"…\"");
    GateResult { gate, state: GateState::Weakened, bar, evidence: None, note }
}

impl GateResult {
    pub(super) fn add_note(&mut self, note: Option<String>) {
        let notes = [std::mem::take(&mut self.note), note.unwrap_or_default()];
        self.note = notes.into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join("; ");
    }
}

/// The result of a gate by the evidence in a store.
fn result_from_store(gate: &GateId, bar: &Bar, fingerprint: &Fingerprint, store: &Store) -> GateResult {
    let silent = |state, note| GateResult { gate: gate.clone(), state, bar: bar.clone(), evidence: None, note };
    match store.read(gate) {
        Err(error) => silent(GateState::Tampered, error.to_string()),
        Ok(Some(evidence)) if evidence.gate == *gate && evidence.fingerprint != fingerprint.digest() => {
            silent(GateState::Stale, name_changed_inputs(fingerprint, store.inputs(&evidence.fingerprint).as_ref()))
        }
        Ok(evidence) => result_from_evidence(gate, bar, evidence),
    }
}

/// The result as the clock allows it. Evidence from a later day means that the clock was set back, and a waiver that
/// has expired would count again. Data that were fresh enough when the gate ran may be too old now.
fn result_of_today(row: GateResult, policy: &Policy, today: Date) -> GateResult {
    match row.evidence.as_ref().map(Evidence::date) {
        Some(dated) if dated > today => GateResult {
            state: GateState::Tampered,
            evidence: None,
            note: format!("the evidence is of {dated}, and the clock says {today}: set the clock right"),
            ..row
        },
        _ if row.state == GateState::Go && asks_freshness(&row.gate) => match policy.old_data(today) {
            Some(old) => GateResult { state: GateState::NoGo, note: old.to_string(), ..row },
            None => row,
        },
        _ => row,
    }
}

/// The result of a gate by evidence of the right inputs.
fn result_from_evidence(gate: &GateId, bar: &Bar, evidence: Option<Evidence>) -> GateResult {
    let (state, note) = match &evidence {
        None => (GateState::Missing, "never ran on these inputs".to_owned()),
        Some(evidence) if evidence.gate != *gate => {
            (GateState::Tampered, format!("the evidence file belongs to {}", evidence.gate))
        }
        Some(evidence) => match evidence.finding.verdict(bar) {
            None => (GateState::Crashed, "started but never finished".to_owned()),
            Some(Verdict::Go) => (GateState::Go, String::new()),
            Some(Verdict::NoGo) => (GateState::NoGo, String::new()),
            Some(Verdict::Undecided) => (GateState::Undecided, String::new()),
        },
    };
    let evidence = evidence.filter(|_| state != GateState::Tampered);
    GateResult { gate: gate.clone(), state, bar: bar.clone(), evidence, note }
}

/// The most changed inputs that a note names.
const MAX_NAMED_INPUTS: usize = 3;

/// Names the inputs that changed since the evidence was written.
fn name_changed_inputs(now: &Fingerprint, then: Option<&Fingerprint>) -> String {
    let changed = then.map(|then| now.changed_since(then)).unwrap_or_default();
    match changed.len() {
        0 => "ran on other inputs, and it is not known which of them changed".to_owned(),
        n if n <= MAX_NAMED_INPUTS => format!("inputs changed since: {}", changed.join(", ")),
        n => format!(
            "inputs changed since: {} and {} more",
            changed[..MAX_NAMED_INPUTS].join(", "),
            n - MAX_NAMED_INPUTS
        ),
    }
}

/// Takes a Go away if the family as a whole does not support it, and notes the adjusted p-value on every gate.
fn control_family(name: &str, family: &Family, tries: u64, rows: &mut [GateResult]) {
    let Control::Holm = family.control;
    let mut rows: Vec<&mut GateResult> = rows.iter_mut().filter(|row| row.gate.family() == name).collect();
    let members: Vec<Member<'_>> = rows.iter().map(|row| (&row.bar, row.measurement())).collect();
    let adjusted = family::control_error(&members);
    for (row, adjusted) in rows.iter_mut().zip(adjusted) {
        let Some((adjusted, measured)) = adjusted.zip(row.measurement().cloned()) else { continue };
        let more = more_rows(&row.bar, &measured, adjusted.sufficient_level());
        row.add_note(Some(adjusted.to_string()));
        if row.state == GateState::Go && !adjusted.clears() {
            row.state = GateState::Undecided;
            row.add_note(more.map(lacking_rows));
        }
        hold_against_tries(row, Some(adjusted.p), tries);
    }
}

/// Makes a warning of a gate that does not block and measured something that misses its bar, and of nothing else: a
/// gate that could not measure warns of nothing.
fn warn(row: &mut GateResult) {
    let Some(because) = row.bar.warns_because.clone() else { return };
    if row.measurement().is_some() && matches!(row.state, GateState::NoGo | GateState::Undecided) {
        row.add_note(Some(format!("{}, and does not block: {because}", row.state.word())));
        row.state = GateState::Warned;
    }
}

/// The longest term of a waiver, from the day on which its gate ran: three months, after which somebody must look
/// again.
const MAX_WAIVER_DAYS: i32 = 92;

/// Applies a waiver: it excepts a red or undecided gate, and nothing else.
fn apply_waiver(row: &mut GateResult, waiver: &Waiver, today: Date) {
    let Waiver { reason, owner, expires, .. } = waiver;
    if !matches!(row.state, GateState::Go | GateState::Warned | GateState::NoGo | GateState::Undecided) {
        return;
    }
    let ran = row.evidence.as_ref().map(Evidence::date);
    let too_long = ran.is_some_and(|ran| (*expires - ran).get_days() > MAX_WAIVER_DAYS);
    let (state, note) = if *expires < today {
        (GateState::BadWaiver, format!("the waiver of {owner} expired on {expires}"))
    } else if too_long {
        (GateState::BadWaiver, format!("the waiver of {owner} runs longer than {MAX_WAIVER_DAYS} days"))
    } else if row.state.outcome() == Outcome::Go {
        let found = if row.state == GateState::Go { "is green" } else { "does not block" };
        (GateState::BadWaiver, format!("the waiver of {owner} is not needed: the gate {found}"))
    } else {
        (GateState::Waived, format!("waived by {owner} until {expires}: {reason}"))
    };
    row.state = state;
    row.add_note(Some(note));
}
