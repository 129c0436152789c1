//! The monitor: the release's own bars, held against the decisions that were served.
//!
//! It puts the gates' questions to served rows, with the gates' own statistics, intervals and fewest rows. There are
//! three kinds of gates:
//! * gates that need no label are checked: selection, denial, scores and referral by group, and drift of inputs and
//!   scores against the training data;
//! * gates that need outcomes are listed as not checked, and never as passed;
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

pub(crate) mod judgement;
pub(crate) mod since_training;

use std::collections::BTreeMap;

use andon_evidence::judge::NotMeasured;
use andon_evidence::policy::GateId;

use crate::data::cells;
use crate::data::contract::{Record, Violation};
use crate::data::frame::{Attribute, Frame, FrameError, attributes, encode_known};
use crate::data::matrix::{MISSING, Matrix};
use crate::decide::decider::Decider;
use crate::decide::reply::REFER;
use crate::families::as_served::{SELECTION_QUESTIONS, referred};
use crate::families::{GROUP_STATISTICS, fairness, measure};
use crate::measure::bands;
use crate::measure::sample::{Measured, Sample};
use crate::measure::served::answered_or_not;
use crate::measure::subject::Subject;
use crate::measure::tally::Tally;
use crate::model::score::Score;
use crate::monitor::judgement::{control_families, fold_verdicts};
use crate::monitor::since_training::SinceTraining;
use crate::statistics::threads::default_threads;

pub use crate::monitor::judgement::{Monitor, MonitoredGate, UncheckedGate};

/// One decision as it was recorded.
#[derive(Debug, Clone, Copy)]
pub struct ServedDecision<'a> {
    /// The features, as JSON.
    pub inputs: &'a str,
    /// The probability; absent if the decision was referred.
    pub score: Option<f64>,
    /// The policy's word for the decision.
    pub decision: &'a str,
    /// Protected attributes, as JSON; absent if none were stated.
    pub monitoring: Option<&'a str>,
}

/// A decision on record is not one of this release.
#[derive(Debug, thiserror::Error)]
pub enum NotOfThisRelease {
    /// Its inputs break the contract.
    #[error("its inputs break the contract: {0}")]
    Contract(Violation),
    /// Its inputs have no number in the model.
    #[error("its inputs are not the model's: {0}")]
    Encoding(String),
    /// Its score or its word is not the answer of this release.
    #[error("column {column}: {stated} is not the answer of this release, which is {expected}")]
    Answer {
        /// The column of the trail: `score` or `decision`.
        column: &'static str,
        /// The content of the column.
        stated: String,
        /// The content that follows from the inputs, or, once they were erased, from the score.
        expected: String,
    },
    /// The protected attributes are not an object of texts.
    #[error("its monitoring is no object of texts: {0}")]
    Monitoring(#[from] serde_json::Error),
}

/// A decision that can be put to the gates.
#[derive(Debug)]
struct ServedRow {
    encoded: Vec<f64>,
    /// None if the decision was referred.
    score: Option<Score>,
    /// By attribute, the place of the group; the last place is that of rows that state none.
    groups: Vec<usize>,
}

/// The group of the rows that state no attribute.
const NOT_STATED: &str = "not stated";

/// The decisions that were served, counted so that the gates can be put to them.
#[derive(Debug)]
pub struct ServedDecisions<'a, R> {
    decider: &'a Decider<R>,
    attributes: Vec<Attribute>,
    since: Option<SinceTraining<'a>>,
    rows: Vec<ServedRow>,
    /// Decisions of this release whose inputs were erased.
    erased: Vec<ServedRow>,
}

impl<'a, R: Record> ServedDecisions<'a, R> {
    /// Starts without decisions.
    ///
    /// # Errors
    /// [`FrameError`] when a protected attribute of the policy is no category of the contract.
    pub fn new(decider: &'a Decider<R>) -> Result<Self, FrameError> {
        let policy = decider.policy();
        let model = decider.model();
        let names = model.features().iter().map(|feature| feature.name.as_str()).collect();
        let draws = policy.evaluation.bootstrap_draws;
        let seed = policy.recipe.seed;
        Ok(Self {
            decider,
            attributes: attributes(policy, decider.contract())?.into_iter().map(with_not_stated).collect(),
            since: model.training().map(|training| SinceTraining::new(training, names, draws, seed)),
            rows: Vec::new(),
            erased: Vec::new(),
        })
    }

    /// Counts a decision.
    ///
    /// # Errors
    /// [`NotOfThisRelease`], and it is not counted.
    pub fn add(&mut self, decided: ServedDecision<'_>) -> Result<(), NotOfThisRelease> {
        let (encoded, is_known) = self.encoded(decided.inputs)?;
        let model = self.decider.model();
        let score = if is_known && model.answers(&encoded) { model.score(&encoded) } else { None };
        check_equal("score", told(decided.score), told(score.map(Score::share)))?;
        check_equal("decision", decided.decision, self.word(score))?;
        let groups = self.groups(decided.monitoring)?;
        if let Some(since) = &mut self.since {
            since.add(&encoded, score);
        }
        self.rows.push(ServedRow { encoded, score, groups });
        Ok(())
    }

    /// Counts a decision whose inputs and attributes were erased, by the score that is left of it.
    ///
    /// # Errors
    /// [`NotOfThisRelease`], and it is not counted.
    pub fn forgotten(&mut self, score: Option<f64>, decision: &str) -> Result<(), NotOfThisRelease> {
        let nearest = score.and_then(Score::nearest);
        check_equal("score", told(score), told(nearest.map(Score::share)))?;
        check_equal("decision", decision, self.word(nearest))?;
        let encoded = vec![MISSING; self.decider.model().features().len()];
        let groups = self.attributes.iter().map(|attribute| attribute.groups.len() - 1).collect();
        self.erased.push(ServedRow { encoded, score: nearest, groups });
        Ok(())
    }

    /// The word for a score; a referral has none.
    fn word(&self, score: Option<Score>) -> &str {
        let answer = &self.decider.policy().answer;
        match score {
            None => REFER,
            Some(score) if score >= self.decider.model().threshold() => &answer.positive,
            Some(_) => &answer.negative,
        }
    }

    /// The inputs as numbers, and true if the model knows every value. The program refers a record with a category that
    /// the model does not know, and such a decision counts as any other referral.
    fn encoded(&self, inputs: &str) -> Result<(Vec<f64>, bool), NotOfThisRelease> {
        let first = |violations: Vec<Violation>| violations.into_iter().next();
        let record = self.decider.read_request(inputs.as_bytes()).map_err(|violations| {
            let whole = || Violation::new("", "", "is not a record", "");
            NotOfThisRelease::Contract(first(violations).unwrap_or_else(whole))
        })?;
        let cells = cells::read(&record).map_err(|error| NotOfThisRelease::Encoding(error.to_string()))?;
        Ok(encode_known(self.decider.model().features(), &cells))
    }

    fn groups(&self, monitoring: Option<&str>) -> Result<Vec<usize>, NotOfThisRelease> {
        let stated: BTreeMap<String, String> = monitoring.map_or(Ok(BTreeMap::new()), serde_json::from_str)?;
        let place = |attribute: &Attribute| {
            let stated = stated.get(&attribute.name).map_or(NOT_STATED, String::as_str);
            let stated = self.decider.policy().data.judged_as(&attribute.name, stated);
            attribute.groups.iter().position(|group| group == stated).unwrap_or(attribute.groups.len() - 1)
        };
        Ok(self.attributes.iter().map(place).collect())
    }

    /// The number of decisions that were counted, and of those that state a judged group of every protected attribute.
    #[must_use]
    pub fn rows(&self) -> (u64, u64) {
        let every: Vec<usize> = (0..self.attributes.len()).collect();
        (self.rows.len() as u64, self.judged_rows(&every) as u64)
    }

    /// The number of rows that are in a judged group of each of these attributes.
    fn judged_rows(&self, places: &[usize]) -> usize {
        let is_judged = |row: &ServedRow, place: usize| {
            let attribute = &self.attributes[place];
            attribute.judged.contains(&attribute.groups[row.groups[place]])
        };
        self.rows.iter().filter(|row| places.iter().all(|place| is_judged(row, *place))).count()
    }

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
        Monitor { verdict: fold_verdicts(&rows), rows, unasked, at_release }
    }

    fn ask(&self, gate: &GateId) -> GateQuestion {
        const OUTCOMES: &str = "needs outcomes";
        match (gate.family(), gate.question()) {
            ("drift", ("population_stability", None)) => {
                self.drifted(SinceTraining::at_least, SinceTraining::population_stability)
            }
            ("drift", ("cramers_v", None)) => self.drifted(SinceTraining::at_least, SinceTraining::cramers_v),
            ("drift", ("prediction", None)) => self.drifted(SinceTraining::scored_at_least, SinceTraining::prediction),
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

    fn drifted(
        &self,
        enough: fn(&SinceTraining<'a>, u64) -> Result<(), NotMeasured>,
        measure: fn(&SinceTraining<'a>) -> Measured,
    ) -> GateQuestion {
        let measured = || {
            let nothing = || NotMeasured("the artifact does not say how its training data were spread".to_owned());
            let since = self.since.as_ref().ok_or_else(nothing)?;
            enough(since, self.decider.policy().evaluation.minimum_group_rows)?;
            self.check_most(self.rows.len(), "can still be read")?;
            measure(since)
        };
        GateQuestion::Now(measured())
    }

    /// Refuses to speak for all decisions of the release by fewer than half of them.
    fn check_most(&self, asked: usize, that: &str) -> Result<(), NotMeasured> {
        let asked = asked as u64;
        let all = (self.rows.len() + self.erased.len()) as u64;
        if 2 * asked >= all {
            return Ok(());
        }
        Err(NotMeasured(format!("{asked} of {all} decisions {that}: fewer than half cannot speak for the others")))
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

    /// The decisions of some kind by the groups of a subject, with these scores.
    fn compared(
        &self,
        subject: &str,
        is_meant: fn(&ServedRow) -> bool,
        scores: fn(&[&ServedRow]) -> Vec<Score>,
    ) -> Result<Sample, NotMeasured> {
        let policy = self.decider.policy();
        let nobody = Tally::new(&self.attributes, &bands::bands(policy, &self.frame(&[], &[])));
        let named = Subject::parse(subject, &nobody)?.attributes;
        let is_named = |attribute: &Attribute| named.contains(&attribute.name.as_str());
        let places: Vec<usize> =
            (0..self.attributes.len()).filter(|place| is_named(&self.attributes[*place])).collect();
        let judged = self.judged_rows(&places);
        if judged == 0 {
            return Err(NotMeasured(format!("no decision states {}", named.join(" and "))));
        }
        self.check_most(judged, &format!("state {}", named.join(" and ")))?;
        let rows: Vec<&ServedRow> = self.rows.iter().chain(&self.erased).filter(|row| is_meant(row)).collect();
        let frame = self.frame(&places, &rows);
        let controls = bands::bands(policy, &frame);
        Ok(self.sample(Tally::count_with_controls(&frame, &controls, &scores(&rows), default_threads())))
    }

    /// Rows with these attributes. Labels are not known, and nothing asks for them.
    fn frame(&self, places: &[usize], rows: &[&ServedRow]) -> Frame {
        let features = self.decider.model().features().to_vec();
        let mut matrix = Matrix::new(features.len());
        rows.iter().for_each(|row| matrix.push(&row.encoded));
        let attribute = |place: &usize| {
            let group_of = rows.iter().map(|row| row.groups[*place]).collect();
            Attribute { group_of, ..self.attributes[*place].clone() }
        };
        let attributes = places.iter().map(attribute).collect();
        Frame { features, matrix, labels: vec![false; rows.len()], attributes, persons: Vec::new() }
    }

    fn sample(&self, tally: Tally) -> Sample {
        Sample::new(self.decider.policy(), tally, self.decider.model().threshold())
    }
}

/// Checks one column of a decision on record.
fn check_equal(column: &'static str, stated: impl ToString, expected: impl ToString) -> Result<(), NotOfThisRelease> {
    let stated = stated.to_string();
    let expected = expected.to_string();
    if stated == expected { Ok(()) } else { Err(NotOfThisRelease::Answer { column, stated, expected }) }
}

/// A score in words. The shortest text of a number stands for that number alone.
fn told(score: Option<f64>) -> String {
    score.map_or_else(|| "no score".to_owned(), |score| score.to_string())
}

fn measure_known(gate: &GateId, sample: &Sample) -> Measured {
    measure(gate, sample).unwrap_or_else(|| Err(NotMeasured(format!("{gate} names no statistic"))))
}

/// The highest score for an answer, and the lowest for a referral.
fn flags(rows: &[&ServedRow]) -> Vec<Score> {
    rows.iter().map(|row| row.score.map_or_else(Score::lowest, |_| Score::highest())).collect()
}

/// The scores by which rows are answered; a referral has the lowest, as it is no approval.
fn scores(rows: &[&ServedRow]) -> Vec<Score> {
    rows.iter().map(|row| row.score.unwrap_or_else(Score::lowest)).collect()
}

/// An attribute with a last group, not judged, for the rows that state none.
fn with_not_stated(mut attribute: Attribute) -> Attribute {
    attribute.groups.push(NOT_STATED.to_owned());
    attribute
}

/// The outcome of putting a gate to the served decisions.
enum GateQuestion {
    Now(Measured),
    Not(&'static str),
    AtRelease,
}
