//! The whole file as it is parsed, before a value is checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::Deserialize;

use crate::judge::DecideOn;
use crate::policy::explanation::RawExplanation;
use crate::policy::tables::cord::Cord;
use crate::policy::tables::outcomes::OutcomeRule;
use crate::policy::tables::overrides::OverrideRule;
use crate::policy::tables::{
    About, AnswerRule, Better, CalibratorRows, Cost, Data, Drift, Endpoint, Evaluation, Family, Golden, Load,
    ModelFile, Noise, Range, Recipe, ScoreColumn, Search, Trust, UnseenRows, Waiver,
};
use crate::policy::wording::{Actionable, Wording};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBar {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    #[serde(default)]
    pub(super) decide_on: DecideOn,
    pub(super) why: Option<String>,
    pub(super) source: Option<String>,
    pub(super) checked: Option<Date>,
    pub(super) blocks: Option<bool>,
    pub(super) warns_because: Option<String>,
    pub(super) weakened_because: Option<String>,
}

/// `[model]` as it is written: a file with the predictions of its library, or a column of scores.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModel {
    pub(super) file: Option<PathBuf>,
    pub(super) predictions: Option<PathBuf>,
    pub(super) scores: Option<String>,
    pub(super) unseen: Option<UnseenRows>,
    pub(super) unseen_because: Option<String>,
    pub(super) calibrated_on: Option<CalibratorRows>,
}

impl RawModel {
    /// The model that comes from a file, if the table names one.
    pub(super) fn file(&self) -> Option<ModelFile> {
        let (file, predictions) = self.file.clone().zip(self.predictions.clone())?;
        let unseen_because = self.unseen_because.clone();
        let calibrated_on = self.calibrated_on.clone();
        Some(ModelFile { file, predictions, unseen: self.unseen.clone(), unseen_because, calibrated_on })
    }

    /// The column of scores, if the table names one.
    pub(super) fn scores(&self) -> Option<ScoreColumn> {
        let unseen_because = self.unseen_because.clone();
        Some(ScoreColumn { column: self.scores.clone()?, unseen: self.unseen.clone(), unseen_because })
    }
}

impl RawPolicy {
    /// True if a column of scores is judged, and no model.
    pub(super) fn is_scores(&self) -> bool {
        self.model.as_ref().is_some_and(|model| model.scores.is_some())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    pub(super) about: About,
    pub(super) data: Data,
    pub(super) recipe: Recipe,
    pub(super) model: Option<RawModel>,
    pub(super) evaluation: Evaluation,
    pub(super) answer: AnswerRule,
    pub(super) cost: Option<Cost>,
    pub(super) validated: BTreeMap<String, Range>,
    #[serde(default)]
    pub(super) better: BTreeMap<String, Better>,
    #[serde(default)]
    pub(super) noise: BTreeMap<String, Noise>,
    #[serde(default)]
    pub(super) rounding: BTreeMap<String, f64>,
    #[serde(default)]
    pub(super) usual: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) drift: Option<Drift>,
    pub(super) golden: Option<Golden>,
    pub(super) wording: BTreeMap<String, Wording>,
    #[serde(default)]
    pub(super) actionable: BTreeMap<String, Actionable>,
    pub(super) serve: Endpoint,
    pub(super) load: Option<Load>,
    #[serde(default)]
    pub(super) explanation: RawExplanation,
    #[serde(default)]
    pub(super) cord: Cord,
    pub(super) outcomes: Option<OutcomeRule>,
    #[serde(rename = "override")]
    pub(super) overrides: Option<OverrideRule>,
    #[serde(default)]
    pub(super) monitor: BTreeMap<String, RawBar>,
    pub(super) search: Option<Search>,
    pub(super) trust: Option<Trust>,
    pub(super) gate: BTreeMap<String, RawBar>,
    #[serde(default)]
    pub(super) family: BTreeMap<String, Family>,
    #[serde(default)]
    pub(super) breaking: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) removed: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) weakened: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) waiver: Vec<Waiver>,
}
