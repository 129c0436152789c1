//! The release's own bars, held against what was served.
//!
//! The questions are those of the gates, with the gates' own statistics, intervals and fewest rows; what differs is
//! whose rows they are put to. Three kinds of gates there are:
//! * what needs no label is asked: selection by group, and drift of inputs and scores against the training data;
//! * what needs the outcome of each case is listed as not asked, and never as passed;
//! * what is about the artifact alone was asked at its release.
//!
//! A referral is no approval: a program that refers one group more often approves it less often. It has no score, so
//! the drift of scores is that of the others. Where more than half of the decisions cannot be asked, because they were
//! forgotten or state no attribute, the others say nothing of them, and nothing is said. Holm's procedure counts the gates of a family that are asked here. No
//! waiver is applied: it excepts a release, not what the release then does.

pub(crate) mod since_training;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use andon_evidence::decision::family;
use andon_evidence::decision::{Outcome, paint};
use andon_evidence::judge::{Bar, Measurement, NotMeasured, Verdict};
use andon_evidence::policy::{Control, GateId, Policy};
use serde::Serialize;

use crate::data::cells;
use crate::data::contract::{Record, Violation};
use crate::data::frame::{Attribute, Frame, FrameError, attributes};
use crate::data::matrix::Matrix;
use crate::decide::decider::Decider;
use crate::families::{GROUP_STATISTICS, measure};
use crate::measure::bands;
use crate::measure::sample::{Measured, Sample};
use crate::measure::subject::Subject;
use crate::measure::tally::Tally;
use crate::model::score::Score;
use crate::monitor::since_training::SinceTraining;
use crate::statistics::threads::default_threads;

/// The fairness questions that are about answers alone.
const ANSWER_QUESTIONS: [&str; 3] = ["demographic_parity_difference", "disparate_impact", "selection_rate"];

/// One decision as it was recorded.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// The features, as JSON.
    pub inputs: &'a str,
    /// The probability; absent where it was referred.
    pub score: Option<f64>,
    /// The word.
    pub decision: &'a str,
    /// Protected attributes, as JSON, where some were stated.
    pub monitoring: Option<&'a str>,
}

/// A decision on record is none of this release.
#[derive(Debug, thiserror::Error)]
pub enum NotOfThisRelease {
    /// Its inputs break the contract.
    #[error("its inputs break the contract: {0}")]
    Contract(Violation),
    /// Its inputs have no number in the model.
    #[error("its inputs are not the model's: {0}")]
    Encoding(String),
    /// Its score and its word do not belong together.
    #[error("`{0}` does not follow from its score")]
    Answer(String),
    /// What is watched is no object of texts.
    #[error("its monitoring is no object of texts: {0}")]
    Monitoring(#[from] serde_json::Error),
}

/// A row whose protected attributes are known in part.
#[derive(Debug)]
struct AttributedRow {
    encoded: Vec<f64>,
    score: Score,
    /// By attribute, the place of the group.
    groups: Vec<Option<usize>>,
}

/// What was served, as far as it is to be asked about.
#[derive(Debug)]
pub struct Served<'a, R> {
    decider: &'a Decider<R>,
    attributes: Vec<Attribute>,
    since: Option<SinceTraining<'a>>,
    scores: Vec<Score>,
    known: Vec<AttributedRow>,
    /// Decisions of this release that cannot be asked any more.
    forgotten: u64,
}

impl<'a, R: Record> Served<'a, R> {
    /// Nothing yet.
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
            attributes: attributes(policy, decider.contract())?,
            since: model.training().map(|training| SinceTraining::new(training, names, draws, seed)),
            scores: Vec::new(),
            known: Vec::new(),
            forgotten: 0,
        })
    }

    /// Counts a decision.
    ///
    /// # Errors
    /// [`NotOfThisRelease`], and it is not counted.
    pub fn add(&mut self, decided: Decided<'_>) -> Result<(), NotOfThisRelease> {
        let encoded = self.encoded(decided.inputs)?;
        let score = decided.score.and_then(Score::nearest);
        let positive = decided.decision == self.decider.policy().answer.positive;
        if positive != score.is_some_and(|score| score >= self.decider.model().threshold()) {
            return Err(NotOfThisRelease::Answer(decided.decision.to_owned()));
        }
        let groups = self.groups(decided.monitoring)?;
        if let Some(since) = &mut self.since {
            since.add(&encoded, score);
        }
        // The lowest score is below any threshold that could deny.
        let lowest = Score::nearest(0.0).unwrap_or_else(Score::middle);
        let score = score.unwrap_or(lowest);
        self.scores.push(score);
        if groups.iter().any(Option::is_some) {
            self.known.push(AttributedRow { encoded, score, groups });
        }
        Ok(())
    }

    /// Counts a decision whose inputs were forgotten.
    pub fn forgotten(&mut self) {
        self.forgotten += 1;
    }

    fn encoded(&self, inputs: &str) -> Result<Vec<f64>, NotOfThisRelease> {
        let first = |violations: Vec<Violation>| violations.into_iter().next();
        let record = self.decider.read_request(inputs.as_bytes()).map_err(|violations| {
            let whole = || Violation::new("", "", "is not a record", "");
            NotOfThisRelease::Contract(first(violations).unwrap_or_else(whole))
        })?;
        let encoding = |error: &dyn std::fmt::Display| NotOfThisRelease::Encoding(error.to_string());
        let cells = cells::read(&record).map_err(|error| encoding(&error))?;
        self.decider.model().encode(&cells).map_err(|error| encoding(&error))
    }

    fn groups(&self, monitoring: Option<&str>) -> Result<Vec<Option<usize>>, NotOfThisRelease> {
        let stated: BTreeMap<String, String> = monitoring.map_or(Ok(BTreeMap::new()), serde_json::from_str)?;
        let place = |attribute: &Attribute| {
            let stated = stated.get(&attribute.name)?;
            attribute.groups.iter().position(|group| group == stated)
        };
        Ok(self.attributes.iter().map(place).collect())
    }

    /// How many decisions were counted, and of how many a protected attribute is known.
    #[must_use]
    pub fn rows(&self) -> (u64, u64) {
        (self.scores.len() as u64, self.known.len() as u64)
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
                GateQuestion::Now(measured) => rows.push(Row::new(gate, bar, measured)),
                GateQuestion::Not(why) => unasked.push(Unasked { gate: gate.clone(), why }),
                GateQuestion::AtRelease => at_release += 1,
            }
        }
        control(policy, &mut rows);
        Monitor { verdict: folded(&rows), rows, unasked, at_release }
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
            ("fairness", (question, Some(subject))) if ANSWER_QUESTIONS.contains(&question) => {
                GateQuestion::Now(self.compared(gate, subject))
            }
            ("fairness", (question, _)) if GROUP_STATISTICS.iter().any(|(known, _)| *known == question) => {
                GateQuestion::Not(OUTCOMES)
            }
            ("fairness", _) => GateQuestion::Not("was asked of the training data"),
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
            self.check_most(self.scores.len(), "can still be read")?;
            measure(since)
        };
        GateQuestion::Now(measured())
    }

    /// Refuses to speak for all decisions of the release by fewer than half of them.
    fn check_most(&self, asked: usize, that: &str) -> Result<(), NotMeasured> {
        let asked = asked as u64;
        let all = self.scores.len() as u64 + self.forgotten;
        if 2 * asked >= all {
            return Ok(());
        }
        Err(NotMeasured(format!("{asked} of {all} decisions {that}: fewer than half cannot speak for the others")))
    }

    fn of_all(&self, gate: &GateId) -> Measured {
        self.check_most(self.scores.len(), "can still be read")?;
        let frame = self.frame(&[], &[]);
        let frame = Frame { labels: vec![false; self.scores.len()], ..frame };
        self.measured(gate, Tally::count(&frame, &self.scores))
    }

    /// A question about groups, put to the rows whose groups are known.
    fn compared(&self, gate: &GateId, subject: &str) -> Measured {
        let policy = self.decider.policy();
        let nobody = Tally::new(&self.attributes, &bands::bands(policy, &self.frame(&[], &[])));
        let named = Subject::parse(subject, &nobody)?.attributes;
        let is_named = |attribute: &Attribute| named.contains(&attribute.name.as_str());
        let places: Vec<usize> =
            (0..self.attributes.len()).filter(|place| is_named(&self.attributes[*place])).collect();
        let is_known = |known: &&AttributedRow| places.iter().all(|place| known.groups[*place].is_some());
        let rows: Vec<&AttributedRow> = self.known.iter().filter(is_known).collect();
        if rows.is_empty() {
            return Err(NotMeasured(format!("no decision states {}", named.join(" and "))));
        }
        self.check_most(rows.len(), &format!("state {}", named.join(" and ")))?;
        let frame = self.frame(&places, &rows);
        let scores: Vec<Score> = rows.iter().map(|row| row.score).collect();
        let controls = bands::bands(policy, &frame);
        self.measured(gate, Tally::count_with_controls(&frame, &controls, &scores, default_threads()))
    }

    /// Rows with these attributes. Labels are not known, and nothing asks for them.
    fn frame(&self, places: &[usize], rows: &[&AttributedRow]) -> Frame {
        let features = self.decider.model().features().to_vec();
        let mut matrix = Matrix::new(features.len());
        rows.iter().for_each(|row| matrix.push(&row.encoded));
        let attribute = |place: &usize| {
            let group_of = rows.iter().filter_map(|row| row.groups[*place]).collect();
            Attribute { group_of, ..self.attributes[*place].clone() }
        };
        let attributes = places.iter().map(attribute).collect();
        Frame { features, matrix, labels: vec![false; rows.len()], attributes }
    }

    fn measured(&self, gate: &GateId, tally: Tally) -> Measured {
        let sample = Sample::new(self.decider.policy(), tally, self.decider.model().threshold());
        measure(gate, &sample).unwrap_or_else(|| Err(NotMeasured(format!("{gate} names no statistic"))))
    }
}

/// What became of a gate's question.
enum GateQuestion {
    Now(Measured),
    Not(&'static str),
    AtRelease,
}

/// One gate put to what was served.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Which gate.
    pub gate: GateId,
    /// Its answer.
    pub verdict: Verdict,
    /// Its bar in the policy.
    pub bar: Bar,
    /// What was measured; absent where nothing could be.
    pub measurement: Option<Measurement>,
    /// Why nothing was measured, or what the family says.
    pub note: String,
}

impl Row {
    fn new(gate: &GateId, bar: &Bar, measured: Measured) -> Self {
        let gate = gate.clone();
        let bar = bar.clone();
        match measured {
            Ok(found) => Self { verdict: bar.judge(&found), gate, bar, measurement: Some(found), note: String::new() },
            Err(NotMeasured(note)) => Self { gate, verdict: Verdict::Undecided, bar, measurement: None, note },
        }
    }

    fn line(&self) -> String {
        let Some(measurement) = &self.measurement else { return self.note.clone() };
        let parts = measurement.parts().iter().map(|part| format!("{} {:.4} of {}", part.name, part.value, part.n));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let texts = [format!("{measurement}, bar {}", self.bar), self.note.clone(), parts];
        texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

/// A gate that served rows cannot answer.
#[derive(Debug, Clone, Serialize)]
pub struct Unasked {
    /// Which gate.
    pub gate: GateId,
    /// Why not.
    pub why: &'static str,
}

/// The bars of the release over what was served.
#[derive(Debug, Clone, Serialize)]
pub struct Monitor {
    /// All that were asked, together.
    pub verdict: Verdict,
    /// The gates that were asked.
    pub rows: Vec<Row>,
    /// The gates that served rows cannot answer.
    pub unasked: Vec<Unasked>,
    /// How many gates are about the artifact alone.
    pub at_release: usize,
}

/// Go only where something was asked and every answer is Go.
fn folded(rows: &[Row]) -> Verdict {
    let any = |verdict| rows.iter().any(|row| row.verdict == verdict);
    if any(Verdict::NoGo) {
        Verdict::NoGo
    } else if rows.is_empty() || any(Verdict::Undecided) {
        Verdict::Undecided
    } else {
        Verdict::Go
    }
}

/// Takes a Go away where its family does not bear it out.
fn control(policy: &Policy, rows: &mut [Row]) {
    for (name, declared) in &policy.families {
        let Control::Holm = declared.control;
        let mut rows: Vec<&mut Row> = rows.iter_mut().filter(|row| row.gate.family() == name).collect();
        let members: Vec<family::Member<'_>> = rows.iter().map(|row| (&row.bar, row.measurement.as_ref())).collect();
        let adjusted = family::control_error(&members);
        for (row, adjusted) in rows.iter_mut().zip(adjusted) {
            let Some(adjusted) = adjusted.filter(|_| row.measurement.is_some()) else { continue };
            row.note = adjusted.to_string();
            if row.verdict == Verdict::Go && !adjusted.clears() {
                row.verdict = Verdict::Undecided;
            }
        }
    }
}

/// The word for a verdict, and its colour.
fn shown(verdict: Verdict) -> (&'static str, Outcome) {
    match verdict {
        Verdict::Go => ("GO", Outcome::Go),
        Verdict::NoGo => ("NO-GO", Outcome::NoGo),
        Verdict::Undecided => ("UNDECIDED", Outcome::Incomplete),
    }
}

impl Monitor {
    /// The answers as a table for people, as the decision's; `colour` adds terminal escapes, `rows` says of what.
    #[must_use]
    pub fn table(&self, colour: bool, rows: &str) -> String {
        let asked = self.rows.iter().map(|row| (shown(row.verdict), &row.gate, row.line()));
        let unasked =
            self.unasked.iter().map(|one| (("NOT ASKED", Outcome::Incomplete), &one.gate, one.why.to_owned()));
        let lines: Vec<_> = asked.chain(unasked).collect();
        let width = lines.iter().map(|(_, gate, _)| gate.as_str().len()).max().unwrap_or(0);
        let mut text = String::new();
        for ((word, outcome), gate, line) in lines {
            let word = paint(&format!("{word:<10}"), outcome, colour);
            let _ = writeln!(text, "{word} {:<width$}  {line}", gate.as_str());
        }
        let (word, outcome) = shown(self.verdict);
        let verdict = paint(&format!("Monitor: {word}"), outcome, colour);
        let of = |wanted| self.rows.iter().filter(|row| row.verdict == wanted).count();
        let counts = [Verdict::Go, Verdict::NoGo, Verdict::Undecided].map(|verdict| (of(verdict), shown(verdict).0));
        let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        let counts = counts.chain([format!("{} not asked", self.unasked.len())]).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "\n{rows}; {} gates were answered for good at the release", self.at_release);
        let _ = writeln!(text, "{verdict}  {} gates: {counts}", self.rows.len() + self.unasked.len());
        text
    }
}
