//! The decisions that were served, row by row, and the counts of them that the gates are put to.

use std::collections::BTreeMap;

use andon_evidence::judge::NotMeasured;

use crate::data::cells;
use crate::data::contract::{Record, Violation};
use crate::data::frame::{Attribute, Frame, FrameError, attributes, encode_known};
use crate::data::matrix::{MISSING, Matrix};
use crate::decide::decider::Decider;
use crate::decide::reply::REFER;
use crate::measure::bands;
use crate::measure::sample::Sample;
use crate::measure::subject::Subject;
use crate::measure::tally::Tally;
use crate::model::score::Score;
use crate::monitor::since_training::SinceTraining;
use crate::threads::default_threads;

/// The place and time of a decision on its trail.
#[derive(Debug, Clone, Copy)]
pub struct RowPlace<'a> {
    /// The place, which rises from decision to decision.
    pub sequence: u64,
    /// The time: UTC, RFC 3339.
    pub time: &'a str,
}

impl RowPlace<'_> {
    /// The month, as in `2026-05`.
    fn month(&self) -> String {
        self.time.chars().take(7).collect()
    }
}

/// One decision as it was recorded.
#[derive(Debug, Clone, Copy)]
pub struct ServedDecision<'a> {
    /// Its place and time.
    pub place: RowPlace<'a>,
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

/// The answer of a challenger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowAnswer {
    /// The challenger, by its version and the digest of its model.
    pub challenger: String,
    /// True for an approval, false for a denial, none for a referral.
    pub approves: Option<bool>,
}

/// A decision that can be put to the gates.
#[derive(Debug)]
pub(crate) struct ServedRow {
    pub(crate) sequence: u64,
    /// As in `2026-05`.
    pub(crate) month: String,
    /// True for the favourable outcome; none as long as nobody knows.
    pub(crate) outcome: Option<bool>,
    /// True if a person approved later, false if one denied.
    pub(crate) person: Option<bool>,
    /// The answer of a challenger, if one decided beside the model.
    pub(crate) shadow: Option<ShadowAnswer>,
    encoded: Vec<f64>,
    /// None if the decision was referred.
    pub(crate) score: Option<Score>,
    /// By attribute, the place of the group; the last place is that of rows that state none.
    pub(crate) groups: Vec<usize>,
}

/// The group of the rows that state no attribute.
const NOT_STATED: &str = "not stated";

/// The decisions that were served, counted so that the gates can be put to them.
#[derive(Debug)]
pub struct ServedDecisions<'a, R> {
    pub(crate) decider: &'a Decider<R>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) since: Option<SinceTraining<'a>>,
    pub(crate) rows: Vec<ServedRow>,
    /// Decisions of this release whose inputs were erased.
    pub(crate) erased: Vec<ServedRow>,
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
        let RowPlace { sequence, .. } = decided.place;
        self.rows.push(ServedRow {
            sequence,
            month: decided.place.month(),
            outcome: None,
            person: None,
            shadow: None,
            encoded,
            score,
            groups,
        });
        Ok(())
    }

    /// Counts a decision whose inputs and attributes were erased, by the score that is left of it.
    ///
    /// # Errors
    /// [`NotOfThisRelease`], and it is not counted.
    pub fn forgotten(
        &mut self,
        place: RowPlace<'_>,
        score: Option<f64>,
        decision: &str,
    ) -> Result<(), NotOfThisRelease> {
        let nearest = score.and_then(Score::nearest);
        check_equal("score", told(score), told(nearest.map(Score::share)))?;
        check_equal("decision", decision, self.word(nearest))?;
        let encoded = vec![MISSING; self.decider.model().features().len()];
        let groups = self.attributes.iter().map(|attribute| attribute.groups.len() - 1).collect();
        let RowPlace { sequence, .. } = place;
        let month = place.month();
        self.erased.push(ServedRow {
            sequence,
            month,
            outcome: None,
            person: None,
            shadow: None,
            encoded,
            score: nearest,
            groups,
        });
        Ok(())
    }

    /// Adds the outcome of a decision that was counted. False if none at this place was.
    pub fn outcome(&mut self, sequence: u64, is_favourable: bool) -> bool {
        self.row_at(sequence).map(|row| row.outcome = Some(is_favourable)).is_some()
    }

    /// Decisions come in the order of the trail.
    pub(crate) fn row_at(&mut self, sequence: u64) -> Option<&mut ServedRow> {
        let find = |rows: &[ServedRow]| rows.binary_search_by_key(&sequence, |row| row.sequence).ok();
        match (find(&self.rows), find(&self.erased)) {
            (Some(at), _) => self.rows.get_mut(at),
            (None, Some(at)) => self.erased.get_mut(at),
            (None, None) => None,
        }
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
    pub(crate) fn judged_rows(&self, places: &[usize]) -> usize {
        let is_judged = |row: &ServedRow, place: usize| {
            let attribute = &self.attributes[place];
            attribute.judged.contains(&attribute.groups[row.groups[place]])
        };
        self.rows.iter().filter(|row| places.iter().all(|place| is_judged(row, *place))).count()
    }

    /// Refuses to speak for all decisions of the release by fewer than half of them.
    pub(crate) fn check_most(&self, asked: usize, that: &str) -> Result<(), NotMeasured> {
        let asked = asked as u64;
        let all = (self.rows.len() + self.erased.len()) as u64;
        if 2 * asked >= all {
            return Ok(());
        }
        Err(NotMeasured(format!("{asked} of {all} decisions {that}: fewer than half cannot speak for the others")))
    }

    /// The places of the attributes that a subject compares, and their names.
    pub(crate) fn attributes_of<'s>(&self, subject: &'s str) -> Result<(Vec<usize>, Vec<&'s str>), NotMeasured> {
        let nobody = Tally::new(&self.attributes, &bands::bands(self.decider.policy(), &self.frame(&[], &[])));
        let named = Subject::parse(subject, &nobody)?.attributes;
        let is_named = |place: &usize| named.contains(&self.attributes[*place].name.as_str());
        Ok(((0..self.attributes.len()).filter(is_named).collect(), named))
    }

    /// The decisions of some kind by the groups of a subject, with these scores.
    pub(crate) fn compared(
        &self,
        subject: &str,
        is_meant: fn(&ServedRow) -> bool,
        scores: fn(&[&ServedRow]) -> Vec<Score>,
    ) -> Result<Sample, NotMeasured> {
        let policy = self.decider.policy();
        let (places, named) = self.attributes_of(subject)?;
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

    /// Rows with these attributes. A label is the outcome; where nobody knows it, nothing may ask for it.
    pub(crate) fn frame(&self, places: &[usize], rows: &[&ServedRow]) -> Frame {
        let features = self.decider.model().features().to_vec();
        let mut matrix = Matrix::new(features.len());
        rows.iter().for_each(|row| matrix.push(&row.encoded));
        let attribute = |place: &usize| {
            let group_of = rows.iter().map(|row| row.groups[*place]).collect();
            Attribute { group_of, ..self.attributes[*place].clone() }
        };
        let attributes = places.iter().map(attribute).collect();
        let labels = rows.iter().map(|row| row.outcome.unwrap_or_default()).collect();
        Frame { features, matrix, labels, attributes, persons: Vec::new() }
    }

    pub(crate) fn sample(&self, tally: Tally) -> Sample {
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

/// The scores by which rows are answered; a referral has the lowest, as it is no approval.
pub(crate) fn scores(rows: &[&ServedRow]) -> Vec<Score> {
    rows.iter().map(|row| row.score.unwrap_or_else(Score::lowest)).collect()
}

/// An attribute with a last group, not judged, for the rows that state none.
fn with_not_stated(mut attribute: Attribute) -> Attribute {
    attribute.groups.push(NOT_STATED.to_owned());
    attribute
}
