//! The recipes that a policy declares.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::policy::{Policy, Search};

/// The recipe of an alternative, as far as it may differ from that of the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlternativeRecipe {
    /// Features that it leaves out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// Columns that it has as further features.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// Protected attributes in whose groups rows are reweighed in training.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reweigh_by: Vec<String>,
    /// Greatest depth of a tree.
    pub depth: usize,
    /// Number of trees.
    pub trees: usize,
    /// Lowest score that is answered positively.
    pub threshold: f64,
}

impl AlternativeRecipe {
    /// Its features against those of the policy.
    #[must_use]
    pub fn features(&self) -> String {
        match (self.without.as_slice(), self.with.as_slice()) {
            ([], []) => "features as shipped".to_owned(),
            (without, []) => format!("without {}", without.join(", ")),
            (_, with) => format!("with {}", with.join(", ")),
        }
    }

    /// The weights of its rows in training.
    #[must_use]
    pub fn weights(&self) -> String {
        if self.reweigh_by.is_empty() { "none".to_owned() } else { self.reweigh_by.join(" and ") }
    }

    /// True for the recipe of the policy.
    #[must_use]
    pub fn is_shipped(&self, policy: &Policy) -> bool {
        let recipe = &policy.recipe;
        let same_score = (self.threshold - policy.answer.threshold).abs() < 5e-5;
        let same_rows = self.without.is_empty() && self.with.is_empty() && self.reweigh_by == recipe.reweigh_by;
        same_rows && (self.depth, self.trees) == (recipe.depth, recipe.trees) && same_score
    }

    /// The policy by which its model is made.
    #[must_use]
    pub fn policy(&self, shipped: &Policy) -> Policy {
        let mut policy = shipped.clone();
        policy.data.features.retain(|feature| !self.without.contains(feature));
        policy.data.features.extend(self.with.iter().cloned());
        let features = &policy.data.features;
        policy.validated.retain(|column, _| features.contains(column));
        (policy.recipe.depth, policy.recipe.trees) = (self.depth, self.trees);
        policy.recipe.reweigh_by.clone_from(&self.reweigh_by);
        policy.answer.threshold = self.threshold;
        policy
    }
}

/// The name by which a policy speaks of it, such as `without units, reweighed by race, depth 5, 50 trees, threshold
/// 0.6`.
impl fmt::Display for AlternativeRecipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", self.features())?;
        if !self.reweigh_by.is_empty() {
            write!(f, "reweighed by {}, ", self.weights())?;
        }
        write!(f, "depth {}, {} trees, threshold {}", self.depth, self.trees, self.threshold)
    }
}

/// Every alternative that a policy declares; those of one model stand together.
#[must_use]
pub fn alternative_recipes(policy: &Policy, search: &Search) -> Vec<AlternativeRecipe> {
    let Search { without, with, depth, trees, threshold, reweigh_by, .. } = search;
    let base = AlternativeRecipe {
        without: Vec::new(),
        with: Vec::new(),
        reweigh_by: policy.recipe.reweigh_by.clone(),
        depth: policy.recipe.depth,
        trees: policy.recipe.trees,
        threshold: policy.answer.threshold,
    };
    let less = without.iter().map(|columns| AlternativeRecipe { without: columns.clone(), ..base.clone() });
    let more = with.iter().map(|columns| AlternativeRecipe { with: columns.clone(), ..base.clone() });
    let mut all: Vec<AlternativeRecipe> = std::iter::once(base.clone()).chain(less).chain(more).collect();
    all = each(&all, reweigh_by, |recipe, reweigh_by| recipe.reweigh_by = reweigh_by);
    all = each(&all, depth, |recipe, depth| recipe.depth = depth);
    all = each(&all, trees, |recipe, trees| recipe.trees = trees);
    each(&all, threshold, |recipe, threshold| recipe.threshold = threshold)
}

/// Every recipe with every value.
fn each<T: Clone>(
    recipes: &[AlternativeRecipe],
    values: &[T],
    set: impl Fn(&mut AlternativeRecipe, T),
) -> Vec<AlternativeRecipe> {
    let with = |recipe: &AlternativeRecipe, value: &T| {
        let mut recipe = recipe.clone();
        set(&mut recipe, value.clone());
        recipe
    };
    recipes.iter().flat_map(|recipe| values.iter().map(move |value| with(recipe, value))).collect()
}
