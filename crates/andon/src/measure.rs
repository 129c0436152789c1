//! The statistics by their gate ids. Pure arithmetic on the tally: no policy bar, no file, no clock.

use andon_evidence::judge::{Measurement, NotMeasured};
use andon_evidence::policy::{GateId, Policy};

use crate::score::Score;
use crate::tally::Tally;
use crate::{accuracy, calibration, fairness};

/// A tally and how to take intervals from it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The counts.
    pub tally: Tally,
    /// The lowest score that is answered positively.
    pub threshold: Score,
    /// Bootstrap draws per interval.
    pub draws: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Fewest rows that a judged group may have.
    pub minimum_group_rows: u64,
}

impl Sample {
    /// The sample as a policy wants it judged.
    #[must_use]
    pub fn new(policy: &Policy, tally: Tally, threshold: Score) -> Self {
        Self {
            tally,
            threshold,
            draws: policy.evaluation.bootstrap_draws,
            seed: policy.recipe.seed,
            minimum_group_rows: policy.evaluation.minimum_group_rows,
        }
    }
}

/// What a statistic returns.
pub type Measured = Result<Measurement, NotMeasured>;

/// The statistic that a gate id asks for; `None` when the id is no statistic of the sample.
#[must_use]
pub fn measure(id: &GateId, sample: &Sample) -> Option<Measured> {
    match (id.family(), id.question()) {
        ("accuracy", ("accuracy", None)) => Some(accuracy::accuracy(sample)),
        ("accuracy", ("auc", None)) => Some(accuracy::auc(sample)),
        ("accuracy", ("brier_skill", None)) => Some(accuracy::brier_skill(sample)),
        ("calibration", ("expected_calibration_error", None)) => Some(calibration::expected_calibration_error(sample)),
        ("fairness", ("disparate_impact", Some(attribute))) => Some(fairness::disparate_impact(sample, attribute)),
        _ => None,
    }
}
