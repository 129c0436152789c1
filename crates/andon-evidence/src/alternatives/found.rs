//! The alternatives as they are written down, and what they must agree with.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::alternatives::recipe::{AlternativeRecipe, alternative_recipes};
use crate::files::{self, FileError, sha256_hex};
use crate::judge::Measurement;
use crate::layout::{ALTERNATIVES, SNAPSHOTS};
use crate::policy::{GateId, Policy, Search};

/// Every alternative that a policy declares, as they were searched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternatives {
    /// Digest of the data file.
    pub data_sha256: String,
    /// Digest of the [settings](settings_sha256) that decide what is searched, and how it is judged.
    pub settings_sha256: String,
    /// Digest of the model that the recipe of the policy came to.
    pub model_sha256: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Rows that the alternatives were judged on.
    pub rows: u64,
    /// The alternatives, in the order of the policy.
    pub alternatives: Vec<Alternative>,
}

/// One way in which the model could have been made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The recipe of its model.
    pub recipe: AlternativeRecipe,
    /// True for the recipe of the policy.
    pub shipped: bool,
    /// The measures of fairness by which no other alternative is as fair and as accurate, and better in one of both, on
    /// the half of the rows that was searched on.
    pub frontier: Vec<Disparity>,
    /// On all rows, each scored by a model that did not see it.
    pub judged: AlternativeFigures,
    /// On the half that was not searched on; of those on a frontier and the shipped one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<AlternativeFigures>,
    /// The bars of accuracy, calibration and fairness that its values on all rows miss.
    pub missed: Vec<GateId>,
}

/// A measure of how unequally groups are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disparity {
    /// Lowest ratio of approval rates: disparate impact.
    ApprovalRatio,
    /// Highest ratio of denial rates.
    DenialRatio,
    /// Highest ratio of denial rates by the model over the one by the labels.
    Amplification,
}

impl Disparity {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ApprovalRatio, Self::DenialRatio, Self::Amplification];

    /// Its name in tables.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ApprovalRatio => "approval ratio",
            Self::DenialRatio => "denial ratio",
            Self::Amplification => "amplification",
        }
    }
}

/// The figures of an alternative on some rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlternativeFigures {
    /// Share of rows answered as labelled.
    pub accuracy: Option<AlternativeFigure>,
    /// Area under the ROC curve.
    pub auc: Option<AlternativeFigure>,
    /// Mean squared error of the probabilities.
    pub brier: Option<AlternativeFigure>,
    /// The lowest of all protected attributes.
    pub approval_ratio: Option<AlternativeFigure>,
    /// The highest of all protected attributes.
    pub denial_ratio: Option<AlternativeFigure>,
    /// The highest of all protected attributes.
    pub amplification: Option<AlternativeFigure>,
}

impl AlternativeFigures {
    /// The figures in the order of the tables: accuracy first, then fairness.
    #[must_use]
    pub fn in_order(&self) -> [Option<&AlternativeFigure>; 6] {
        let accuracy = [&self.accuracy, &self.auc, &self.brier];
        let fairness = [&self.approval_ratio, &self.denial_ratio, &self.amplification];
        let [a, b, c] = accuracy.map(Option::as_ref);
        let [d, e, f] = fairness.map(Option::as_ref);
        [a, b, c, d, e, f]
    }

    /// The figure of a measure of fairness; none if it is not measured, such as where nobody of a group is denied.
    #[must_use]
    pub fn disparity(&self, measure: Disparity) -> Option<&AlternativeFigure> {
        match measure {
            Disparity::ApprovalRatio => self.approval_ratio.as_ref(),
            Disparity::DenialRatio => self.denial_ratio.as_ref(),
            Disparity::Amplification => self.amplification.as_ref(),
        }
    }
}

/// One figure, to five decimals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlternativeFigure {
    /// The value.
    pub value: f64,
    /// Its 95 % interval, lower end first; none on all rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// The protected attribute that it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
}

impl AlternativeFigure {
    /// How unequal it says that groups are treated: 1 is equal, and more is worse.
    #[must_use]
    pub fn unequal(&self, measure: Disparity) -> f64 {
        if measure == Disparity::ApprovalRatio { 1.0 / self.value } else { self.value }
    }

    /// A measurement as a figure, with its interval or as a point.
    #[must_use]
    pub fn new(measured: &Measurement, is_point: bool, attribute: Option<&str>) -> Self {
        let rounded = |value: f64| (value * 1e5).round() / 1e5;
        let (low, high) = measured.interval();
        Self {
            value: rounded(measured.value()),
            interval: (!is_point).then(|| (rounded(low), rounded(high))),
            attribute: attribute.map(str::to_owned),
        }
    }
}

/// The figure as people read it, such as `0.8918 (0.8219 to 0.9589) race`.
impl std::fmt::Display for AlternativeFigure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.4}", self.value)?;
        self.interval.map_or(Ok(()), |(low, high)| write!(f, " ({low:.4} to {high:.4})"))?;
        self.attribute.as_ref().map_or(Ok(()), |attribute| write!(f, " {attribute}"))
    }
}

/// The file of the alternatives of the release in `root`.
#[must_use]
pub fn alternatives_path(root: &Path) -> PathBuf {
    root.join(SNAPSHOTS).join(ALTERNATIVES)
}

impl Alternatives {
    /// Reads the alternatives of the release in `root`; `None` if nobody has searched yet.
    ///
    /// # Errors
    /// [`FileError`] when the file was edited, is partial, or cannot be read.
    pub fn read(root: &Path) -> Result<Option<Self>, FileError> {
        files::read_sealed(&alternatives_path(root))
    }

    /// Reads the alternatives of a package.
    ///
    /// # Errors
    /// [`FileError`] as for [`read`](Self::read).
    pub fn parse(bytes: &[u8]) -> Result<Self, FileError> {
        files::parse_sealed(Path::new(ALTERNATIVES), bytes)
    }

    /// Writes the alternatives of the release in `root`.
    ///
    /// # Errors
    /// [`FileError`] when the file cannot be written.
    pub fn write(&self, root: &Path) -> Result<(), FileError> {
        files::write_sealed(&alternatives_path(root), self)
    }

    /// The alternative that ships.
    #[must_use]
    pub fn shipped(&self) -> Option<&Alternative> {
        self.alternatives.iter().find(|one| one.shipped)
    }

    /// Why these are not the alternatives of a model on these data under this policy; `None` if they are. Each declared
    /// alternative must be there, and no other.
    #[must_use]
    pub fn objection(&self, policy: &Policy, data_sha256: &str, model_sha256: &str) -> Option<String> {
        let Some(search) = &policy.search else { return Some("the policy has no [search]".to_owned()) };
        let other = if self.data_sha256 != data_sha256 {
            "other data"
        } else if settings_sha256(policy).is_none_or(|now| now != self.settings_sha256) {
            "another policy"
        } else if self.model_sha256 != model_sha256 {
            "another model"
        } else if !self.alternatives.iter().map(|one| &one.recipe).eq(&alternative_recipes(policy, search)) {
            "other alternatives"
        } else if self.alternatives.iter().any(|one| one.shipped != one.recipe.is_shipped(policy)) {
            "another shipped recipe"
        } else {
            return None;
        };
        Some(format!("{ALTERNATIVES} is of {other}\nnext: cargo andon search"))
    }
}

/// The digest of the settings that decide what is searched, and how it is judged.
#[must_use]
pub fn settings_sha256(policy: &Policy) -> Option<String> {
    let Search { without, with, depth, trees, threshold, reweigh_by, .. } = policy.search.as_ref()?;
    let lists = (without, with, depth, trees, threshold, reweigh_by);
    let bars: Vec<(&GateId, String)> =
        policy.gates.iter().filter(|(id, _)| is_judged(id)).map(|(id, bar)| (id, bar.to_string())).collect();
    let judged = (&policy.evaluation, policy.answer.threshold, bars);
    let text = serde_json::to_vec(&(&policy.data, &policy.recipe, &policy.better, lists, judged)).ok()?;
    Some(sha256_hex(&text))
}

/// True for the gates whose bars an alternative is held to.
#[must_use]
pub fn is_judged(gate: &GateId) -> bool {
    ["accuracy", "calibration", "fairness"].contains(&gate.family())
}
