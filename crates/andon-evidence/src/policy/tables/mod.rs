//! The tables of `release.toml`, as they are written there.

pub(super) mod cord;
pub(super) mod model;
pub(super) mod outcomes;
pub(super) mod overrides;
pub(super) mod scores;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::policy::gate_id::GateId;

/// The purpose of the release; the card repeats it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The person or role that answers for the release.
    pub owner: String,
    /// One sentence: what the model decides.
    pub purpose: String,
    /// The uses that it was judged for.
    pub intended_use: Vec<String>,
    /// The uses that it must not be put to.
    pub out_of_scope: Vec<String>,
    /// The known weaknesses.
    pub limitations: Vec<String>,
}

/// The data file and the part that each column plays.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The data file, relative to the policy.
    pub file: PathBuf,
    /// The column that names a row, if the file has one; never a feature. Without it rows are named by their number.
    #[serde(default)]
    pub id: Option<String>,
    /// The column that names the person or household of a row; never a feature. Its rows share a fold.
    #[serde(default)]
    pub person: Option<String>,
    /// The column to be predicted, 0 or 1; never a feature.
    pub label: String,
    /// The value of the label that is the better outcome for the person: 1.
    pub favourable: u8,
    /// The reason why it is, where names or data speak against it.
    pub favourable_because: Option<String>,
    /// The meaning of the order of the rows in the file, such as the day of the decision, if it has one.
    #[serde(default)]
    pub order: Option<String>,
    /// The day on which the newest row was collected, for `contract.freshness`.
    #[serde(default)]
    pub collected_until: Option<Date>,
    /// The columns that the model sees, in the model's order.
    pub features: Vec<String>,
    /// Categories among the features whose names stand in an order in the record; all others have none.
    #[serde(default)]
    pub ordered: Vec<String>,
    /// Features that the record has as text, each with the names that the model knows.
    #[serde(default)]
    pub categories: BTreeMap<String, Category>,
    /// Protected attributes, never features, each with the groups that must be judged.
    pub protected: BTreeMap<String, Vec<String>>,
    /// Small groups of a protected attribute that are judged together, by attribute and by the name of the pool.
    #[serde(default)]
    pub pooled: BTreeMap<String, BTreeMap<String, Pool>>,
    /// Features that groups may be compared within, each with the cut points of its bands.
    #[serde(default)]
    pub control: BTreeMap<String, Vec<f64>>,
    /// Columns and protected attributes that no gate judges, or not every row of, each with the reason.
    #[serde(default)]
    pub unjudged: BTreeMap<String, String>,
    /// Columns that stand for a protected attribute, each with the attribute; never features, and never a reason.
    #[serde(default)]
    pub proxies: BTreeMap<String, String>,
}

/// The names of a category that the record has as text, so that a new name needs no compilation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// The names that the model knows.
    pub names: Vec<String>,
    /// What becomes of a record with another name.
    pub unseen: Unseen,
}

/// What becomes of a record with a name that the model does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unseen {
    /// A person decides.
    Refer,
    /// The model takes it for the name [`OTHER`].
    Other,
}

/// The name of all names that a category does not list.
pub const OTHER: &str = "other";

impl Category {
    /// Every name that the model has a number for.
    #[must_use]
    pub fn levels(&self) -> Vec<String> {
        let mut levels = self.names.clone();
        if self.unseen == Unseen::Other {
            levels.retain(|name| name != OTHER);
            levels.push(OTHER.to_owned());
        }
        levels
    }
}

/// Groups that are judged together, since each alone has too few rows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// The groups.
    pub groups: Vec<String>,
    /// The reason why these are judged together.
    pub why: String,
}

impl Data {
    /// The name under which a group of a protected attribute is judged: that of its pool, or its own.
    #[must_use]
    pub fn judged_as<'a>(&'a self, attribute: &str, group: &'a str) -> &'a str {
        let mut pools = self.pooled.get(attribute).into_iter().flatten();
        let pool = pools.find(|(_, pool)| pool.groups.iter().any(|member| member == group));
        pool.map_or(group, |(name, _)| name)
    }

    /// Every pool with its attribute and its name.
    pub fn pools(&self) -> impl Iterator<Item = (&str, &str, &Pool)> {
        self.pooled.iter().flat_map(|(attribute, pools)| {
            pools.iter().map(move |(name, pool)| (attribute.as_str(), name.as_str(), pool))
        })
    }

    /// True for the column that names a row.
    #[must_use]
    pub fn is_id(&self, column: &str) -> bool {
        self.id.as_deref() == Some(column)
    }
}

/// The golden cases: records with the answer that each must get.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// The file of the cases, relative to the policy.
    pub file: PathBuf,
    /// The reason why there are fewer cases than in the previous release, if there are.
    #[serde(default)]
    pub fewer_because: Option<String>,
}

/// The cost of each answer, for `accuracy.expected_cost`; in a unit of the release's own. A gain is below 0.
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

/// The settings that the forest is grown with.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Seed of every random choice.
    pub seed: u64,
    /// Number of trees, 1 to 1,000.
    pub trees: usize,
    /// Greatest depth of a tree in splits, 1 to 16.
    pub depth: usize,
    /// Weight of one row of the rarer class as splits are chosen, 1 to 1,000; leaves hold unweighted shares.
    pub rare_class_weight: f32,
    /// Least weight of a leaf, its rows weighted as for a split, 1 to 1,000,000.
    pub min_leaf_weight: f32,
    /// Rows of the base rate mixed into each leaf's share, 0 to 1,000.
    pub smoothing_rows: f64,
    /// Most rows drawn for one tree, 100 to 10,000,000.
    pub max_rows_per_tree: usize,
    /// Most ranges of values that a column is split between, 16 to 65,535; every value if it is not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bins: Option<usize>,
    /// Protected attributes in whose groups the rows are reweighed in training; none leaves every row its weight.
    #[serde(default)]
    pub reweigh_by: Vec<String>,
}

/// The settings that the candidate is scored with, out of sample.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Number of folds, 2 to 20; each row is scored by the fold's model that did not see it.
    pub folds: usize,
    /// Further cross-validations with other folds and seeds, 3 to 100; they tell how far each statistic moves from one
    /// training to the next, and intervals are widened by it.
    #[serde(default = "repeats")]
    pub repeats: usize,
    /// Bootstrap draws per interval, 200 to 100,000.
    pub bootstrap_draws: usize,
    /// Fewest rows a judged group may have, at least 2.
    pub minimum_group_rows: u64,
    /// Fewest rows a rate of a group may be a share of, such as its positives for its true positive rate, at least 2.
    #[serde(default = "default_minimum_denominator")]
    pub minimum_denominator: u64,
    /// Rows drawn for the gates that ask row by row, 1,000 to 100,000,000; the rare cases come on top.
    #[serde(default = "default_asked_rows")]
    pub asked_rows: usize,
}

/// Five repeats leave the spread five degrees of freedom, and cost five times the folds of the candidate.
fn repeats() -> usize {
    5
}

/// From 30 on the score intervals of shares hold their level.
fn default_minimum_denominator() -> u64 {
    30
}

/// So many show a fault of 3 in 10,000 rows with 95 % probability.
fn default_asked_rows() -> usize {
    10_000
}

/// The rule that turns a score into an answer.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerRule {
    /// Lowest score that is answered with `positive`; a whole number of ten-thousandths, 0.0001 to 0.9999.
    pub threshold: f64,
    /// The word for a label of 1.
    pub positive: String,
    /// The word for a label of 0.
    pub negative: String,
    /// Most reasons given, 1 to 4.
    pub max_reasons: usize,
    /// The contact for questions and corrections, which every negative answer and every referral names.
    #[serde(default)]
    pub contact: Option<String>,
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

/// The direction in which values of a feature are better for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Lower values are better.
    Lower,
    /// Higher values are better.
    Higher,
}

impl Better {
    /// True if one value is better than another.
    #[must_use]
    pub fn is_better(self, value: f64, than: f64) -> bool {
        match self {
            Self::Lower => value < than,
            Self::Higher => value > than,
        }
    }
}

/// The noise in a feature's value, as people measure or type it: the standard deviation of normal noise.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Noise {
    /// In the column's unit.
    Deviation(f64),
    /// As a share of the value, up to 1.
    Relative(f64),
}

/// The data that the drift gates compare with.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// Another file of the same contract, relative to the policy, such as the rows of the last quarter.
    Reference(PathBuf),
    /// The data file itself, in its own order: this share of it, 0.1 to 0.9, against the rest.
    FirstShare(f64),
}

/// The address of the service.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Path of the decision endpoint.
    pub path: String,
}

/// The load that a service must bear, for `serving.load`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// The number of clients that ask at once.
    pub clients: usize,
    /// The number of requests of all clients together.
    pub requests: usize,
    /// The share of requests that may fail.
    #[serde(default)]
    pub failed_share: f64,
}

/// The machine whose evidence counts: it is built from, and may be imported.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// The public key of the machine that runs the gates elsewhere, in PEM, as `cargo andon keygen` writes it.
    pub public_key: String,
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
    /// Sets of protected attributes to reweigh by; an empty set reweighs nothing.
    #[serde(default = "no_reweighing")]
    pub reweigh_by: Vec<Vec<String>>,
    /// By this share less unequal is a fairer alternative, 0.01 to 0.5.
    pub fairer_by: Option<f64>,
    /// By this much less accurate is about as accurate, 0 to 0.1; a share of rows, and of the area under the curve.
    pub less_accurate_by: Option<f64>,
    /// The reason why the shipped recipe was chosen.
    pub chosen_because: Option<String>,
    /// The less discriminatory alternatives that this reason answers for, by name.
    #[serde(default)]
    pub declined: Vec<String>,
}

/// One set, which is empty.
fn no_reweighing() -> Vec<Vec<String>> {
    vec![Vec::new()]
}

/// An exception from one gate, for a time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The gate that may be red.
    pub gate: GateId,
    /// The reason why that is acceptable.
    pub reason: String,
    /// The person who answers for it.
    pub owner: String,
    /// Last day on which it holds (UTC).
    pub expires: Date,
}

/// The procedure that controls the error of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Holm (1979), "A simple sequentially rejective multiple test procedure".
    Holm,
}

/// One `[family]` table of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// The procedure that controls the error.
    pub control: Control,
    /// The reason for it.
    pub why: String,
}
