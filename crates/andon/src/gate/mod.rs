//! A gate: one question put to the candidate, as one ordinary `#[test]` that returns what [`Release::gate`] returns.
//!
//! The gate records that it started before it measures, so that a crash leaves red evidence and not old green
//! evidence; then it measures, judges, records, and fails the test unless the verdict is Go or waived, or the gate
//! does not block.

pub(crate) mod red;
mod running_test;

use std::collections::BTreeMap;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use andon_evidence::decision::weakening::{self, Weakening};
use andon_evidence::decision::{Decision, GateResult, GateState, Outcome};
use andon_evidence::evidence::{Evidence, Finding, Timestamp, now, today};
use andon_evidence::figures::Figures;
use andon_evidence::files::{AtomicWriter, FileError};
use andon_evidence::judge::significance::{LEVEL, lacking_rows, more_rows};
use andon_evidence::judge::{Bar, NotMeasured, Verdict};
use andon_evidence::layout::{self, FIGURES, POLICY, SCORES};
use andon_evidence::ledger::Ledger;
use andon_evidence::policy::{GateId, Policy, is_harness_question};
use andon_evidence::{run, stops};

use crate::data::contract::Record;
use crate::decide::answers;
use crate::decide::decider::Decider;
use crate::families::accuracy::challenger;
use crate::families::as_served::measure_gate;
use crate::gate::red::{describe_finding, report};
use crate::gate::running_test::{foreign_measurement, recorded_before, stray_test, unlisted_program, untrusted_run};
use crate::measure::sample::Measured;
use crate::model::Model;
use crate::model::candidate::Candidate;
use crate::release::{Judged, Release};

pub use crate::gate::red::Red;

/// The id of the gate whose test this stands in: the test's own path, with dots. A renamed test is another gate.
///
/// ```
/// mod fairness {
///     pub mod disparate_impact {
///         pub fn race() -> String {
///             andon::gate_id!()
///         }
///     }
/// }
/// assert!(fairness::disparate_impact::race().ends_with("fairness.disparate_impact.race"));
/// ```
#[macro_export]
macro_rules! gate_id {
    () => {{
        fn here() {}
        $crate::gate::id_of_test(std::any::type_name_of_val(&here), env!("CARGO_MANIFEST_DIR"))
    }};
}

/// The id of the gate whose test runs, in the folder that its program was built for.
///
/// # Panics
/// If the program was built for another folder: its evidence would be about that one.
#[doc(hidden)]
#[must_use]
pub fn id_of_test(path: &str, built_for: &str) -> String {
    if let Some(why) = run::built_elsewhere(built_for) {
        panic!("{why}");
    }
    id_of_path(path)
}

/// `gate::fairness::sex::here`, the path of a marker inside a test, as the id `fairness.sex`. Any other text
/// becomes an id that no policy has.
///
/// ```
/// assert_eq!(andon::gate::id_of_path("gate::fairness::sex::here"), "fairness.sex");
/// ```
#[doc(hidden)]
#[must_use]
pub fn id_of_path(path: &str) -> String {
    let test = path.strip_suffix("::here").unwrap_or(path);
    test.split_once("::").map_or(test, |(_, inside)| inside).replace("::", ".")
}

/// The running gate: what it may use and vouch for.
pub struct Gate<'a, R> {
    release: &'a Release<R>,
    model_sha256: Option<String>,
    scores_sha256: Option<String>,
    vouched: BTreeMap<String, String>,
    is_refused: bool,
}

impl<'a, R: Record> Gate<'a, R> {
    /// The release under judgement.
    #[must_use]
    pub fn release(&self) -> &'a Release<R> {
        self.release
    }

    /// The candidate with its data; the evidence will name its model.
    ///
    /// # Errors
    /// [`NotMeasured`] when there is no candidate.
    pub fn judged(&mut self) -> Result<&'a Judged<R>, NotMeasured> {
        let judged = self.release.judged().map_err(|why| NotMeasured(format!("there is no candidate: {why}")))?;
        self.model_sha256 = Some(judged.candidate.model_sha256.clone());
        self.scores_sha256 = Some(judged.scores_sha256.clone());
        Ok(judged)
    }

    /// Refuses the gate, so that it is NO-GO whatever its bar is: for what no number can express, such as rows that
    /// break the contract. The gate must return the error.
    ///
    /// ```
    /// # use andon::{Gate, Measured, Record};
    /// fn measure<R: Record>(gate: &mut Gate<'_, R>) -> Measured {
    ///     Err(gate.refuse("the file is cut off"))
    /// }
    /// ```
    pub fn refuse(&mut self, why: impl std::fmt::Display) -> NotMeasured {
        self.is_refused = true;
        NotMeasured(why.to_string())
    }

    /// Vouches for the candidate: the model that ships, the scores that the next candidate is compared by, and the
    /// answers that the program must give before it ships. Without a model, for the scores alone.
    ///
    /// # Errors
    /// [`NotMeasured`] when there is no candidate, or a file cannot be written.
    pub fn vouch_candidate(&mut self) -> Result<(), NotMeasured> {
        let judged = self.judged()?;
        self.vouch(SCORES, &challenger::scores_csv(self.release.policy(), judged)?)?;
        if judged.candidate.model.is_only_scores() {
            return Ok(());
        }
        self.vouch(layout::MODEL, &judged.candidate.model_json)?;
        self.vouch_answers(&judged.candidate)
    }

    /// Vouches for the answers of the model that ships, read from its bytes as the program will read it.
    fn vouch_answers(&mut self, candidate: &Candidate) -> Result<(), NotMeasured> {
        let shipped = Model::from_json(&candidate.model_json).map_err(|error| NotMeasured(error.to_string()))?;
        let decider = Decider::new(self.release.contract().clone(), self.release.policy().clone(), shipped);
        let data = self.release.data().map_err(|why| NotMeasured(why.to_string()))?;
        let decided = self.vouch_written(layout::ANSWERS, |file| answers::write_csv(&decider, data, file))?;
        self.vouch(layout::QUESTIONS, &answers::questions(&decider, &data.rows, &decided)?)
    }

    /// Vouches for what the card, the report and the forms for other tools are made from: the figures, and the
    /// contract.
    ///
    /// # Errors
    /// [`NotMeasured`] when a file cannot be written.
    pub fn vouch_figures(&mut self, figures: &Figures) -> Result<(), NotMeasured> {
        self.vouch_json(FIGURES, figures)?;
        self.vouch_json(layout::CONTRACT, self.release.contract().json_schema())
    }

    fn vouch_json(&mut self, file: &str, value: &impl serde::Serialize) -> Result<(), NotMeasured> {
        let json = serde_json::to_vec_pretty(value).map_err(|error| NotMeasured(error.to_string()))?;
        self.vouch(file, &json)
    }

    /// Puts a file of the artifact into the store and vouches for its bytes, should the gate be green.
    ///
    /// # Errors
    /// [`NotMeasured`] when it cannot be written.
    pub fn vouch(&mut self, file: &str, bytes: &[u8]) -> Result<(), NotMeasured> {
        let path = self.release.store().path(file);
        self.vouch_written(file, |writer| {
            writer.write_all(bytes).map_err(|error| unwritten(FileError::io("write", &path)(error)))
        })
    }

    /// Vouches for a file that is written in blocks. If writing fails, the old file stays and nobody vouches for it.
    fn vouch_written<T>(
        &mut self,
        file: &str,
        write: impl FnOnce(&mut AtomicWriter) -> Result<T, NotMeasured>,
    ) -> Result<T, NotMeasured> {
        let mut writer = AtomicWriter::new(&self.release.store().path(file)).map_err(unwritten)?;
        let written = write(&mut writer)?;
        self.vouched.insert(file.to_owned(), writer.finish().map_err(unwritten)?);
        Ok(written)
    }
}

fn unwritten(error: FileError) -> NotMeasured {
    NotMeasured(error.to_string())
}

impl<R: Record> Release<R> {
    /// Runs the gate `id` with a measurement of the caller's own.
    ///
    /// # Errors
    /// [`Red`] unless the verdict is Go, or the gate is waived. Also if the id names a question of the harness, because
    /// evidence under such a name must hold what the harness measures.
    pub fn gate(&self, id: &str, measured: impl FnOnce(&mut Gate<'_, R>) -> Measured) -> Result<(), Red> {
        let id = GateId::try_from(id.to_owned()).map_err(Red)?;
        if is_harness_question(&id) {
            return Err(Red(format!(
                "gate {id} names a question of the harness: a measurement of another kind under its name is refused\n\
                 next: gate(&gate_id!()) in its test, or another id"
            )));
        }
        self.run_gate(id, measured)
    }

    /// Runs a gate by the harness's own measurement, which is a function of the crate `andon-gates`. The name of its
    /// type says so; a test cannot give such a name to a measurement of its own.
    ///
    /// # Errors
    /// [`Red`] unless the verdict is Go, or the gate is waived. Also if the measurement is of another crate.
    #[doc(hidden)]
    pub fn harness_gate<M>(&self, id: &str, measured: M) -> Result<(), Red>
    where
        M: FnOnce(&mut Gate<'_, R>) -> Measured,
    {
        let id = GateId::try_from(id.to_owned()).map_err(Red)?;
        if let Some(why) = foreign_measurement(self.root(), std::any::type_name::<M>()) {
            return Err(Red(format!("gate {id} {why}\nnext: gate(&gate_id!()) in its test, or another id")));
        }
        self.run_gate(id, measured)
    }

    fn run_gate(&self, id: GateId, measured: impl FnOnce(&mut Gate<'_, R>) -> Measured) -> Result<(), Red> {
        let Some(bar) = self.policy().gates.get(&id) else {
            return Err(Red(format!("gate {id} is not in {POLICY}: add [gate.\"{id}\"] with a bar and its reason")));
        };
        if let Some(why) = stray_test(self.root(), &id) {
            return Err(Red(why));
        }
        let started = (now(), Instant::now());
        let mut gate = Gate {
            release: self,
            model_sha256: None,
            scores_sha256: None,
            vouched: BTreeMap::new(),
            is_refused: false,
        };
        self.record(&id, &gate, started, Finding::Started).map_err(|error| Red(error.to_string()))?;
        let untrusted = untrusted_run(id.family(), &|name| std::env::var(name).ok());
        let untrusted = untrusted.or_else(|| unlisted_program(self.root()));
        let finding = match untrusted.or_else(|| recorded_before(self.root(), &id)) {
            Some(why) => Finding::Refused(why),
            None => match lacks_unseen_rows(self.policy(), &id) {
                Some(why) => Finding::NotMeasured(why.to_owned()),
                None => found(&mut gate, measured),
            },
        };
        self.record(&id, &gate, started, finding.clone()).map_err(|error| Red(error.to_string()))?;
        self.answer(&id, bar, &finding)
    }

    /// Runs a gate whose id names a statistic, such as `fairness.disparate_impact.race`, or a comparison with the
    /// previous release, such as `accuracy.challenger.auc`, which is undecided before the first release.
    ///
    /// # Errors
    /// [`Red`] unless the verdict is Go, or the gate is waived; also when the id names no statistic.
    pub fn statistic(&self, id: &str) -> Result<(), Red> {
        let id = GateId::try_from(id.to_owned()).map_err(Red)?;
        self.run_gate(id.clone(), |gate| {
            let judged = gate.judged()?;
            if let Some(by) = challenger::metric(&id) {
                return challenger::improvement(self.policy(), judged, self.released(), by);
            }
            let bar = gate.release.policy().gates.get(&id);
            let known = bar.and_then(|bar| measure_gate(&id, bar, judged));
            known.unwrap_or_else(|| Err(NotMeasured(format!("{id} names no statistic of the harness"))))
        })
    }

    fn record(
        &self,
        id: &GateId,
        gate: &Gate<'_, R>,
        (started_at, clock): (Timestamp, Instant),
        finding: Finding,
    ) -> Result<(), FileError> {
        self.store().write(&Evidence {
            gate: id.clone(),
            fingerprint: self.fingerprint().digest().to_owned(),
            model_sha256: gate.model_sha256.clone(),
            scores_sha256: gate.scores_sha256.clone(),
            finding,
            vouched: gate.vouched.clone(),
            started_at,
            duration_ms: u64::try_from(clock.elapsed().as_millis()).ok(),
        })
    }

    fn answer(&self, id: &GateId, bar: &Bar, finding: &Finding) -> Result<(), Red> {
        if finding.verdict(bar) != Some(Verdict::Go) {
            self.keep_in_ledger().map_err(|error| Red(error.to_string()))?;
        }
        if let Some(Weakening::Wrong(why)) = weakening::compare_bar(id, bar, self.baseline()) {
            return Err(Red(report(id, bar, "WEAKENED", &[format!("  found     {why}")])));
        }
        let verdict = finding.verdict(bar).unwrap_or(Verdict::Undecided);
        let waived = self.policy().waiver(id).is_some_and(|waiver| waiver.expires >= today());
        if verdict == Verdict::Go || waived || !bar.blocks() {
            return self.answer_for_family(id);
        }
        let word = if verdict == Verdict::NoGo { "NO-GO" } else { "UNDECIDED" };
        let mut lines = describe_finding(finding);
        if let Finding::Measured(measurement) = finding
            && verdict == Verdict::Undecided
        {
            lines.extend(more_rows(bar, measurement, LEVEL).map(|more| format!("  lacking   {}", lacking_rows(more))));
        }
        Err(Red(report(id, bar, word, &lines)))
    }
}

impl<R: Record> Release<R> {
    /// Keeps what the run found so far, and removes the reports of an earlier decision. A red gate may end the run
    /// before its decision is made, and must not be forgotten.
    fn keep_in_ledger(&self) -> Result<(), FileError> {
        self.store().remove_reports()?;
        stops::keep_in_ledger(self.root())?;
        let decision = Decision::fold(self.policy(), self.fingerprint(), self.store(), self.baseline(), today());
        match decision.ledger_entry(self.policy(), today()) {
            Some((entry, seen)) => Ledger::append(self.root(), entry, seen, &self.baseline().rows),
            None => Ok(()),
        }
    }

    /// Fails the gate of a controlled family that ends last, if a gate of the family is green alone and not with the
    /// others. The gates that ended before it could not know.
    fn answer_for_family(&self, id: &GateId) -> Result<(), Red> {
        let Some(family) = self.policy().families.get(id.family()) else { return Ok(()) };
        let decision = Decision::fold(self.policy(), self.fingerprint(), self.store(), self.baseline(), today());
        let rows: Vec<&GateResult> = decision.rows.iter().filter(|row| row.gate.family() == id.family()).collect();
        if rows.iter().any(|row| row.state.outcome() == Outcome::Incomplete) {
            return Ok(());
        }
        let alone = |row: &GateResult| row.evidence.as_ref().and_then(|evidence| evidence.finding.verdict(&row.bar));
        let fallen = rows.iter().filter(|row| row.state == GateState::Undecided && alone(row) == Some(Verdict::Go));
        let found: Vec<String> = fallen.map(|row| format!("  found     {}: {}", row.gate, row.summary())).collect();
        if found.is_empty() {
            return Ok(());
        }
        let name = id.family();
        Err(Red(format!(
            "the family {name} is UNDECIDED: each gate below is green by itself, and not together with the others\n{}\n  \
             why       {}\n  next      more rows, or fewer claims; then cargo test --test gate -- {name}",
            found.join("\n"),
            family.why
        )))
    }
}

/// The families whose gates ask how the model does on rows that it has not seen.
const ABOUT_UNSEEN_ROWS: [&str; 4] = ["accuracy", "calibration", "fairness", "drift"];

/// The reason why a gate cannot be measured: the policy does not say which rows a model from a file has not seen.
fn lacks_unseen_rows(policy: &Policy, id: &GateId) -> Option<&'static str> {
    let says_nothing = policy.unseen().is_some_and(|unseen| unseen.is_none());
    (says_nothing && ABOUT_UNSEEN_ROWS.contains(&id.family())).then_some(
        "the model was trained elsewhere and has seen some of the rows, and the policy does not say which it has not\nnext: \
         [model] unseen = { column = \"…\" }, { file = \"…\" } or \"every_row\"",
    )
}

/// Measures; a panic, such as a failed assertion, is a finding and not the end of the evidence.
fn found<R: Record>(gate: &mut Gate<'_, R>, measured: impl FnOnce(&mut Gate<'_, R>) -> Measured) -> Finding {
    match catch_unwind(AssertUnwindSafe(|| measured(gate))) {
        Ok(Err(NotMeasured(why))) if gate.is_refused => Finding::Refused(why),
        Ok(Ok(_)) if gate.is_refused => Finding::Refused("the gate refuses, and measures all the same".to_owned()),
        Ok(Ok(measurement)) => Finding::Measured(measurement),
        Ok(Err(NotMeasured(why))) => Finding::NotMeasured(why),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Finding::Refused(text.unwrap_or("the gate panicked").to_owned())
        }
    }
}
