//! One release: drawn, trained, judged, and tried on people that it has not seen.

use std::path::Path;

use andon::data::frame::Frame;
use andon::families::measure;
use andon::measure::sample::Sample;
use andon::measure::tally::Tally;
use andon::model::candidate::Candidate;
use andon::model::random_forest::random_forest;
use andon::model::score::Score;
use andon::policy::{GateId, Policy};

use crate::population::Population;

/// The statistics, and whether each depends on the threshold.
pub(crate) const GATES: [(&str, bool); 24] = [
    ("accuracy.accuracy", true),
    ("accuracy.balanced_accuracy", true),
    ("accuracy.precision", true),
    ("accuracy.recall", true),
    ("accuracy.selection_rate", true),
    ("accuracy.f1", true),
    ("accuracy.auc", false),
    ("accuracy.average_precision", false),
    ("accuracy.gini", false),
    ("accuracy.ks", false),
    ("accuracy.brier", false),
    ("accuracy.brier_skill", false),
    ("accuracy.log_loss", false),
    ("calibration.expected_calibration_error", false),
    ("calibration.intercept", false),
    ("calibration.slope", false),
    ("calibration.worst_decile", false),
    ("fairness.amplification.group", true),
    ("fairness.denial_odds_ratio.group", true),
    ("fairness.denial_ratio.group", true),
    ("fairness.disparate_impact.group", true),
    ("fairness.equal_opportunity_difference.group", true),
    ("fairness.score_difference.group", false),
    ("fairness.selection_rate.group", true),
];

/// The statistics of which less is better.
const LESS_IS_BETTER: [&str; 9] = [
    "accuracy.brier",
    "accuracy.log_loss",
    "calibration.expected_calibration_error",
    "calibration.worst_decile",
    "fairness.amplification.group",
    "fairness.denial_odds_ratio.group",
    "fairness.denial_ratio.group",
    "fairness.equal_opportunity_difference.group",
    "fairness.score_difference.group",
];

/// The measurement of one release, and the truth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) truth: f64,
    /// The interval with the luck of the rows alone.
    pub(crate) rows: (f64, f64),
    /// The interval widened by the repeats.
    pub(crate) repeats: (f64, f64),
    less_is_better: bool,
}

impl Asked {
    /// True if an interval holds the truth.
    pub(crate) fn covers(&self, (low, high): (f64, f64)) -> bool {
        (low..=high).contains(&self.truth)
    }

    /// True if the favourable truth that an interval claims is more than there is.
    pub(crate) fn is_wrong_go(&self, (low, high): (f64, f64)) -> bool {
        if self.less_is_better { high < self.truth } else { low > self.truth }
    }
}

/// The measurements of a release; per gate and threshold.
pub(crate) struct Release(Vec<(&'static str, usize, Asked)>);

impl Release {
    /// Draws, trains and judges a release, and tries the shipped model on `people`.
    pub(crate) fn new(population: &Population, people: &Frame, seed: u64) -> Self {
        let frame = population.draw(seed, 1);
        let policy = policy(population, seed);
        let candidate = Candidate::train(&policy, &frame, random_forest, 1).expect("trains");
        let shipped: Vec<Score> =
            (0..people.matrix.len()).filter_map(|row| candidate.model.score(people.matrix.row(row))).collect();
        let mut all = Vec::new();
        for (place, threshold) in population.thresholds.iter().enumerate() {
            let threshold = Score::nearest(*threshold).expect("a number");
            let rows = Sample::new(&policy, Tally::count(&frame, &candidate.scores), threshold);
            let repeats = rows.clone().with_repeats(candidate.repeats.map(|scores| Tally::count(&frame, scores)));
            // Without draws a statistic is a point.
            let truth = Sample { draws: 0, ..Sample::new(&policy, Tally::count(people, &shipped), threshold) };
            for (gate, of_threshold) in GATES {
                if of_threshold || place == 0 {
                    all.extend(asked(gate, &truth, &rows, &repeats).map(|asked| (gate, place, asked)));
                }
            }
        }
        Self(all)
    }

    /// The answer at one of the thresholds; `None` when it was not measured.
    pub(crate) fn asked(&self, gate: &str, place: usize) -> Option<Asked> {
        let found = self.0.iter().find(|(known, at, _)| (*known, *at) == (gate, place));
        found.map(|(_, _, asked)| *asked)
    }
}

fn asked(gate: &str, truth: &Sample, rows: &Sample, repeats: &Sample) -> Option<Asked> {
    let id = GateId::try_from(gate.to_owned()).expect("a gate id");
    let measured = |sample: &Sample| measure(&id, sample).expect("a statistic").ok();
    Some(Asked {
        truth: measured(truth)?.value(),
        rows: measured(rows)?.interval(),
        repeats: measured(repeats)?.interval(),
        less_is_better: LESS_IS_BETTER.contains(&gate),
    })
}

/// A policy with the population's recipe, and nothing that a statistic does not need.
fn policy(population: &Population, seed: u64) -> Policy {
    let mut policy = Policy::parse(include_str!("release.toml"), Path::new("release.toml")).expect("a policy");
    policy.recipe = population.recipe.clone();
    policy.recipe.seed = seed;
    policy
}
