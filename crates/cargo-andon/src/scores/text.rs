//! The judgement for a terminal, and as JSON.

use std::fmt::Write as _;

use andon_evidence::decision::{GateResult, GateState, Outcome, paint};
use andon_evidence::judge::{Bar, Measurement};
use andon_evidence::policy::GateId;
use serde::Serialize;

use crate::scores::judgement::Judgement;

/// The sentence that limits what the intervals say.
pub(crate) const INTERVALS: &str =
    "The intervals hold the luck of the rows alone; nothing here knows how the model was trained, or on which rows.";

impl Judgement {
    /// The verdict in one line: without a policy it is no decision.
    pub(crate) fn verdict(&self) -> String {
        match self.decision() {
            None => "No release decision: no policy was given".to_owned(),
            Some(outcome) => format!("Decision: {}", for_scores(outcome)),
        }
    }

    /// The number of gates in each state that occurs.
    pub(crate) fn counts(&self) -> String {
        let count = |state: GateState| self.gates.iter().filter(|gate| gate.state == state).count();
        let states = [GateState::Go, GateState::NoGo, GateState::Undecided];
        let counts = states.into_iter().filter(|state| count(*state) > 0);
        counts.map(|state| format!("{} {}", count(state), state.word())).collect::<Vec<_>>().join(", ")
    }

    /// The judgement as a table for people.
    pub(crate) fn table(&self, colour: bool) -> String {
        let mut text = String::new();
        let width = self.width();
        let _ = writeln!(text, "{}\n", self.head());
        for gate in &self.gates {
            let word = paint(&format!("{:<10}", gate.state.word()), gate.state.outcome(), colour);
            let _ = writeln!(text, "{word} {:<width$}  {}", gate.gate.as_str(), gate.summary());
        }
        for (id, measured) in &self.without_bar {
            let value = measured.as_ref().map_or_else(|why| why.0.clone(), Measurement::to_string);
            let _ = writeln!(text, "{:<10} {:<width$}  {value}", "no bar", id.as_str());
        }
        for (why, gates) in self.not_asked_by_reason() {
            let _ = writeln!(text, "not asked; {why} is needed: {}", gates.join(", "));
        }
        let verdict = match self.decision() {
            Some(outcome) => paint(&self.verdict(), outcome, colour),
            None => self.verdict(),
        };
        let _ = writeln!(text, "\n{verdict}  {} gates: {}", self.gates.len(), self.counts());
        let _ = writeln!(text, "{INTERVALS}");
        if self.policy.is_none() {
            let _ = writeln!(text, "next: cargo andon judge … --policy release.toml, or cargo andon new for a project");
        }
        text
    }

    /// The rows in one line.
    pub(crate) fn head(&self) -> String {
        format!(
            "{}: {} rows, {:.1} % with the favourable outcome, threshold {}, SHA-256 {}",
            self.file.display(),
            self.figures.rows,
            100.0 * self.figures.base_rate,
            self.threshold,
            self.figures.data_sha256
        )
    }

    /// The gates that were not asked, by what they need, in the order of the policy.
    fn not_asked_by_reason(&self) -> Vec<(&'static str, Vec<&str>)> {
        let mut reasons: Vec<(&'static str, Vec<&str>)> = Vec::new();
        for not_asked in &self.not_asked {
            let gate = not_asked.gate.as_str();
            match reasons.iter_mut().find(|(why, _)| *why == not_asked.needs) {
                Some((_, gates)) => gates.push(gate),
                None => reasons.push((not_asked.needs, vec![gate])),
            }
        }
        reasons
    }

    fn width(&self) -> usize {
        let gates = self.gates.iter().map(|gate| &gate.gate);
        let ids = gates.chain(self.without_bar.iter().map(|(id, _)| id));
        ids.map(|id| id.as_str().len()).max().unwrap_or(0)
    }

    /// The judgement as JSON.
    ///
    /// # Errors
    /// If a number cannot be written.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        let file = self.file.display().to_string();
        let verdict = self.verdict();
        let without_bar = self.without_bar.iter().map(|(gate, measured)| StatisticForm {
            gate,
            measured: measured.as_ref().ok(),
            not_measured: measured.as_ref().err().map(|why| why.0.as_str()),
        });
        serde_json::to_string_pretty(&JudgementForm {
            file: &file,
            sha256: &self.figures.data_sha256,
            rows: self.figures.rows,
            base_rate: self.figures.base_rate,
            threshold: self.threshold,
            policy: self.policy.as_ref().map(|path| path.display().to_string()),
            decision: self.decision().map(for_scores),
            verdict: &verdict,
            intervals: INTERVALS,
            gates: self.gates.iter().map(GateForm::new).collect(),
            without_bar: without_bar.collect(),
            not_asked: self.not_asked.iter().map(|no| NotAskedForm { gate: &no.gate, needs: no.needs }).collect(),
        })
    }
}

/// A decision as it is told: no reader, and no program, shall take it for that of a release.
fn for_scores(outcome: Outcome) -> String {
    format!("{outcome} for scores only")
}

#[derive(Serialize)]
struct JudgementForm<'a> {
    file: &'a str,
    sha256: &'a str,
    rows: u64,
    base_rate: f64,
    threshold: f64,
    policy: Option<String>,
    decision: Option<String>,
    verdict: &'a str,
    intervals: &'a str,
    gates: Vec<GateForm<'a>>,
    without_bar: Vec<StatisticForm<'a>>,
    not_asked: Vec<NotAskedForm<'a>>,
}

#[derive(Serialize)]
struct GateForm<'a> {
    gate: &'a GateId,
    state: GateState,
    bar: &'a Bar,
    measured: Option<&'a Measurement>,
    summary: String,
}

impl<'a> GateForm<'a> {
    fn new(gate: &'a GateResult) -> Self {
        let GateResult { gate: id, state, bar, .. } = gate;
        Self { gate: id, state: *state, bar, measured: gate.measurement(), summary: gate.summary() }
    }
}

#[derive(Serialize)]
struct StatisticForm<'a> {
    gate: &'a GateId,
    measured: Option<&'a Measurement>,
    not_measured: Option<&'a str>,
}

#[derive(Serialize)]
struct NotAskedForm<'a> {
    gate: &'a GateId,
    needs: &'a str,
}
