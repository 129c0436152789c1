//! The monitor: the release's own bars, held against the decisions that were served.
//!
//! It puts the gates' questions to served rows, with the gates' own statistics, intervals and fewest rows. There are
//! three kinds of gates:
//! * gates that need no label are checked: selection, denial, scores and referral by group, and drift of inputs and
//!   scores against the training data;
//! * gates that need outcomes are listed as not checked, and never as passed; once outcomes are on the trail, they are
//!   asked of each month of decisions (`months`);
//! * gates about the artifact alone were answered at its release.
//!
//! A referral is not an approval: a program that refers one group more often approves it less often. Nor is it a
//! denial: who is denied is asked of the decisions that were answered. A referral has no
//! score, so the drift of scores rests on the other decisions. A decision that states no attribute, or one of no judged
//! group, is a row that no judged group holds: the comparison of groups reaches as far as the worst assignment of these
//! rows. If more than half of the decisions cannot be read, because their inputs were erased, or state no judged group,
//! the gate is UNDECIDED. Holm's procedure counts the
//! gates of a family that are checked here. No waiver is applied: a waiver excepts a release, not the release's later
//! behaviour.

mod assumed;
pub(crate) mod challenger;
pub(crate) mod estimate;
pub(crate) mod judgement;
pub(crate) mod months;
pub(crate) mod overridden;
pub(crate) mod served;
pub(crate) mod since_training;
pub(crate) mod table;

use andon_evidence::judge::NotMeasured;
use andon_evidence::policy::GateId;

use crate::data::contract::Record;
use crate::families::as_served::{SELECTION_QUESTIONS, referred};
use crate::families::{GROUP_STATISTICS, fairness, measure};
use crate::measure::sample::{Measured, Sample};
use crate::measure::served::answered_or_not;
use crate::measure::tally::Tally;
use crate::model::score::Score;
use crate::monitor::judgement::{control_families, fold_verdicts};
use crate::monitor::months::{Revalidation, fold_with_months};
use crate::monitor::served::{ServedRow, scores};

pub use crate::monitor::challenger::{Challenger, GroupGain, ShareOfRows};
pub use crate::monitor::estimate::EstimatedGate;
pub use crate::monitor::judgement::MonitoredGate;
pub use crate::monitor::months::{Month, MonthRows};
pub use crate::monitor::overridden::OverrideCounts;
pub use crate::monitor::served::{NotOfThisRelease, RowPlace, ServedDecision, ServedDecisions, ShadowAnswer};
pub use crate::monitor::since_training::{COUNTED_QUESTIONS, measure_counted};
pub use crate::monitor::table::{Monitor, UncheckedGate};

impl<'a, R: Record> ServedDecisions<'a, R> {
    /// Puts every gate of the policy to the rows that can answer it.
    #[must_use]
    pub fn judge(&self) -> Monitor {
        let policy = self.decider.policy();
        let mut rows = Vec::new();
        let mut unasked = Vec::new();
        let mut at_release = 0;
        for (gate, bar) in &policy.gates {
            match self.ask(gate) {
                GateQuestion::Now(measured) => rows.push(MonitoredGate::new(gate, bar, measured)),
                GateQuestion::Not(why) => unasked.push(UncheckedGate { gate: gate.clone(), why }),
                GateQuestion::AtRelease => at_release += 1,
            }
        }
        control_families(policy, &mut rows);
        rows.extend(self.override_gates());
        let months = self.months();
        let revalidation = (!months.is_empty()).then(|| Revalidation::new(policy.outcomes.as_ref(), &months));
        let verdict = fold_with_months(fold_verdicts(&rows), &months, revalidation.as_ref());
        let overrides = self.override_counts();
        let challengers = self.challengers();
        Monitor { verdict, rows, unasked, at_release, months, revalidation, overrides, challengers }
    }

    fn ask(&self, gate: &GateId) -> GateQuestion {
        const OUTCOMES: &str = "needs outcomes";
        match (gate.family(), gate.question()) {
            ("drift", (question, None)) if COUNTED_QUESTIONS.contains(&question) => {
                GateQuestion::Now(self.drifted(gate, question))
            }
            ("drift", ("kolmogorov_smirnov", _)) => GateQuestion::Not("needs the training rows, which do not ship"),
            ("drift", _) => GateQuestion::Not(OUTCOMES),
            ("fairness", ("answered", Some(subject))) => {
                let sample = self.compared(subject, |_| true, flags);
                GateQuestion::Now(
                    sample.and_then(|sample| fairness::disparate_impact(&answered_or_not(sample), subject)),
                )
            }
            ("serving", ("referred", None)) => GateQuestion::Now(self.referred()),
            ("fairness", (question, Some(subject))) if SELECTION_QUESTIONS.contains(&question) => {
                let sample = self.compared(subject, |_| true, scores);
                GateQuestion::Now(sample.and_then(|sample| measure_known(gate, &sample)))
            }
            ("fairness", ("denial_ratio" | "denial_odds_ratio" | "score_difference", Some(subject))) => {
                let sample = self.compared(subject, |row| row.score.is_some(), scores);
                GateQuestion::Now(sample.and_then(|sample| measure_known(gate, &sample)))
            }
            ("fairness", (question, _)) if GROUP_STATISTICS.iter().any(|(known, _)| *known == question) => {
                GateQuestion::Not(OUTCOMES)
            }
            ("fairness", _) => GateQuestion::Not("was asked of the training data"),
            ("accuracy", ("golden", _)) => GateQuestion::AtRelease,
            ("accuracy", ("selection_rate", None)) => GateQuestion::Now(self.of_all(gate)),
            ("accuracy" | "calibration", _) => GateQuestion::Not(OUTCOMES),
            _ => GateQuestion::AtRelease,
        }
    }

    fn drifted(&self, gate: &GateId, question: &str) -> Measured {
        let nothing = || NotMeasured("the artifact does not say how its training data were spread".to_owned());
        let since = self.since.as_ref().ok_or_else(nothing)?;
        since.at_least(question, self.decider.policy().evaluation.minimum_group_rows)?;
        self.check_most(self.rows.len(), "can still be read")?;
        since.measure(question).unwrap_or_else(|| unknown(gate))
    }

    fn of_all(&self, gate: &GateId) -> Measured {
        self.check_most(self.rows.len(), "can still be read")?;
        let rows: Vec<&ServedRow> = self.rows.iter().collect();
        measure_known(gate, &self.sample(Tally::count(&self.frame(&[], &rows), &scores(&rows))))
    }

    /// The share of decisions that were referred to a person, erased ones among them.
    fn referred(&self) -> Measured {
        let rows = self.rows.iter().chain(&self.erased);
        referred(rows.clone().filter(|row| row.score.is_none()).count() as u64, rows.count() as u64)
    }
}

fn measure_known(gate: &GateId, sample: &Sample) -> Measured {
    measure(gate, sample).unwrap_or_else(|| unknown(gate))
}

fn unknown(gate: &GateId) -> Measured {
    Err(NotMeasured(format!("{gate} names no statistic")))
}

/// The highest score for an answer, and the lowest for a referral.
fn flags(rows: &[&ServedRow]) -> Vec<Score> {
    rows.iter().map(|row| row.score.map_or_else(Score::lowest, |_| Score::highest())).collect()
}

/// The outcome of putting a gate to the served decisions.
enum GateQuestion {
    Now(Measured),
    Not(&'static str),
    AtRelease,
}
