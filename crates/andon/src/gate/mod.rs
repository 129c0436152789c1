//! A gate: one question put to the candidate, as one ordinary `#[test]` that returns what [`Release::gate`] returns.
//!
//! The gate records that it started before it measures, so that a crash leaves red evidence and not old green
//! evidence; then it measures, judges, records, and fails the test unless the verdict is Go or waived.

pub(crate) mod red;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use andon_evidence::decision::weakening::{self, Weakening};
use andon_evidence::evidence::{Evidence, Finding, Timestamp, now, today};
use andon_evidence::figures::Figures;
use andon_evidence::files::{self, FileError, sha256_hex};
use andon_evidence::judge::significance::{LEVEL, lacking_rows, more_rows};
use andon_evidence::judge::{Bar, NotMeasured, Verdict};
use andon_evidence::layout::{self, FIGURES, POLICY, SCORES};
use andon_evidence::policy::GateId;

use crate::data::contract::Record;
use crate::families::accuracy::challenger::{self, Metric};
use crate::families::measure;
use crate::gate::red::{describe_finding, report};
use crate::measure::sample::Measured;
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
        $crate::gate::id_of_path(std::any::type_name_of_val(&here))
    }};
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
    vouched: BTreeMap<String, String>,
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
        Ok(judged)
    }

    /// Vouches for the candidate: the model that ships, and the scores that the next candidate is compared by.
    ///
    /// # Errors
    /// [`NotMeasured`] when there is no candidate, or a file cannot be written.
    pub fn vouch_candidate(&mut self) -> Result<(), NotMeasured> {
        let judged = self.judged()?;
        self.vouch(layout::MODEL, &judged.candidate.model_json)?;
        self.vouch(SCORES, &challenger::scores_csv(self.release.policy(), judged)?)
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
        files::write_atomically(&self.release.store().path(file), bytes)
            .map_err(|error| NotMeasured(error.to_string()))?;
        self.vouched.insert(file.to_owned(), sha256_hex(bytes));
        Ok(())
    }
}

impl<R: Record> Release<R> {
    /// Runs the gate `id` with a measurement of the caller's own.
    ///
    /// # Errors
    /// [`Red`] unless the verdict is Go, or the gate is waived.
    pub fn gate(&self, id: &str, measured: impl FnOnce(&mut Gate<'_, R>) -> Measured) -> Result<(), Red> {
        let id = GateId::try_from(id.to_owned()).map_err(Red)?;
        let Some(bar) = self.policy().gates.get(&id) else {
            return Err(Red(format!("gate {id} is not in {POLICY}: add [gate.\"{id}\"] with a bar and its reason")));
        };
        let started = (now(), Instant::now());
        let mut gate = Gate { release: self, model_sha256: None, vouched: BTreeMap::new() };
        self.record(&id, &gate, started, Finding::Started).map_err(|error| Red(error.to_string()))?;
        let finding = match untrusted_run(id.family(), &|name| std::env::var(name).ok()) {
            Some(why) => Finding::Refused(why),
            None => found(&mut gate, measured),
        };
        self.record(&id, &gate, started, finding.clone()).map_err(|error| Red(error.to_string()))?;
        self.answer(&id, bar, &finding)
    }

    /// Runs a gate whose id names a statistic, such as `fairness.disparate_impact.race`.
    ///
    /// # Errors
    /// [`Red`] unless the verdict is Go, or the gate is waived; also when the id names no statistic.
    pub fn statistic(&self, id: &str) -> Result<(), Red> {
        self.gate(id, |gate| {
            let judged = gate.judged()?;
            let known = GateId::try_from(id.to_owned()).ok().and_then(|id| measure(&id, &judged.sample));
            known.unwrap_or_else(|| Err(NotMeasured(format!("{id} names no statistic of the harness"))))
        })
    }

    /// Runs a gate that compares the candidate with the last released model, such as `accuracy.challenger.auc`.
    ///
    /// # Errors
    /// [`Red`] unless the verdict is Go, or the gate is waived; also before the first release.
    pub fn challenger(&self, id: &str, by: Metric) -> Result<(), Red> {
        self.gate(id, |gate| challenger::improvement(self.policy(), gate.judged()?, self.released(), by))
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
            finding,
            vouched: gate.vouched.clone(),
            started_at,
            duration_ms: u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }

    fn answer(&self, id: &GateId, bar: &Bar, finding: &Finding) -> Result<(), Red> {
        let baseline = self.released().map(|released| &released.manifest.decision);
        if let Some(Weakening::Wrong(why)) = weakening::compare_bar(self.policy(), id, bar, baseline) {
            return Err(Red(report(id, bar, "WEAKENED", &[format!("  found     {why}")])));
        }
        let verdict = finding.verdict(bar).unwrap_or(Verdict::Undecided);
        let waived = self.policy().waiver(id).is_some_and(|waiver| waiver.expires >= today());
        if verdict == Verdict::Go || waived {
            return Ok(());
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

/// Measures; a panic, such as a failed assertion, is a finding and not the end of the evidence.
fn found<R: Record>(gate: &mut Gate<'_, R>, measured: impl FnOnce(&mut Gate<'_, R>) -> Measured) -> Finding {
    match catch_unwind(AssertUnwindSafe(|| measured(gate))) {
        Ok(Ok(measurement)) => Finding::Measured(measurement),
        Ok(Err(NotMeasured(why))) => Finding::NotMeasured(why),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Finding::Refused(text.unwrap_or("the gate panicked").to_owned())
        }
    }
}

/// The reason why a run may leave no green evidence: a retry that could turn red into green, or a snapshot that accepts
/// itself.
fn untrusted_run(family: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let attempt = variable("NEXTEST_ATTEMPT").filter(|attempt| attempt != "1");
    if let Some(attempt) = attempt {
        return Some(format!("attempt {attempt} of a retried test leaves no green evidence: run without retries"));
    }
    if family != "card" {
        return None;
    }
    let on = |name: &str| variable(name).filter(|value| !value.is_empty() && value != "0");
    for name in ["INSTA_FORCE_PASS", "INSTA_FORCE_UPDATE", "INSTA_FORCE_UPDATE_SNAPSHOTS"] {
        if let Some(value) = on(name) {
            return Some(format!("{name}={value} lets any card pass: unset it and run again"));
        }
    }
    let update = on("INSTA_UPDATE").filter(|value| !["no", "auto"].contains(&value.as_str()))?;
    Some(format!("INSTA_UPDATE={update} accepts any card: unset it and run again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(family: &str, set: &[(&str, &str)]) -> bool {
        let variable = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        untrusted_run(family, &variable).is_some()
    }

    #[test]
    fn retries_and_self_accepting_snapshots_are_refused() {
        assert!(!refused("card", &[]));
        assert!(!refused("accuracy", &[("NEXTEST_ATTEMPT", "1")]));
        assert!(refused("accuracy", &[("NEXTEST_ATTEMPT", "2")]));
        assert!(refused("card", &[("INSTA_FORCE_PASS", "1")]));
        assert!(!refused("card", &[("INSTA_FORCE_PASS", "0")]));
        assert!(!refused("accuracy", &[("INSTA_FORCE_PASS", "1")]));
        for (value, bad) in
            [("always", true), ("unseen", true), ("new", true), ("force", true), ("no", false), ("auto", false)]
        {
            assert_eq!(refused("card", &[("INSTA_UPDATE", value)]), bad, "{value}");
        }
    }
}
