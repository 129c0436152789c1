//! A tally with the numbers of a policy: every statistic of the scores is computed from it.

use std::collections::BTreeSet;

use andon_evidence::judge::{Measurement, NotMeasured};
use andon_evidence::policy::{Cost, Policy};

use crate::measure::spread::widened;
use crate::measure::tally::Tally;
use crate::model::repeats::Repeated;
use crate::model::score::Score;

/// The result of a statistic: a measurement, or the reason why there is none.
pub type Measured = Result<Measurement, NotMeasured>;

/// Most parts that a measurement names.
pub(crate) const MAX_NAMED_PARTS: usize = 10;

/// A tally and how to take intervals from it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The counts.
    pub tally: Tally,
    /// The lowest score that is answered positively.
    pub threshold: Score,
    /// Bootstrap draws per interval; without any, what is resampled is measured as a point alone.
    pub draws: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Fewest rows that a judged group may have.
    pub minimum_group_rows: u64,
    /// Fewest rows that a rate of a group may be a share of.
    pub minimum_denominator: u64,
    /// The protected attributes for which the policy gives a reason why some rows are in no judged group.
    pub unjudged: BTreeSet<String>,
    /// The cost of each answer, if the policy states it.
    pub cost: Option<Cost>,
    /// The same rows with the scores of each [repeat](crate::model::repeats) of the cross-validation. Each interval is
    /// widened by how far the statistic moves over them; without repeats it holds the luck of the rows alone.
    pub repeats: Repeated<Sample>,
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
            minimum_denominator: policy.evaluation.minimum_denominator,
            unjudged: policy.data.unjudged.keys().cloned().collect(),
            cost: policy.cost.clone(),
            repeats: Repeated::default(),
        }
    }

    /// The sample with the tallies of the repeats. In them a statistic is a point, of groups however small.
    #[must_use]
    pub fn with_repeats(mut self, tallies: Repeated<Tally>) -> Self {
        let sample = |tally: Tally| Self {
            tally,
            draws: 0,
            minimum_group_rows: 1,
            minimum_denominator: 1,
            cost: self.cost.clone(),
            unjudged: self.unjudged.clone(),
            repeats: Repeated::default(),
            ..self
        };
        self.repeats = tallies.map_into(sample);
        self
    }

    /// A statistic of the sample, its interval widened by how far the statistic moves over the repeats, within the
    /// values that it can take.
    ///
    /// # Errors
    /// [`NotMeasured`] when the statistic is not measured, of the sample or of a repeat.
    pub fn measured(&self, range: (f64, f64), statistic: impl Fn(&Self) -> Measured) -> Measured {
        let repeats = self.repeats.try_map(|repeat| statistic(repeat).map(|measured| measured.value()));
        widened(&statistic(self)?, repeats, range)
    }
}
