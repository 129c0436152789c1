//! Estimates for decisions whose outcome nobody knows yet, from their calibrated scores.
//!
//! A decision with the score 0.9 has the favourable outcome with a probability of 0.9, if the scores are calibrated. So
//! the expected confusion matrix follows from the scores alone: confidence-based performance estimation (CBPE), as
//! NannyML describes it (<https://nannyml.readthedocs.io>, *How it works: performance estimation*). Here the outcomes
//! are drawn many times from the scores, by a seed, so that any statistic has an expected value, and an interval that
//! holds the luck of the outcomes. Outcomes that are known are taken as they are.
//!
//! The scores vouch for themselves: when the world changes and the scores do not, no estimate shows it. So an estimate
//! can be NO-GO or UNDECIDED and is never GO, and gates of calibration are not estimated.

use std::fmt::Write as _;

use andon_evidence::decision::paint;
use andon_evidence::judge::normal::Z_95;
use andon_evidence::judge::{Bar, Threshold, Verdict};
use andon_evidence::policy::{GateId, range};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use serde::Serialize;

use crate::data::contract::Record;
use crate::families::measure;
use crate::measure::bands;
use crate::measure::sample::Sample;
use crate::measure::tally::Tally;
use crate::model::score::Score;
use crate::monitor::judgement::{MonitoredGate, name_and_colour};
use crate::monitor::served::{ServedDecisions, ServedRow, scores};
use crate::threads::default_threads;

/// The times that the outcomes are drawn.
const DRAWS: usize = 100;

/// The comparisons of groups that can be estimated.
const GROUP_QUESTIONS: [&str; 3] =
    ["equal_opportunity_difference", "equalized_odds_difference", "predictive_parity_difference"];

/// A gate as the scores expect it. It is no measurement.
#[derive(Debug, Clone, Serialize)]
pub struct EstimatedGate {
    /// The gate.
    pub gate: GateId,
    /// NO-GO or UNDECIDED, never GO.
    pub verdict: Verdict,
    /// Its bar in the policy.
    pub bar: Bar,
    /// The expected value.
    pub estimate: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The decisions that it is about.
    pub rows: u64,
    /// Of these, decisions without an outcome.
    pub without_outcome: u64,
}

/// True for a gate that calibrated scores can say something about.
fn can_be_estimated(gate: &GateId) -> bool {
    match (gate.family(), gate.question()) {
        ("accuracy", (_, None)) => true,
        ("fairness", (question, Some(_))) => GROUP_QUESTIONS.contains(&question),
        _ => false,
    }
}

impl<R: Record> ServedDecisions<'_, R> {
    /// Estimates the gates that the known outcomes leave undecided.
    pub(crate) fn estimates(&self, gates: &[MonitoredGate], rows: &[&ServedRow]) -> Vec<EstimatedGate> {
        let scored: Vec<&ServedRow> = rows.iter().filter(|row| row.score.is_some()).copied().collect();
        let without = scored.iter().filter(|row| row.outcome.is_none()).count();
        if without == 0 {
            return Vec::new();
        }
        let open = gates.iter().filter(|row| row.verdict == Verdict::Undecided && can_be_estimated(&row.gate));
        open.filter_map(|row| self.estimated(&row.gate, &row.bar, &scored, without as u64)).collect()
    }

    fn estimated(&self, gate: &GateId, bar: &Bar, rows: &[&ServedRow], without_outcome: u64) -> Option<EstimatedGate> {
        let values = self.drawn(gate, rows)?;
        let n = values.len() as f64;
        let estimate = values.iter().sum::<f64>() / n;
        let half = Z_95 * (values.iter().map(|value| (value - estimate).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let (least, greatest) = range(gate).unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let low = (estimate - half).max(least);
        let high = (estimate + half).min(greatest);
        let is_missed = match bar.threshold {
            Threshold::Min(min) => high < min,
            Threshold::Max(max) => low > max,
        };
        let verdict = if is_missed { Verdict::NoGo } else { Verdict::Undecided };
        let rows = rows.len() as u64;
        Some(EstimatedGate {
            gate: gate.clone(),
            verdict,
            bar: bar.clone(),
            estimate,
            low,
            high,
            rows,
            without_outcome,
        })
    }

    /// The statistic for each draw of the outcomes; none if it is not defined in one.
    fn drawn(&self, gate: &GateId, rows: &[&ServedRow]) -> Option<Vec<f64>> {
        let places = gate.question().1.map_or(Some(Vec::new()), |subject| Some(self.attributes_of(subject).ok()?.0))?;
        let mut frame = self.frame(&places, rows);
        let controls = bands::bands(self.decider.policy(), &frame);
        let scores = scores(rows);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(self.decider.policy().recipe.seed);
        let mut draw = || {
            frame.labels =
                rows.iter().map(|row| row.outcome.unwrap_or_else(|| drawn_outcome(row, &mut random))).collect();
            let tally = Tally::count_with_controls(&frame, &controls, &scores, default_threads());
            let point = Sample { draws: 0, ..self.sample(tally) };
            measure(gate, &point)?.ok().map(|found| found.value())
        };
        (0..DRAWS).map(|_| draw()).collect()
    }
}

/// An outcome by the probability that the score states.
fn drawn_outcome(row: &ServedRow, random: &mut Xoshiro256PlusPlus) -> bool {
    let favourable = row.score.map_or(0, Score::index) as u64;
    let steps = Score::STEPS as u64;
    random.next_u64() % steps < favourable
}

/// The estimates of a month as people read them.
pub(crate) fn write_estimates(text: &mut String, estimates: &[EstimatedGate], colour: bool) {
    for one in estimates {
        let EstimatedGate { gate, verdict, bar, estimate, low, high, rows, without_outcome } = one;
        let (word, outcome) = name_and_colour(*verdict);
        let word = paint(&format!("{word:<11}"), outcome, colour);
        let _ = writeln!(
            text,
            "  {word} {gate}  ESTIMATE from calibrated scores, not measured: {estimate:.4} [{low:.4}, {high:.4}], bar {bar}; \
             {without_outcome} of {rows} have no outcome"
        );
    }
}
