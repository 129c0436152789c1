//! The model that ships: features, forest, calibrator, and the answer it gives to one record.

pub mod attribution;
pub mod candidate;
pub mod command;
pub mod forest;
pub mod imported;
pub mod origin;
pub(crate) mod platt;
pub mod random_forest;
pub mod repeats;
pub mod sampled_values;
pub mod score;
pub mod training_data;
pub mod variations;

use std::collections::BTreeMap;

use andon_evidence::policy::{Policy, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::cells::Cell;
use crate::data::frame::{Feature, Frame, Unencodable, encode};
use crate::data::matrix::{Matrix, is_missing};
use crate::model::attribution::Attributor;
use crate::model::forest::{Forest, ForestPart, GrownNode, Link};
use crate::model::origin::Origin;
use crate::model::platt::{CalibrationError, Platt};
use crate::model::random_forest::TrainError;
use crate::model::score::Score;
use crate::model::training_data::{NotBins, Training};
use crate::statistics::logistic::logistic;

/// The form of `model.json` that this code writes and reads.
const MODEL_FORM: u32 = 2;

/// A trained model; everything an answer depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    form: u32,
    features: Vec<Feature>,
    /// Validated range of features; outside it a person decides.
    validated: BTreeMap<String, Range>,
    threshold: Score,
    /// Absent if the raw scores of the forest are on the scale of probabilities already: a model that was trained
    /// elsewhere answers as its library does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calibrator: Option<Platt>,
    forest: Forest,
    /// The file that the model was read from; absent for a model that was trained here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    /// Counts of the training data; no answer depends on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    training: Option<Training>,
    /// True if it stands for scores alone: then it answers nothing, and is never written.
    #[serde(skip)]
    is_only_scores: bool,
}

/// `model.json` is not a model.
#[derive(Debug, thiserror::Error)]
#[error("not a model: {0}")]
pub struct NotAModel(String);

/// A value that keeps the model from answering.
///
/// ```
/// let far = andon::model::OutsideValidated {
///     column: "age".to_owned(),
///     value: "130".to_owned(),
///     validated: "18 to 100".to_owned(),
/// };
/// assert_eq!(serde_json::to_string(&far)?, r#"{"column":"age","value":"130","validated":"18 to 100"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutsideValidated {
    /// The column.
    pub column: String,
    /// Its value.
    pub value: String,
    /// The range in which the model was validated.
    pub validated: String,
}

/// The model's answer to one record.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A score, and whether it reaches the threshold.
    Scored {
        /// The calibrated probability of a positive outcome.
        score: Score,
        /// True for the positive answer.
        positive: bool,
        /// The record as the model sees it.
        row: Vec<f64>,
    },
    /// The record lies outside what the model was validated for: a person decides.
    Refer(Vec<OutsideValidated>),
}

impl Model {
    pub(crate) fn new(features: Vec<Feature>, forest: Forest, calibrator: Option<Platt>, policy: &Policy) -> Self {
        // The policy has checked that its threshold is a score.
        let threshold = Score::nearest(policy.answer.threshold).unwrap_or_else(Score::middle);
        Self {
            form: MODEL_FORM,
            features,
            validated: policy.validated.clone(),
            threshold,
            calibrator,
            forest,
            origin: None,
            training: None,
            is_only_scores: false,
        }
    }

    /// A model that stands for scores alone: it has no score for any row, validates nothing and gives no reason.
    pub(crate) fn of_scores(frame: &Frame, policy: &Policy) -> Result<Self, TrainError> {
        let leaf = GrownNode::Leaf { value: 0.5, rows: frame.labels.len() as u64 };
        let forest = Forest::new(frame.features.len(), &[vec![leaf]])?;
        let model = Self::new(frame.features.clone(), forest, None, policy);
        Ok(Self { is_only_scores: true, validated: BTreeMap::new(), ..model })
    }

    /// True if it stands for scores alone, and so answers nothing.
    #[must_use]
    pub fn is_only_scores(&self) -> bool {
        self.is_only_scores
    }

    /// The model with the file that it was read from.
    pub(crate) fn with_origin(self, origin: Origin) -> Self {
        Self { origin: Some(origin), ..self }
    }

    /// The model with a calibrator that is fitted to the labels of these rows, none of which it is judged by.
    pub(crate) fn calibrated_on(self, others: &Frame) -> Result<Self, CalibrationError> {
        let scores: Vec<f64> =
            self.forest.score_all(&others.matrix).into_iter().map(|raw| self.uncalibrated(raw)).collect();
        Ok(Self { calibrator: Some(Platt::fit(&scores, &others.labels)?), ..self })
    }

    /// The file that the model was read from; `None` for a model that was trained here.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The model with the counts of its training data and of their out-of-fold scores.
    pub(crate) fn with_training(self, matrix: &Matrix, scores: &[Score]) -> Result<Self, NotBins> {
        let answered = (0..matrix.len()).zip(scores).filter(|(row, _)| self.outside(matrix.row(*row)).is_empty());
        let training = Training::count(&self.features, matrix, answered.map(|(_, score)| *score))?;
        Ok(Self { training: Some(training), ..self })
    }

    /// The counts of the training data; `None` for a model of a version that did not keep them.
    #[must_use]
    pub fn training(&self) -> Option<&Training> {
        self.training.as_ref()
    }

    /// The canonical bytes of `model.json`.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        if self.is_only_scores {
            // No bytes are no model.
            return Vec::new();
        }
        // A struct of numbers, strings and vectors always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads `model.json`.
    ///
    /// ```
    /// let refused: andon::model::NotAModel = andon::Model::from_json(b"{}").unwrap_err();
    /// assert!(refused.to_string().starts_with("not a model: missing field"));
    /// ```
    ///
    /// # Errors
    /// [`NotAModel`] when it is cut, edited into nonsense, or of another form.
    pub fn from_json(json: &[u8]) -> Result<Self, NotAModel> {
        let model: Self = serde_json::from_slice(json).map_err(|error| NotAModel(error.to_string()))?;
        if model.training.as_ref().is_some_and(|training| !training.fits(model.features.len())) {
            Err(NotAModel("its training data are not counted by its features".to_owned()))
        } else if model.calibrator.is_none() && model.origin.is_none() {
            Err(NotAModel("it has no calibrator".to_owned()))
        } else if model.form == MODEL_FORM {
            Ok(model)
        } else {
            Err(NotAModel(format!("it is of form {}, this program reads form {MODEL_FORM}", model.form)))
        }
    }

    /// The features, in the model's order.
    #[must_use]
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// The forest behind the scores.
    #[must_use]
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// The curve from raw scores to probabilities; `None` if they are probabilities, or their log-odds.
    pub(crate) fn calibrator(&self) -> Option<Platt> {
        self.calibrator
    }

    /// The probability of a raw score before the calibrator: what the library of an imported model says.
    fn uncalibrated(&self, raw: f64) -> f64 {
        match self.forest.link() {
            Link::Identity => raw,
            Link::Logistic => logistic(raw),
        }
    }

    /// The probability of a raw score.
    fn calibrated(&self, raw: f64) -> f64 {
        if self.is_only_scores {
            return f64::NAN;
        }
        match (self.forest.link(), self.calibrator) {
            (_, None) => self.uncalibrated(raw),
            (Link::Identity, Some(curve)) => curve.apply(raw),
            (Link::Logistic, Some(curve)) => curve.apply_to_margin(raw),
        }
    }

    /// The rise of the probability for each unit of raw score between two raw scores: the slope of the chord, or of
    /// the curve where the two meet.
    fn slope_between(&self, from: f64, to: f64) -> f64 {
        /// Nearer than this the chord is all rounding.
        const NEAR: f64 = 1e-6;
        let (from, to) = if (to - from).abs() < NEAR { (to - NEAR, to + NEAR) } else { (from, to) };
        (self.calibrated(to) - self.calibrated(from)) / (to - from)
    }

    /// The lowest score that is answered positively.
    #[must_use]
    pub fn threshold(&self) -> Score {
        self.threshold
    }

    /// The score of one encoded row; `None` when a feature is not a number.
    #[must_use]
    pub fn score(&self, row: &[f64]) -> Option<Score> {
        if row.len() != self.features.len() || row.iter().any(|value| !value.is_finite()) {
            return None;
        }
        Score::nearest(self.probability(row))
    }

    /// The scores of all rows of a frame that was encoded with this model's features.
    #[must_use]
    pub(crate) fn score_all(&self, matrix: &Matrix) -> Vec<Option<Score>> {
        let raw = self.forest.score_all(matrix);
        raw.into_iter().map(|raw| Score::nearest(self.calibrated(raw))).collect()
    }

    /// Encodes the cells of a record.
    ///
    /// # Errors
    /// [`Unencodable`] for a category that the model does not know.
    pub fn encode(&self, cells: &[(&'static str, Cell)]) -> Result<Vec<f64>, Unencodable> {
        let mut row = Vec::with_capacity(self.features.len());
        encode(&self.features, cells, &mut row).map(|()| row)
    }

    /// Answers one record by its cells: a score, or a referral, never a silent guess.
    #[must_use]
    pub(crate) fn answer(&self, cells: &[(&'static str, Cell)]) -> Answer {
        let row = match self.encode(cells) {
            Ok(row) => row,
            Err(Unencodable { column, value }) => {
                let validated = "a value the model was trained with".to_owned();
                return Answer::Refer(vec![OutsideValidated { column, value, validated }]);
            }
        };
        let outside = self.outside(&row);
        match self.score(&row) {
            Some(score) if outside.is_empty() => Answer::Scored { score, positive: score >= self.threshold, row },
            _ => Answer::Refer(outside),
        }
    }

    /// True if the program answers an encoded row, and does not refer it to a person.
    #[must_use]
    pub(crate) fn answers(&self, row: &[f64]) -> bool {
        self.outside(row).is_empty()
    }

    /// The values for which the program refers an encoded row to a person; none if it answers the row.
    #[must_use]
    pub fn outside(&self, row: &[f64]) -> Vec<OutsideValidated> {
        let checked = self.features.iter().zip(row);
        let outside = checked.filter_map(|(feature, value)| {
            let outside =
                |value: String, validated: String| OutsideValidated { column: feature.name.clone(), value, validated };
            if is_missing(*value) {
                let validated = "a value; none was missing in the training data".to_owned();
                return (!feature.may_be_missing).then(|| outside("missing".to_owned(), validated));
            }
            let range = self.validated.get(&feature.name)?;
            let inside = *value >= range.min && *value <= range.max;
            let validated = || format!("{} to {}", feature.spoken(range.min), feature.spoken(range.max));
            (!inside).then(|| outside(feature.spoken(*value), validated()))
        });
        outside.collect()
    }

    /// The amount by which each feature moved the probability of this row, through the calibrator: of the way from the
    /// base's probability to the row's, each feature is given the share that is its own on the raw scale (the rescale
    /// rule for models in series, Chen, Lundberg and Lee 2022, "Explaining a series of models by propagating Shapley
    /// values").
    ///
    /// The curve only rises, so signs and order are those of the raw scale, which is that of log-odds where the link of
    /// the forest is logistic. `attributor` is the forest's own.
    #[must_use]
    pub(crate) fn attribution(&self, attributor: &Attributor, row: &[f64]) -> Attribution {
        let mut moved = attributor.moved(row);
        let slope = self.slope_between(attributor.base(), self.forest.score(row));
        moved.iter_mut().for_each(|by| *by *= slope);
        Attribution { base: self.calibrated(attributor.base()), moved }
    }

    /// True if some row with features between `low` and `high` could be answered positively; never wrong where it says
    /// no. `part` is the part of the forest that these rows are among.
    #[must_use]
    pub(crate) fn may_be_positive_in(&self, part: &ForestPart<'_>, low: &[f64], high: &[f64]) -> bool {
        let highest = self.calibrated(part.highest_between(low, high));
        Score::nearest(highest).is_some_and(|score| score >= self.threshold)
    }

    /// The range in which a feature was validated, if the policy states one.
    #[must_use]
    pub fn validated(&self, feature: &str) -> Option<Range> {
        self.validated.get(feature).copied()
    }

    /// The probability of an encoded row before the calibrator, as the library of an imported model gives it.
    #[must_use]
    pub(crate) fn uncalibrated_probability(&self, row: &[f64]) -> f64 {
        self.uncalibrated(self.forest.score(row))
    }

    /// The score of a probability that the library of an imported model gives.
    pub(crate) fn score_of(&self, probability: f64) -> Option<Score> {
        let raw = match self.forest.link() {
            Link::Identity => probability,
            Link::Logistic => libm::log(probability / (1.0 - probability)),
        };
        Score::nearest(if self.calibrator.is_some() { self.calibrated(raw) } else { probability })
    }

    /// The probability of an encoded row before it is rounded to a score.
    #[must_use]
    pub fn probability(&self, row: &[f64]) -> f64 {
        self.calibrated(self.forest.score(row))
    }
}

/// The parts of a probability.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attribution {
    /// The probability before any feature is known, 0 to 1.
    pub base: f64,
    /// The amount by which each feature moved it, in the model's order; base and all of these add up to the
    /// probability.
    pub moved: Vec<f64>,
}
