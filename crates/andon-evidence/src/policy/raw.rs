//! The whole file as it is parsed, before a value is checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::Deserialize;

use crate::judge::DecideOn;
use crate::policy::explanation::RawExplanation;
use crate::policy::tables::cord::Cord;
use crate::policy::tables::model::{CalibratorRows, ModelFile, UnseenRows};
use crate::policy::tables::outcomes::OutcomeRule;
use crate::policy::tables::overrides::OverrideRule;
use crate::policy::tables::scores::{OutsideScores, ScoreCommand, ScoreOrigin};
use crate::policy::tables::{
    About, AnswerRule, Better, Cost, Data, Drift, Endpoint, Evaluation, Family, Golden, Load, Noise, Range, Recipe,
    Search, Trust, Waiver,
};
use crate::policy::wording::{Actionable, Wording};

/// The seconds that one run of a command may take, if the policy does not say.
const DEFAULT_TIME_LIMIT_S: u64 = 600;

/// The negative answers that Shapley values are sampled for, if the policy does not say.
const DEFAULT_EXPLAINED_ROWS: usize = 100;

/// The pairs of orders that are drawn for each of them, if the policy does not say.
const DEFAULT_EXPLAINED_PAIRS: usize = 50;

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

/// `[model]` as it is written: a file with the predictions of its library, a column of scores, or a command.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModel {
    pub(super) file: Option<PathBuf>,
    pub(super) predictions: Option<PathBuf>,
    pub(super) scores: Option<String>,
    pub(super) command: Option<Vec<String>>,
    pub(super) files: Option<Vec<PathBuf>>,
    pub(super) time_limit_s: Option<u64>,
    pub(super) explained_rows: Option<usize>,
    pub(super) explained_pairs: Option<usize>,
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

    /// The scores that stand in place of a model, if the table names some.
    pub(super) fn outside_scores(&self) -> Option<OutsideScores> {
        let of_column = self.scores.clone().map(ScoreOrigin::Column);
        let origin = of_column.or_else(|| self.score_command().map(ScoreOrigin::Command))?;
        Some(OutsideScores { origin, unseen: self.unseen.clone(), unseen_because: self.unseen_because.clone() })
    }

    fn score_command(&self) -> Option<ScoreCommand> {
        Some(ScoreCommand {
            command: self.command.clone()?,
            files: self.files.clone().unwrap_or_default(),
            time_limit_s: self.time_limit_s.unwrap_or(DEFAULT_TIME_LIMIT_S),
            explained_rows: self.explained_rows.unwrap_or(DEFAULT_EXPLAINED_ROWS),
            explained_pairs: self.explained_pairs.unwrap_or(DEFAULT_EXPLAINED_PAIRS),
        })
    }

    /// A key that belongs to a command where there is none.
    pub(super) fn stray_key(&self) -> Option<&'static str> {
        let keys = [
            ("model.files", self.files.is_some()),
            ("model.time_limit_s", self.time_limit_s.is_some()),
            ("model.explained_rows", self.explained_rows.is_some()),
            ("model.explained_pairs", self.explained_pairs.is_some()),
        ];
        keys.into_iter().find(|(_, is_set)| self.command.is_none() && *is_set).map(|(key, _)| key)
    }
}

impl RawPolicy {
    /// The scores that are judged in place of a model, if some are.
    pub(super) fn outside_scores(&self) -> Option<OutsideScores> {
        self.model.as_ref()?.outside_scores()
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
