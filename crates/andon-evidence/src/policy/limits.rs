//! The allowed range of every number in `release.toml`: what the [keys](crate::policy::keys) state and the checks hold.

use std::fmt;

use crate::policy::error::Problem;

/// The smallest and the largest allowed value of a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The key with its table, such as `recipe.trees`.
    pub path: &'static str,
    /// The smallest allowed value.
    pub min: f64,
    /// The largest allowed value.
    pub max: f64,
}

impl Limits {
    const fn new(path: &'static str, min: f64, max: f64) -> Self {
        Self { path, min, max }
    }

    /// Refuses a value outside the limits, as it is written: a 32-bit number is not widened first.
    pub(super) fn check(&self, value: impl fmt::Display) -> Result<(), Problem> {
        let text = value.to_string();
        // NaN is in no range.
        if text.parse().is_ok_and(|number: f64| (self.min..=self.max).contains(&number)) {
            Ok(())
        } else {
            let Self { path, min, max } = self;
            Err(((*path).to_owned(), format!("{text} is out of range: allowed are {min} to {max}")))
        }
    }
}

pub(super) const TREES: Limits = Limits::new("recipe.trees", 1.0, 1_000.0);
pub(super) const DEPTH: Limits = Limits::new("recipe.depth", 1.0, 16.0);
pub(super) const RARE_CLASS_WEIGHT: Limits = Limits::new("recipe.rare_class_weight", 1.000_1, 1_000.0);
pub(super) const MIN_LEAF_WEIGHT: Limits = Limits::new("recipe.min_leaf_weight", 1.0, 1e6);
pub(super) const SMOOTHING_ROWS: Limits = Limits::new("recipe.smoothing_rows", 0.0, 1_000.0);
pub(super) const MAX_ROWS_PER_TREE: Limits = Limits::new("recipe.max_rows_per_tree", 100.0, 1e7);

pub(super) const FOLDS: Limits = Limits::new("evaluation.folds", 2.0, 20.0);
pub(super) const BOOTSTRAP_DRAWS: Limits = Limits::new("evaluation.bootstrap_draws", 200.0, 100_000.0);
pub(super) const MINIMUM_GROUP_ROWS: Limits = Limits::new("evaluation.minimum_group_rows", 2.0, 1e6);
pub(super) const MINIMUM_DENOMINATOR: Limits = Limits::new("evaluation.minimum_denominator", 2.0, 1e6);

pub(super) const THRESHOLD: Limits = Limits::new("answer.threshold", 0.000_1, 0.999_9);
pub(super) const MAX_REASONS: Limits = Limits::new("answer.max_reasons", 1.0, 4.0);

pub(super) const FALSE_POSITIVE: Limits = Limits::new("cost.false_positive", -1e9, 1e9);
pub(super) const FALSE_NEGATIVE: Limits = Limits::new("cost.false_negative", -1e9, 1e9);
pub(super) const TRUE_POSITIVE: Limits = Limits::new("cost.true_positive", -1e9, 1e9);
pub(super) const TRUE_NEGATIVE: Limits = Limits::new("cost.true_negative", -1e9, 1e9);

pub(super) const FIRST_SHARE: Limits = Limits::new("drift.first_share", 0.1, 0.9);

pub(super) const TIMEOUT_MS: Limits = Limits::new("explanation.timeout_ms", 1.0, 60_000.0);
pub(super) const RETRIES: Limits = Limits::new("explanation.retries", 0.0, 10.0);
pub(super) const CONCURRENT_CALLS: Limits = Limits::new("explanation.concurrent_calls", 1.0, 100.0);
pub(super) const BREAKER_FAILURES: Limits = Limits::new("explanation.breaker_failures", 1.0, 1_000.0);
pub(super) const BREAKER_PAUSE_MS: Limits = Limits::new("explanation.breaker_pause_ms", 1.0, 3_600_000.0);

pub(super) const SEARCH_DEPTH: Limits = Limits::new("search.depth", 1.0, 16.0);
pub(super) const SEARCH_TREES: Limits = Limits::new("search.trees", 1.0, 1_000.0);
pub(super) const SEARCH_THRESHOLD: Limits = Limits::new("search.threshold", 0.000_1, 0.999_9);
