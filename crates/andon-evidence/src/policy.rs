//! `release.toml`, parsed once from raw to checked. Everything after this module relies on the checks made here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::family::Family;
use crate::judge::{Bar, DecideOn, Threshold};

/// The policy's file name, in the root of every release.
pub const FILE: &str = "release.toml";

/// The gate families, in the order in which they are shown.
pub const FAMILIES: [&str; 11] = [
    "contract",
    "accuracy",
    "calibration",
    "fairness",
    "robustness",
    "drift",
    "reproducibility",
    "explanation",
    "latency",
    "serving",
    "card",
];

/// `release.toml` is not a policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] crate::files::FileError),
    /// The file is not TOML of the right form; the message shows the line.
    #[error("{path} is not a policy:\n{source}", path = .path.display())]
    Form {
        /// Which file.
        path: PathBuf,
        /// What the parser said, with the line.
        source: Box<toml::de::Error>,
    },
    /// A value is of the right form and not allowed.
    #[error("{path}: {key}: {problem}", path = .path.display())]
    Value {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
}

/// A gate's name: `family.question` or `family.question.subject`.
///
/// Ordered by family as in [`FAMILIES`], then by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GateId {
    family: usize,
    text: String,
}

impl GateId {
    /// The first word, one of [`FAMILIES`].
    #[must_use]
    pub fn family(&self) -> &'static str {
        FAMILIES[self.family]
    }

    /// The words between the dots: question, and subject where there is one.
    #[must_use]
    pub fn question(&self) -> (&str, Option<&str>) {
        let mut words = self.text.splitn(3, '.').skip(1);
        (words.next().unwrap_or_default(), words.next())
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path of the test that answers the gate: the same words, with colons.
    ///
    /// ```
    /// let id = andon_evidence::policy::GateId::try_from("fairness.disparate_impact.race".to_owned()).unwrap();
    /// assert_eq!(id.test_path(), "fairness::disparate_impact::race");
    /// ```
    #[must_use]
    pub fn test_path(&self) -> String {
        self.text.replace('.', "::")
    }
}

impl TryFrom<String> for GateId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words: Vec<&str> = text.split('.').collect();
        let family = FAMILIES.iter().position(|family| *family == words[0]);
        let well_formed = |word: &&str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        match family {
            Some(family) if (2..=3).contains(&words.len()) && words.iter().all(well_formed) => {
                Ok(Self { family, text })
            }
            Some(_) => Err(format!("gate `{text}` is not of the form family.question[.subject] in a-z, 0-9 and _")),
            None => Err(format!("gate `{text}` has no known family (known families: {})", FAMILIES.join(", "))),
        }
    }
}

impl From<GateId> for String {
    fn from(id: GateId) -> Self {
        id.text
    }
}

impl Ord for GateId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.family, &self.text).cmp(&(other.family, &other.text))
    }
}

impl PartialOrd for GateId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for GateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What the release is for; copied onto the card.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Who answers for it.
    pub owner: String,
    /// One sentence: what it decides.
    pub purpose: String,
    /// What it may be used for.
    pub intended_use: Vec<String>,
    /// What it must not be used for.
    pub out_of_scope: Vec<String>,
    /// What is known to be weak.
    pub limitations: Vec<String>,
}

/// Which column plays which part.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The data file, relative to the policy.
    pub file: PathBuf,
    /// The column that names a row; never a feature.
    pub id: String,
    /// The column to be predicted, 0 or 1; never a feature.
    pub label: String,
    /// What the model sees, by column name, in the model's order.
    pub features: Vec<String>,
    /// Protected attributes, never features, each with the groups that must be judged.
    pub protected: BTreeMap<String, Vec<String>>,
    /// Features that groups may be compared within, each with the cut points of its bands.
    #[serde(default)]
    pub control: BTreeMap<String, Vec<f64>>,
}

/// What each answer costs, for `accuracy.expected_cost`; in a unit of the release's own, a gain below 0.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// A positive answer to a row with label 0.
    pub false_positive: f64,
    /// A negative answer to a row with label 1.
    pub false_negative: f64,
    /// A positive answer to a row with label 1.
    #[serde(default)]
    pub true_positive: f64,
    /// A negative answer to a row with label 0.
    #[serde(default)]
    pub true_negative: f64,
}

/// How the forest is grown.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Seed of every random choice.
    pub seed: u64,
    /// Number of trees, 1 to 1,000.
    pub trees: usize,
    /// Greatest depth of a tree in splits, 1 to 16.
    pub depth: usize,
    /// Weight of one row of the rarer class, 1 to 1,000; 1 itself would leave ties to chance.
    pub rare_class_weight: f32,
    /// Least weight of a leaf, 1 to 1,000,000.
    pub min_leaf_weight: f32,
    /// Rows of the base rate mixed into each leaf's share, 0 to 1,000.
    pub smoothing_rows: f64,
    /// Most rows drawn for one tree, 100 to 10,000,000.
    pub max_rows_per_tree: usize,
}

/// How the candidate gets the scores that it is judged by.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Number of folds, 2 to 20; each row is scored by the fold's model that did not see it.
    pub folds: usize,
    /// Bootstrap draws per interval, 200 to 100,000.
    pub bootstrap_draws: usize,
    /// Fewest rows a judged group may have, at least 2.
    pub minimum_group_rows: u64,
    /// Fewest rows a rate of a group may be a share of, such as its positives for its true positive rate, at least 2.
    #[serde(default = "minimum_denominator")]
    pub minimum_denominator: u64,
}

/// From 30 on the score intervals of shares hold their level.
fn minimum_denominator() -> u64 {
    30
}

/// How a score becomes an answer.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Lowest score that is answered with `positive`; a whole number of ten-thousandths, 0.0001 to 0.9999.
    pub threshold: f64,
    /// The word for a label of 1.
    pub positive: String,
    /// The word for a label of 0.
    pub negative: String,
    /// Most reasons given, 1 to 4.
    pub max_reasons: usize,
}

/// The range of an input in which the model was validated; outside it a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Lowest validated value, in the column's unit.
    pub min: f64,
    /// Highest validated value, in the column's unit.
    pub max: f64,
}

/// Which values of a feature are better for the person it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Lower values are better.
    Lower,
    /// Higher values are better.
    Higher,
}

/// How far a feature's value may be off, as it is measured or typed: the standard deviation of normal noise.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Noise {
    /// In the column's unit.
    Deviation(f64),
    /// As a share of the value, up to 1.
    Relative(f64),
}

/// What the data are compared with, to see whether the world moved.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// Another file of the same contract, relative to the policy, such as the rows of the last quarter.
    Reference(PathBuf),
    /// The data file itself, in its own order: this share of it, 0.1 to 0.9, against the rest.
    FirstShare(f64),
}

/// Where the program listens.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// Path of the decision endpoint.
    pub path: String,
}

/// The local language model that may word an explanation.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// Address of Ollama; loopback only.
    pub ollama_url: String,
    /// Name of the model.
    pub model: String,
    /// How long to wait, 1 to 60,000 ms.
    pub timeout_ms: u64,
}

/// The alternatives that `search` compares the shipped recipe with.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Sets of features, each left out in one alternative.
    pub without: Vec<Vec<String>>,
    /// Sets of further columns, each added in one alternative.
    pub with: Vec<Vec<String>>,
    /// Depths to try, each 1 to 16.
    pub depth: Vec<usize>,
    /// Numbers of trees to try, each 1 to 1,000.
    pub trees: Vec<usize>,
    /// Thresholds to try, each 0.0001 to 0.9999.
    pub threshold: Vec<f64>,
}

/// An exception from one gate, for a time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The gate that may be red.
    pub gate: GateId,
    /// Why that is acceptable.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day on which it holds (UTC).
    pub expires: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBar {
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    decide_on: DecideOn,
    why: Option<String>,
    weakened_because: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    about: About,
    data: Data,
    recipe: Recipe,
    evaluation: Evaluation,
    answer: Answer,
    cost: Option<Cost>,
    validated: BTreeMap<String, Range>,
    #[serde(default)]
    better: BTreeMap<String, Better>,
    #[serde(default)]
    noise: BTreeMap<String, Noise>,
    drift: Option<Drift>,
    wording: BTreeMap<String, String>,
    serve: Serve,
    explanation: Explanation,
    search: Option<Search>,
    gate: BTreeMap<String, RawBar>,
    #[serde(default)]
    family: BTreeMap<String, Family>,
    #[serde(default)]
    removed: BTreeMap<String, String>,
    #[serde(default)]
    waiver: Vec<Waiver>,
}

/// The checked policy.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Policy {
    /// What the release is for.
    pub about: About,
    /// Which column plays which part.
    pub data: Data,
    /// How the forest is grown.
    pub recipe: Recipe,
    /// How the candidate is scored.
    pub evaluation: Evaluation,
    /// How a score becomes an answer.
    pub answer: Answer,
    /// What each answer costs, where the policy says so.
    pub cost: Option<Cost>,
    /// The validated range of features.
    pub validated: BTreeMap<String, Range>,
    /// Which values of a feature are better for the person.
    pub better: BTreeMap<String, Better>,
    /// How far features may be off.
    pub noise: BTreeMap<String, Noise>,
    /// What the data are compared with.
    pub drift: Option<Drift>,
    /// The words for a feature when it spoke against the person.
    pub wording: BTreeMap<String, String>,
    /// Where the program listens.
    pub serve: Serve,
    /// The local language model.
    pub explanation: Explanation,
    /// Alternatives to compare with, where some are declared.
    pub search: Option<Search>,
    /// Every required gate with its bar.
    pub gates: BTreeMap<GateId, Bar>,
    /// Families whose gates are judged together.
    pub families: BTreeMap<String, Family>,
    /// Gates of an earlier release that are no longer required, each with the reason.
    pub removed: BTreeMap<GateId, String>,
    /// Exceptions.
    pub waivers: Vec<Waiver>,
}

impl Policy {
    /// Reads and checks `release.toml` in `root`.
    ///
    /// # Errors
    /// [`PolicyError`] naming the file and the line or key.
    pub fn read(root: &Path) -> Result<Self, PolicyError> {
        let path = root.join(FILE);
        let text = String::from_utf8_lossy(&crate::files::read(&path)?).into_owned();
        Self::parse(&text, &path)
    }

    /// Checks the text of a policy; `path` is named in errors.
    ///
    /// # Errors
    /// [`PolicyError`] naming the line or key, the value and what is allowed.
    pub fn parse(text: &str, path: &Path) -> Result<Self, PolicyError> {
        let raw: RawPolicy = toml::from_str(text)
            .map_err(|source| PolicyError::Form { path: path.to_owned(), source: Box::new(source) })?;
        raw.check().map_err(|(key, problem)| PolicyError::Value { path: path.to_owned(), key, problem })
    }

    /// The waiver for a gate, expired or not.
    #[must_use]
    pub fn waiver(&self, gate: &GateId) -> Option<&Waiver> {
        self.waivers.iter().find(|waiver| waiver.gate == *gate)
    }
}

/// A key and what is wrong with its value.
type Problem = (String, String);

fn within<T: PartialOrd + fmt::Display>(key: &str, value: T, min: T, max: T) -> Result<(), Problem> {
    // Written so that NaN is refused.
    if value >= min && value <= max {
        Ok(())
    } else {
        Err((key.to_owned(), format!("{value} is out of range: allowed are {min} to {max}")))
    }
}

fn filled(key: &str, text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() { Err((key.to_owned(), "must not be empty".to_owned())) } else { Ok(()) }
}

fn inside(key: &str, file: &Path) -> Result<(), Problem> {
    if file.is_absolute() || file.components().any(|part| part.as_os_str() == "..") {
        return Err((key.to_owned(), "must be a path inside the release".to_owned()));
    }
    Ok(())
}

impl RawPolicy {
    fn check(self) -> Result<Policy, Problem> {
        self.check_columns()?;
        self.check_recipe()?;
        self.check_answer()?;
        self.check_noise()?;
        self.check_drift()?;
        self.search.as_ref().map_or(Ok(()), |search| check_search(search, &self.data))?;
        filled("about.owner", &self.about.owner)?;
        filled("about.purpose", &self.about.purpose)?;
        if !self.serve.path.starts_with('/') {
            return Err(("serve.path".to_owned(), format!("`{}` must start with /", self.serve.path)));
        }
        within("explanation.timeout_ms", self.explanation.timeout_ms, 1, 60_000)?;
        let gates = self.gate.into_iter().map(checked_gate).collect::<Result<BTreeMap<_, _>, _>>()?;
        if gates.is_empty() {
            return Err(("gate".to_owned(), "at least one gate is required".to_owned()));
        }
        check_waivers(&self.waiver, &gates)?;
        check_families(&self.family, &gates)?;
        let removed = self.removed.into_iter().map(|gone| checked_removal(gone, &gates)).collect::<Result<_, _>>()?;
        Ok(Policy {
            about: self.about,
            data: self.data,
            recipe: self.recipe,
            evaluation: self.evaluation,
            answer: self.answer,
            cost: self.cost,
            validated: self.validated,
            better: self.better,
            noise: self.noise,
            drift: self.drift,
            wording: self.wording,
            serve: self.serve,
            explanation: self.explanation,
            search: self.search,
            gates,
            families: self.family,
            removed,
            waivers: self.waiver,
        })
    }

    fn check_columns(&self) -> Result<(), Problem> {
        let Data { file, id, label, features, protected, control } = &self.data;
        let key = "data.features";
        inside("data.file", file)?;
        if features.is_empty() {
            return Err((key.to_owned(), "at least one feature is required".to_owned()));
        }
        let mut seen = BTreeSet::new();
        for feature in features {
            let why_not = if !seen.insert(feature) {
                "is named twice"
            } else if feature == id {
                "is the id of the row: a model must not learn it"
            } else if feature == label {
                "is the label: a model must not see it"
            } else if protected.contains_key(feature) {
                "is a protected attribute: a decision must not rest on it"
            } else if self.wording.get(feature).is_none_or(|words| words.trim().is_empty()) {
                "has no wording: a person denied for it could not be told why; add it under [wording]"
            } else {
                continue;
            };
            return Err((key.to_owned(), format!("`{feature}` {why_not}")));
        }
        for (attribute, groups) in protected {
            if groups.iter().collect::<BTreeSet<_>>().len() < 2 || attribute == id || attribute == label {
                let problem = "a protected attribute is no id and no label, and names at least two groups to judge";
                return Err((format!("data.protected.{attribute}"), problem.to_owned()));
            }
        }
        for (column, cuts) in control {
            let rising = cuts.windows(2).all(|pair| pair[0] < pair[1]) && cuts.iter().all(|cut| cut.is_finite());
            if !seen.contains(column) || !rising {
                let problem = "needs a feature and finite cut points, each above the one before";
                return Err((format!("data.control.{column}"), problem.to_owned()));
            }
        }
        for (column, range) in &self.validated {
            if !seen.contains(column) || !range.min.is_finite() || !range.max.is_finite() || range.min >= range.max {
                return Err((format!("validated.{column}"), "needs a feature and finite min < max".to_owned()));
            }
        }
        match self.better.keys().find(|column| !seen.contains(column)) {
            Some(column) => Err((format!("better.{column}"), "is not a feature".to_owned())),
            None => Ok(()),
        }
    }

    fn check_recipe(&self) -> Result<(), Problem> {
        let (recipe, evaluation) = (&self.recipe, &self.evaluation);
        within("recipe.trees", recipe.trees, 1, 1_000)?;
        within("recipe.depth", recipe.depth, 1, 16)?;
        within("recipe.rare_class_weight", recipe.rare_class_weight, 1.000_1, 1_000.0)?;
        within("recipe.min_leaf_weight", recipe.min_leaf_weight, 1.0, 1e6)?;
        within("recipe.smoothing_rows", recipe.smoothing_rows, 0.0, 1_000.0)?;
        within("recipe.max_rows_per_tree", recipe.max_rows_per_tree, 100, 10_000_000)?;
        within("evaluation.folds", evaluation.folds, 2, 20)?;
        within("evaluation.bootstrap_draws", evaluation.bootstrap_draws, 200, 100_000)?;
        within("evaluation.minimum_group_rows", evaluation.minimum_group_rows, 2, 1_000_000)?;
        within("evaluation.minimum_denominator", evaluation.minimum_denominator, 2, 1_000_000)
    }

    fn check_noise(&self) -> Result<(), Problem> {
        for (column, noise) in &self.noise {
            let key = format!("noise.{column}");
            if !self.data.features.contains(column) {
                return Err((key, "is not a feature".to_owned()));
            }
            match noise {
                Noise::Deviation(deviation) => within(&key, *deviation, f64::MIN_POSITIVE, 1e12)?,
                Noise::Relative(share) => within(&key, *share, f64::MIN_POSITIVE, 1.0)?,
            }
        }
        Ok(())
    }

    fn check_drift(&self) -> Result<(), Problem> {
        match &self.drift {
            Some(Drift::Reference(file)) => inside("drift.reference", file),
            Some(Drift::FirstShare(share)) => within("drift.first_share", *share, 0.1, 0.9),
            None => Ok(()),
        }
    }

    fn check_answer(&self) -> Result<(), Problem> {
        if let Some(Cost { false_positive, false_negative, true_positive, true_negative }) = &self.cost {
            for (key, cost) in [
                ("cost.false_positive", false_positive),
                ("cost.false_negative", false_negative),
                ("cost.true_positive", true_positive),
                ("cost.true_negative", true_negative),
            ] {
                within(key, *cost, -1e9, 1e9)?;
            }
        }
        let Answer { threshold, positive, negative, max_reasons } = &self.answer;
        within("answer.threshold", *threshold, 0.000_1, 0.999_9)?;
        within("answer.max_reasons", *max_reasons, 1, 4)?;
        filled("answer.positive", positive)?;
        filled("answer.negative", negative)?;
        let ten_thousandths = threshold * 10_000.0;
        if (ten_thousandths - ten_thousandths.round()).abs() > 1e-6 {
            let problem = format!("{threshold} is not a whole number of ten-thousandths, as every score is");
            return Err(("answer.threshold".to_owned(), problem));
        }
        if positive == negative || [positive, negative].contains(&&"REFER".to_owned()) {
            return Err(("answer".to_owned(), "the two words must differ from each other and from REFER".to_owned()));
        }
        Ok(())
    }
}

fn checked_gate((name, raw): (String, RawBar)) -> Result<(GateId, Bar), Problem> {
    let key = format!("gate.\"{name}\"");
    let problem = |text: &str| (key.clone(), text.to_owned());
    let id = GateId::try_from(name).map_err(|why| problem(&why))?;
    let threshold = match (raw.min, raw.max) {
        (Some(min), None) if min.is_finite() => Threshold::Min(min),
        (None, Some(max)) if max.is_finite() => Threshold::Max(max),
        _ => return Err(problem("needs either `min` or `max`, a finite number")),
    };
    let why = raw.why.filter(|why| !why.trim().is_empty());
    let why = why.ok_or_else(|| problem("has no `why`: a bar without a reason cannot be defended"))?;
    if raw.weakened_because.as_ref().is_some_and(|because| because.trim().is_empty()) {
        return Err(problem("`weakened_because` must not be empty"));
    }
    Ok((id, Bar { threshold, decide_on: raw.decide_on, why, weakened_because: raw.weakened_because }))
}

fn check_families(families: &BTreeMap<String, Family>, gates: &BTreeMap<GateId, Bar>) -> Result<(), Problem> {
    for (name, family) in families {
        let key = format!("family.{name}");
        filled(&format!("{key}.why"), &family.why)?;
        if !gates.keys().any(|gate| gate.family() == name) {
            return Err((key, "has no gate in this policy".to_owned()));
        }
    }
    Ok(())
}

fn checked_removal((name, why): (String, String), gates: &BTreeMap<GateId, Bar>) -> Result<(GateId, String), Problem> {
    let key = format!("removed.\"{name}\"");
    filled(&key, &why)?;
    let id = GateId::try_from(name).map_err(|problem| (key.clone(), problem))?;
    if gates.contains_key(&id) { Err((key, "is a gate of this policy".to_owned())) } else { Ok((id, why)) }
}

fn check_search(search: &Search, data: &Data) -> Result<(), Problem> {
    search.depth.iter().try_for_each(|depth| within("search.depth", *depth, 1, 16))?;
    search.trees.iter().try_for_each(|trees| within("search.trees", *trees, 1, 1_000))?;
    search.threshold.iter().try_for_each(|threshold| within("search.threshold", *threshold, 0.000_1, 0.999_9))?;
    if search.depth.is_empty() || search.trees.is_empty() || search.threshold.is_empty() {
        return Err((
            "search".to_owned(),
            "needs at least one depth, one number of trees and one threshold".to_owned(),
        ));
    }
    if let Some(column) = search.without.iter().flatten().find(|column| !data.features.contains(column)) {
        return Err(("search.without".to_owned(), format!("`{column}` is not a feature")));
    }
    let unfit =
        |column: &&String| **column == data.id || **column == data.label || data.protected.contains_key(*column);
    match search.with.iter().flatten().find(unfit) {
        Some(column) => Err(("search.with".to_owned(), format!("`{column}` must never be a feature"))),
        None => Ok(()),
    }
}

fn check_waivers(waivers: &[Waiver], gates: &BTreeMap<GateId, Bar>) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    for waiver in waivers {
        let key = format!("waiver of {}", waiver.gate);
        filled(&format!("{key}: reason"), &waiver.reason)?;
        filled(&format!("{key}: owner"), &waiver.owner)?;
        if !gates.contains_key(&waiver.gate) {
            return Err((key, "there is no such gate in this policy".to_owned()));
        }
        if !seen.insert(&waiver.gate) {
            return Err((key, "is given twice".to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = include_str!("../tests/minimal.toml");

    fn parse(text: &str) -> Result<Policy, String> {
        Policy::parse(text, Path::new("release.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn the_minimal_policy_is_accepted() {
        assert_eq!(parse(MINIMAL).unwrap().gates.len(), 2);
    }

    #[test]
    fn each_defect_is_refused_with_its_key() {
        let cases = [
            ("label = \"good\"", "label = \"good\"\nlable = 1", "unknown field `lable`"),
            ("\"size\", \"price\"", "\"size\", \"id\"", "id of the row"),
            ("\"size\", \"price\"", "\"size\", \"good\"", "is the label"),
            ("\"size\", \"price\"", "\"size\", \"group\"", "protected attribute"),
            ("\"size\", \"price\"", "\"size\", \"size\"", "named twice"),
            ("\"size\", \"price\"", "\"size\", \"weight\"", "no wording"),
            ("\"size\", \"price\"", "", "at least one feature"),
            ("[\"a\", \"b\"]", "[\"a\", \"a\"]", "at least two groups"),
            ("data/x.csv", "../x.csv", "inside the release"),
            ("trees = 5", "trees = 0", "recipe.trees: 0 is out of range: allowed are 1 to 1000"),
            ("rare_class_weight = 2.0", "rare_class_weight = 1.0", "recipe.rare_class_weight"),
            ("rare_class_weight = 2.0", "rare_class_weight = nan", "recipe.rare_class_weight"),
            ("[wording]", "[noise]\nid = { relative = 0.1 }\n[wording]", "noise.id: is not a feature"),
            ("[wording]", "[noise]\nsize = { relative = 1.1 }\n[wording]", "noise.size: 1.1 is out of range"),
            ("[wording]", "[noise]\nsize = { deviation = nan }\n[wording]", "noise.size: NaN is out of range"),
            ("[wording]", "[noise]\nsize = { sd = 1.0 }\n[wording]", "unknown variant `sd`"),
            ("[wording]", "[drift]\nreference = \"../x.csv\"\n[wording]", "drift.reference: must be a path inside"),
            ("[wording]", "[drift]\nfirst_share = 0.95\n[wording]", "drift.first_share: 0.95 is out of range"),
            ("[wording]", "[drift]\n[wording]", "drift"),
            ("threshold = 0.5", "threshold = 0.33333", "ten-thousandths"),
            ("negative = \"NO\"", "negative = \"YES\"", "must differ"),
            ("min = 0.8", "min = 0.8\nmax = 0.9", "either `min` or `max`"),
            ("min = 0.8", "min = nan", "finite"),
            ("why = \"test\"", "", "no `why`"),
            ("why = \"test\"", "why = \" \"", "no `why`"),
            ("accuracy.accuracy", "acuracy.accuracy", "no known family"),
            ("accuracy.accuracy", "accuracy.Accuracy", "not of the form"),
            ("accuracy.accuracy", "accuracy", "not of the form"),
        ];
        for (good, bad, message) in cases {
            assert!(MINIMAL.contains(good), "the case `{good}` changes nothing");
            let error = parse(&MINIMAL.replacen(good, bad, 1)).expect_err(bad);
            assert!(error.contains(message), "{bad}: {error}");
        }
    }

    #[test]
    fn a_search_stays_within_what_a_policy_allows() {
        let search = |without: &str, with: &str, depth: &str| {
            let lists = format!("without = {without}\nwith = {with}\ndepth = {depth}\ntrees = [1]\nthreshold = [0.5]");
            parse(&MINIMAL.replacen("[wording]", &format!("[search]\n{lists}\n[wording]"), 1))
        };
        assert!(search("[[\"size\"]]", "[[\"other\"]]", "[1, 16]").is_ok());
        assert!(search("[[\"other\"]]", "[]", "[1]").unwrap_err().contains("is not a feature"));
        assert!(search("[]", "[[\"group\"]]", "[1]").unwrap_err().contains("must never be a feature"));
        assert!(search("[]", "[[\"good\"]]", "[1]").unwrap_err().contains("must never be a feature"));
        assert!(search("[]", "[]", "[17]").unwrap_err().contains("allowed are 1 to 16"));
        assert!(search("[]", "[]", "[]").unwrap_err().contains("at least one"));
    }

    #[test]
    fn families_and_removals_are_checked() {
        let with = |more: &str| parse(&format!("{MINIMAL}\n{more}\n"));
        let family = |name: &str, control: &str, why: &str| {
            with(&format!("[family.{name}]\ncontrol = \"{control}\"\nwhy = \"{why}\""))
        };
        assert_eq!(family("accuracy", "holm", "test").unwrap().families.len(), 1);
        assert!(family("fairness", "holm", "test").unwrap_err().contains("family.fairness: has no gate"));
        assert!(family("accuracy", "none", "test").unwrap_err().contains("unknown variant"));
        assert!(family("accuracy", "holm", " ").unwrap_err().contains("family.accuracy.why"));
        let removed = |gate: &str, why: &str| with(&format!("[removed]\n\"{gate}\" = \"{why}\""));
        assert_eq!(removed("accuracy.f1", "test").unwrap().removed.len(), 1);
        assert!(removed("accuracy.f1", "").unwrap_err().contains("must not be empty"));
        assert!(removed("accuracy.accuracy", "test").unwrap_err().contains("is a gate of this policy"));
        assert!(removed("acuracy.f1", "test").unwrap_err().contains("no known family"));
        let empty = MINIMAL.replacen("min = 0.8", "min = 0.8\nweakened_because = \"\"", 1);
        assert!(parse(&empty).unwrap_err().contains("weakened_because"));
    }

    #[test]
    fn a_waiver_needs_a_gate_a_reason_an_owner_and_a_date() {
        let waiver = |gate: &str, reason: &str, expires: &str| {
            let text = format!(
                "{MINIMAL}\n[[waiver]]\ngate = \"{gate}\"\nreason = \"{reason}\"\nowner = \"me\"\nexpires = \"{expires}\"\n"
            );
            parse(&text)
        };
        assert!(waiver("accuracy.accuracy", "because", "2030-01-31").is_ok());
        assert!(waiver("accuracy.accuracy", "", "2030-01-31").is_err());
        assert!(waiver("accuracy.auc", "because", "2030-01-31").unwrap_err().contains("no such gate"));
        assert!(waiver("accuracy.accuracy", "because", "2030-02-31").is_err());
    }
}
