//! Months of decisions, held against the bars that need outcomes.
//!
//! A month is that of the decision, so its rows stay the same and only its outcomes become more. A decision without an
//! outcome counts neither as good nor as bad: a gate is GO only if it would be under each of the assumptions about
//! these decisions that [`assumed`](crate::monitor::assumed) makes. A gate that is NO-GO on the known outcomes is
//! NO-GO. Each month is judged by itself, at the level of a release; twelve months are twelve looks.
//!
//! Whoever was denied seldom shows what would have happened (selective labels: Lakkaraju et al., *The selective labels
//! problem*, KDD 2017). So a month says how many of the approved and how many of the denied have an outcome.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use andon_evidence::decision::paint;
use andon_evidence::judge::{Bar, NotMeasured, Verdict};
use andon_evidence::policy::{GateId, OutcomeRule};
use serde::Serialize;

use crate::data::contract::Record;
use crate::families::{GROUP_STATISTICS, STATISTICS, measure_for_bar};
use crate::measure::bands;
use crate::measure::sample::Measured;
use crate::measure::tally::Tally;
use crate::monitor::assumed::Assumption;
use crate::monitor::estimate::{EstimatedGate, write_estimates};
use crate::monitor::judgement::{MonitoredGate, control_families, fold_verdicts, name_and_colour};
use crate::monitor::served::{ServedDecisions, ServedRow, scores};
use crate::threads::default_threads;

/// The comparisons of groups that need outcomes.
const OUTCOME_QUESTIONS: [&str; 5] = [
    "amplification",
    "calibration_within_groups",
    "equal_opportunity_difference",
    "equalized_odds_difference",
    "predictive_parity_difference",
];

/// The decisions of a month, and how many of them have an outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MonthRows {
    /// Approvals.
    pub approved: u64,
    /// Approvals with an outcome.
    pub approved_with_outcome: u64,
    /// Denials.
    pub denied: u64,
    /// Denials with an outcome.
    pub denied_with_outcome: u64,
    /// Decisions that were left to a person.
    pub referred: u64,
    /// Of these, decisions with an outcome.
    pub referred_with_outcome: u64,
}

/// A month of decisions against the bars that need outcomes.
#[derive(Debug, Clone, Serialize)]
pub struct Month {
    /// The month of the decisions, as in `2026-05`.
    pub month: String,
    /// The verdict over its gates.
    pub verdict: Verdict,
    /// True if the outcomes of the month must be there by now.
    pub is_due: bool,
    /// Its decisions.
    pub rows: MonthRows,
    /// Its gates.
    pub gates: Vec<MonitoredGate>,
    /// Estimates of gates that the known outcomes leave undecided. They are no measurements, and none says GO.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub estimates: Vec<EstimatedGate>,
}

/// The question whether the release must be validated anew.
#[derive(Debug, Clone, Serialize)]
pub struct Revalidation {
    /// True if it must.
    pub is_due: bool,
    /// The months with NO-GO.
    pub no_go: Vec<String>,
    /// The number of such months that asks for it; `outcomes.no_go_months`.
    pub no_go_months: u32,
}

impl Revalidation {
    pub(crate) fn new(rule: Option<&OutcomeRule>, months: &[Month]) -> Self {
        let no_go_months = rule.cloned().unwrap_or_default().no_go_months;
        let no_go = months.iter().filter(|month| month.verdict == Verdict::NoGo);
        let no_go: Vec<String> = no_go.map(|month| month.month.clone()).collect();
        Self { is_due: no_go.len() as u64 >= u64::from(no_go_months), no_go, no_go_months }
    }
}

/// NO-GO if a new validation is due. A month with NO-GO, and one that is due and undecided, is no GO.
pub(crate) fn fold_with_months(served: Verdict, months: &[Month], revalidation: Option<&Revalidation>) -> Verdict {
    let is_open =
        |month: &Month| month.verdict == Verdict::NoGo || (month.verdict == Verdict::Undecided && month.is_due);
    match served {
        _ if revalidation.is_some_and(|revalidation| revalidation.is_due) => Verdict::NoGo,
        Verdict::Go if months.iter().any(is_open) => Verdict::Undecided,
        served => served,
    }
}

/// True for a gate that needs outcomes and that rows on a trail can answer once these are known.
fn needs_outcomes(gate: &GateId) -> bool {
    match (gate.family(), gate.question()) {
        ("accuracy", ("selection_rate", _)) => false,
        ("fairness", (question, Some(_))) => {
            OUTCOME_QUESTIONS.contains(&question) && GROUP_STATISTICS.iter().any(|(known, _)| *known == question)
        }
        (family, (question, None)) => STATISTICS.iter().any(|(of, known, _)| (*of, *known) == (family, question)),
        _ => false,
    }
}

impl<R: Record> ServedDecisions<'_, R> {
    /// The months of the decisions, if the policy has a rule for outcomes or an outcome is known.
    pub(crate) fn months(&self) -> Vec<Month> {
        let rule = self.decider.policy().outcomes.as_ref();
        let all = || self.rows.iter().chain(&self.erased);
        if rule.is_none() && all().all(|row| row.outcome.is_none()) {
            return Vec::new();
        }
        let mut by_month: BTreeMap<&str, Vec<&ServedRow>> = BTreeMap::new();
        all().for_each(|row| by_month.entry(&row.month).or_default().push(row));
        let last = by_month.keys().last().and_then(|month| count_months(month)).unwrap_or_default();
        let due_after = i64::from(rule.cloned().unwrap_or_default().due_after_months);
        let is_due = |month: &str| count_months(month).is_none_or(|month| month + due_after <= last);
        by_month.iter().map(|(month, rows)| self.month(month, is_due(month), rows)).collect()
    }

    fn month(&self, month: &str, is_due: bool, rows: &[&ServedRow]) -> Month {
        let policy = self.decider.policy();
        let asked = policy.gates.iter().filter(|(gate, _)| needs_outcomes(gate));
        let mut gates: Vec<MonitoredGate> =
            asked.map(|(gate, bar)| MonitoredGate::new(gate, bar, self.known(gate, bar, rows))).collect();
        control_families(policy, &mut gates);
        gates.iter_mut().for_each(|row| self.doubt(row, rows));
        let estimates = self.estimates(&gates, rows);
        let is_missed = |one: &EstimatedGate| one.verdict == Verdict::NoGo && one.bar.blocks();
        let verdict = if estimates.iter().any(is_missed) { Verdict::NoGo } else { fold_verdicts(&gates) };
        Month { month: month.to_owned(), verdict, is_due, rows: self.month_rows(rows), gates, estimates }
    }

    fn month_rows(&self, rows: &[&ServedRow]) -> MonthRows {
        let mut counts = MonthRows::default();
        for row in rows {
            let (all, known) = match row.score.map(|score| score >= self.decider.model().threshold()) {
                Some(true) => (&mut counts.approved, &mut counts.approved_with_outcome),
                Some(false) => (&mut counts.denied, &mut counts.denied_with_outcome),
                None => (&mut counts.referred, &mut counts.referred_with_outcome),
            };
            *all += 1;
            *known += u64::from(row.outcome.is_some());
        }
        counts
    }

    /// The rows that a gate is about. A referral has no score; for a comparison of groups it is no approval.
    fn concerned<'r>(gate: &GateId, rows: &[&'r ServedRow]) -> Vec<&'r ServedRow> {
        let is_asked = |row: &&&ServedRow| gate.family() == "fairness" || row.score.is_some();
        rows.iter().filter(is_asked).copied().collect()
    }

    /// A gate over the rows whose outcome is known.
    fn known(&self, gate: &GateId, bar: &Bar, rows: &[&ServedRow]) -> Measured {
        let concerned = Self::concerned(gate, rows);
        let known: Vec<&ServedRow> = concerned.iter().filter(|row| row.outcome.is_some()).copied().collect();
        let counts = format!("{} of {} decisions have an outcome", known.len(), concerned.len());
        if 2 * known.len() < concerned.len() || known.is_empty() {
            return Err(NotMeasured(format!("{counts}: fewer than half cannot speak for the others")));
        }
        self.measured(gate, bar, &known, |row| row.outcome.unwrap_or_default())
    }

    /// A gate over rows with these labels.
    pub(crate) fn measured(
        &self,
        gate: &GateId,
        bar: &Bar,
        rows: &[&ServedRow],
        label: impl Fn(&ServedRow) -> bool,
    ) -> Measured {
        let places = gate.question().1.map_or(Ok(Vec::new()), |subject| Ok(self.attributes_of(subject)?.0))?;
        let mut frame = self.frame(&places, rows);
        frame.labels = rows.iter().map(|row| label(row)).collect();
        let controls = bands::bands(self.decider.policy(), &frame);
        let tally = Tally::count_with_controls(&frame, &controls, &scores(rows), default_threads());
        let measured = measure_for_bar(gate, bar, &self.sample(tally));
        measured.unwrap_or_else(|| Err(NotMeasured(format!("{gate} names no statistic"))))
    }

    /// Turns a GO into UNDECIDED if the decisions without an outcome could turn it.
    fn doubt(&self, row: &mut MonitoredGate, rows: &[&ServedRow]) {
        let concerned = Self::concerned(&row.gate, rows);
        let unknown = concerned.iter().filter(|row| row.outcome.is_none()).count();
        if row.verdict != Verdict::Go || unknown == 0 {
            return;
        }
        let named = row.gate.question().1.and_then(|subject| self.attributes_of(subject).ok());
        let threshold = self.decider.model().threshold();
        for assumption in Assumption::all(&self.attributes, &named.map(|(places, _)| places).unwrap_or_default()) {
            let label = |row: &ServedRow| {
                let is_approved = row.score.is_some_and(|score| score >= threshold);
                row.outcome.unwrap_or_else(|| assumption.label(is_approved, &row.groups))
            };
            let found = self.measured(&row.gate, &row.bar, &concerned, label);
            if found.as_ref().is_ok_and(|found| row.bar.judge(found) == Verdict::Go) {
                continue;
            }
            let value = found.map_or_else(|why| why.0, |found| found.to_string());
            let doubt =
                format!("{unknown} have no outcome: {}, it would be {value}", assumption.words(&self.attributes));
            let before = std::mem::take(&mut row.note);
            row.note = [before, doubt].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
            row.verdict = Verdict::Undecided;
            return;
        }
    }
}

/// The months since year 0.
fn count_months(month: &str) -> Option<i64> {
    let (year, month) = month.split_once('-')?;
    Some(12 * year.parse::<i64>().ok()? + month.parse::<i64>().ok()?)
}

/// The months as people read them.
pub(crate) fn write_months(text: &mut String, months: &[Month], revalidation: &Revalidation, colour: bool) {
    let _ = writeln!(text, "\nBy month of decision, on what happened later:");
    for month in months {
        write_month(text, month, colour);
    }
    let denied: u64 = months.iter().map(|month| month.rows.denied).sum();
    let known: u64 = months.iter().map(|month| month.rows.denied_with_outcome).sum();
    if known < denied {
        let _ = writeln!(
            text,
            "{} of {denied} denied have no outcome: nobody knows how many of them were denied wrongly, and nothing here \
             says that it was few",
            denied - known
        );
    }
    let Revalidation { is_due, no_go, no_go_months } = revalidation;
    let listed = if no_go.is_empty() { String::new() } else { format!(" ({})", no_go.join(", ")) };
    let due = if *is_due { "Validate the release anew" } else { "No new validation is due" };
    let _ = writeln!(text, "{due}: {} months NO-GO{listed}, of {no_go_months} that ask for it", no_go.len());
}

fn write_month(text: &mut String, month: &Month, colour: bool) {
    let MonthRows { approved, approved_with_outcome, denied, denied_with_outcome, referred, .. } = month.rows;
    let (word, outcome) = name_and_colour(month.verdict);
    let word = paint(&format!("{word:<11}"), outcome, colour);
    let due = if month.is_due { "" } else { ", not due yet" };
    let _ = writeln!(
        text,
        "{word} {}  outcomes of {approved_with_outcome} of {approved} approved, {denied_with_outcome} of {denied} denied; \
         {referred} referred{due}",
        month.month
    );
    for row in month.gates.iter().filter(|row| row.verdict != Verdict::Go) {
        let (word, outcome) = name_and_colour(row.verdict);
        let word = paint(&format!("{word:<11}"), outcome, colour);
        let _ = writeln!(text, "  {word} {}  {}", row.gate, row.line());
    }
    write_estimates(text, &month.estimates, colour);
}
