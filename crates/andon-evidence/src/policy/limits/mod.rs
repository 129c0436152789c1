//! The allowed range of every number in `release.toml`: what the [keys](crate::policy::keys) state and the checks hold.

pub(super) mod ranges;
pub(super) mod scores;

use std::fmt;

use crate::policy::error::KeyProblem;

/// The smallest and the largest allowed value of a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeyLimits {
    /// The key with its table, such as `recipe.trees`.
    pub path: &'static str,
    /// The smallest allowed value.
    pub min: f64,
    /// The largest allowed value.
    pub max: f64,
}

impl KeyLimits {
    const fn new(path: &'static str, min: f64, max: f64) -> Self {
        Self { path, min, max }
    }

    /// Refuses a value outside the limits, as it is written: a 32-bit number is not widened first.
    pub(super) fn check(&self, value: impl fmt::Display) -> Result<(), KeyProblem> {
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

pub(super) const TREES: KeyLimits = KeyLimits::new("recipe.trees", 1.0, 1_000.0);
pub(super) const DEPTH: KeyLimits = KeyLimits::new("recipe.depth", 1.0, 16.0);
pub(super) const RARE_CLASS_WEIGHT: KeyLimits = KeyLimits::new("recipe.rare_class_weight", 1.0, 1_000.0);
pub(super) const MIN_LEAF_WEIGHT: KeyLimits = KeyLimits::new("recipe.min_leaf_weight", 1.0, 1e6);
pub(super) const SMOOTHING_ROWS: KeyLimits = KeyLimits::new("recipe.smoothing_rows", 0.0, 1_000.0);
pub(super) const MAX_ROWS_PER_TREE: KeyLimits = KeyLimits::new("recipe.max_rows_per_tree", 100.0, 1e7);
pub(super) const MAX_BINS: KeyLimits = KeyLimits::new("recipe.max_bins", 16.0, 65_535.0);

pub(super) const TIME_LIMIT_S: KeyLimits = KeyLimits::new("model.time_limit_s", 1.0, 86_400.0);
pub(super) const EXPLAINED_ROWS: KeyLimits = KeyLimits::new("model.explained_rows", 20.0, 10_000.0);
pub(super) const EXPLAINED_PAIRS: KeyLimits = KeyLimits::new("model.explained_pairs", 20.0, 10_000.0);

pub(super) const FOLDS: KeyLimits = KeyLimits::new("evaluation.folds", 2.0, 20.0);
pub(super) const REPEATS: KeyLimits = KeyLimits::new("evaluation.repeats", 3.0, 100.0);
pub(super) const BOOTSTRAP_DRAWS: KeyLimits = KeyLimits::new("evaluation.bootstrap_draws", 200.0, 100_000.0);
pub(super) const MINIMUM_GROUP_ROWS: KeyLimits = KeyLimits::new("evaluation.minimum_group_rows", 2.0, 1e6);
pub(super) const MINIMUM_DENOMINATOR: KeyLimits = KeyLimits::new("evaluation.minimum_denominator", 2.0, 1e6);
pub(super) const ASKED_ROWS: KeyLimits = KeyLimits::new("evaluation.asked_rows", 1_000.0, 1e8);

pub(super) const THRESHOLD: KeyLimits = KeyLimits::new("answer.threshold", 0.000_1, 0.999_9);
pub(super) const MAX_REASONS: KeyLimits = KeyLimits::new("answer.max_reasons", 1.0, 4.0);

pub(super) const FALSE_POSITIVE: KeyLimits = KeyLimits::new("cost.false_positive", -1e9, 1e9);
pub(super) const FALSE_NEGATIVE: KeyLimits = KeyLimits::new("cost.false_negative", -1e9, 1e9);
pub(super) const TRUE_POSITIVE: KeyLimits = KeyLimits::new("cost.true_positive", -1e9, 1e9);
pub(super) const TRUE_NEGATIVE: KeyLimits = KeyLimits::new("cost.true_negative", -1e9, 1e9);

pub(super) const FIRST_SHARE: KeyLimits = KeyLimits::new("drift.first_share", 0.1, 0.9);

pub(super) const CLIENTS: KeyLimits = KeyLimits::new("load.clients", 1.0, 1_000.0);
pub(super) const REQUESTS: KeyLimits = KeyLimits::new("load.requests", 1_000.0, 1e6);
pub(super) const FAILED_SHARE: KeyLimits = KeyLimits::new("load.failed_share", 0.0, 0.05);

pub(super) const NO_GO_MONTHS: KeyLimits = KeyLimits::new("outcomes.no_go_months", 1.0, 12.0);
pub(super) const DUE_AFTER_MONTHS: KeyLimits = KeyLimits::new("outcomes.due_after_months", 0.0, 60.0);

pub(super) const TIMEOUT_MS: KeyLimits = KeyLimits::new("explanation.timeout_ms", 1.0, 60_000.0);
pub(super) const RETRIES: KeyLimits = KeyLimits::new("explanation.retries", 0.0, 10.0);
pub(super) const CONCURRENT_CALLS: KeyLimits = KeyLimits::new("explanation.concurrent_calls", 1.0, 100.0);
pub(super) const BREAKER_FAILURES: KeyLimits = KeyLimits::new("explanation.breaker_failures", 1.0, 1_000.0);
pub(super) const BREAKER_PAUSE_MS: KeyLimits = KeyLimits::new("explanation.breaker_pause_ms", 1.0, 3_600_000.0);

pub(super) const SEARCH_DEPTH: KeyLimits = KeyLimits::new("search.depth", 1.0, 16.0);
pub(super) const SEARCH_TREES: KeyLimits = KeyLimits::new("search.trees", 1.0, 1_000.0);
pub(super) const SEARCH_THRESHOLD: KeyLimits = KeyLimits::new("search.threshold", 0.000_1, 0.999_9);
pub(super) const SEARCH_FAIRER_BY: KeyLimits = KeyLimits::new("search.fairer_by", 0.01, 0.5);
pub(super) const SEARCH_LESS_ACCURATE_BY: KeyLimits = KeyLimits::new("search.less_accurate_by", 0.0, 0.1);
