//! The members of an XGBoost file that matter, the same in JSON and UBJSON and in versions 1 to 3.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(super) struct File {
    pub(super) learner: Learner,
    #[serde(default)]
    pub(super) version: Vec<u64>,
}

#[derive(Deserialize)]
pub(super) struct Learner {
    #[serde(default)]
    pub(super) feature_names: Vec<String>,
    pub(super) gradient_booster: Booster,
    pub(super) learner_model_param: LearnerParameters,
    pub(super) objective: Objective,
}

#[derive(Deserialize)]
pub(super) struct Booster {
    pub(super) name: String,
    pub(super) model: Option<BoosterModel>,
}

#[derive(Deserialize)]
pub(super) struct BoosterModel {
    pub(super) gbtree_model_param: TreesParameters,
    pub(super) trees: Vec<TreeArrays>,
    #[serde(default)]
    pub(super) cats: Option<CategoryNames>,
}

#[derive(Deserialize)]
pub(super) struct TreesParameters {
    pub(super) num_trees: Value,
}

#[derive(Deserialize)]
pub(super) struct LearnerParameters {
    pub(super) base_score: Value,
    pub(super) num_feature: Value,
    #[serde(default)]
    pub(super) num_class: Value,
    #[serde(default)]
    pub(super) num_target: Value,
}

#[derive(Deserialize)]
pub(super) struct Objective {
    pub(super) name: String,
}

/// One tree as parallel arrays; a leaf has left child -1 and its value among the conditions.
#[derive(Deserialize)]
pub(super) struct TreeArrays {
    pub(super) left_children: Vec<i64>,
    pub(super) right_children: Vec<i64>,
    pub(super) split_indices: Vec<usize>,
    pub(super) split_conditions: Vec<f32>,
    /// Truths in version 1, numbers later.
    pub(super) default_left: Vec<Truth>,
    pub(super) sum_hessian: Vec<f32>,
    /// 1 for a question about categories; absent before version 1.3.
    #[serde(default)]
    pub(super) split_type: Vec<u8>,
    #[serde(default)]
    pub(super) categories: Vec<u32>,
    #[serde(default)]
    pub(super) categories_nodes: Vec<usize>,
    #[serde(default)]
    pub(super) categories_segments: Vec<usize>,
    #[serde(default)]
    pub(super) categories_sizes: Vec<usize>,
    pub(super) tree_param: TreeParameters,
}

#[derive(Deserialize)]
pub(super) struct TreeParameters {
    #[serde(default)]
    pub(super) size_leaf_vector: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Truth {
    Truth(bool),
    Number(u8),
}

impl Truth {
    pub(super) fn is_true(&self) -> bool {
        matches!(self, Self::Truth(true) | Self::Number(1..))
    }
}

/// The names of the categories by column, since version 3.1.
#[derive(Deserialize)]
pub(super) struct CategoryNames {
    #[serde(default)]
    pub(super) enc: Vec<ColumnNames>,
}

/// ColumnNames one after the other as bytes, with the ends of each; or numbers.
#[derive(Deserialize)]
pub(super) struct ColumnNames {
    #[serde(default)]
    pub(super) offsets: Option<Vec<usize>>,
    #[serde(default)]
    pub(super) values: Vec<Value>,
}

/// A number that the file may also hold as text or, since version 3.1, as a list of one in text.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim_start_matches('[').trim_end_matches(']').trim().parse().ok(),
        Value::Array(values) => values.first().filter(|_| values.len() == 1).and_then(number),
        _ => None,
    }
}
