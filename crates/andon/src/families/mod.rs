//! The statistics by their gate ids. Pure arithmetic on the tally: no file, no clock. A statistic knows no bar.
//!
//! Two things that stand between a statistic and its gate know one. [`as_served`] takes the less favourable of two
//! measurements. If a bar decides on the point, the worst assignment of unjudged rows must meet it too
//! (`fairness/unjudged.rs`).

pub mod accuracy;
pub mod as_served;
pub mod calibration;
pub mod card;
pub mod contract;
pub mod drift;
pub mod explanation;
pub mod fairness;
pub mod import;
pub mod latency;
pub mod policy;
pub mod probe;
pub mod reproducibility;
pub mod robustness;

use andon_evidence::judge::Bar;
use andon_evidence::policy::{GateId, range};

use crate::families::accuracy::loss;
use crate::families::accuracy::ranking;
use crate::measure::sample::{Measured, Sample};

/// A statistic of the whole sample.
type SampleStatistic = fn(&Sample) -> Measured;

/// A statistic that compares the groups of a subject.
type GroupStatistic = fn(&Sample, &str) -> Measured;

/// The statistics without a subject, by family and question.
pub const STATISTICS: [(&str, &str, SampleStatistic); 20] = [
    ("accuracy", "accuracy", accuracy::accuracy),
    ("accuracy", "auc", ranking::auc),
    ("accuracy", "average_precision", ranking::average_precision),
    ("accuracy", "balanced_accuracy", accuracy::balanced_accuracy),
    ("accuracy", "brier", loss::brier),
    ("accuracy", "brier_skill", loss::brier_skill),
    ("accuracy", "expected_cost", accuracy::expected_cost),
    ("accuracy", "f1", accuracy::f1),
    ("accuracy", "gini", ranking::gini),
    ("accuracy", "ks", ranking::ks),
    ("accuracy", "log_loss", loss::log_loss),
    ("accuracy", "mcc", accuracy::mcc),
    ("accuracy", "precision", accuracy::precision),
    ("accuracy", "recall", accuracy::recall),
    ("accuracy", "selection_rate", accuracy::selection_rate),
    ("calibration", "expected_calibration_error", calibration::expected_calibration_error),
    ("calibration", "expected_calibration_error_equal_mass", calibration::expected_calibration_error_equal_mass),
    ("calibration", "intercept", calibration::intercept),
    ("calibration", "slope", calibration::slope),
    ("calibration", "worst_decile", calibration::worst_decile),
];

/// The fairness statistics, by question; each needs a [subject](crate::measure::subject).
pub const GROUP_STATISTICS: [(&str, GroupStatistic); 11] = [
    ("amplification", fairness::denial::amplification),
    ("calibration_within_groups", fairness::calibration_within_groups),
    ("demographic_parity_difference", fairness::demographic_parity_difference),
    ("denial_odds_ratio", fairness::denial::denial_odds_ratio),
    ("denial_ratio", fairness::denial::denial_ratio),
    ("disparate_impact", fairness::disparate_impact),
    ("equal_opportunity_difference", fairness::equal_opportunity_difference),
    ("equalized_odds_difference", fairness::equalized_odds_difference),
    ("predictive_parity_difference", fairness::predictive_parity_difference),
    ("score_difference", fairness::score_gap::score_difference),
    ("selection_rate", fairness::selection_rate),
];

/// True for the id of a statistic that [`measure`] or [`as_served::measure_as_served`] computes, and of a comparison
/// with the previous release.
#[must_use]
pub fn names_statistic(id: &GateId) -> bool {
    let (asked, subject) = id.question();
    if matches!((id.family(), asked, subject), ("serving", "referred", None) | ("fairness", "answered", Some(_))) {
        return true;
    }
    match subject {
        _ if accuracy::challenger::metric(id).is_some() => true,
        None => STATISTICS.iter().any(|(family, question, _)| (*family, *question) == (id.family(), asked)),
        Some(_) => id.family() == "fairness" && GROUP_STATISTICS.iter().any(|(question, _)| *question == asked),
    }
}

/// The statistic that a gate id asks for; `None` when the id is no statistic of the sample.
///
/// Its interval holds the luck of the rows and, where the sample has repeats, that of training.
#[must_use]
pub fn measure(id: &GateId, sample: &Sample) -> Option<Measured> {
    let (asked, subject) = id.question();
    // A statistic that the policy does not know is of this registry's making, and a test refuses it.
    let range = range(id).unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    match subject {
        None => {
            let known = STATISTICS.iter().find(|(family, question, _)| (*family, *question) == (id.family(), asked));
            known.map(|(_, _, statistic)| sample.measured(range, statistic))
        }
        Some(subject) if id.family() == "fairness" => {
            let known = GROUP_STATISTICS.iter().find(|(question, _)| *question == asked);
            known.map(|(_, statistic)| sample.measured(range, |sample| statistic(sample, subject)))
        }
        Some(_) => None,
    }
}

/// The statistic that a gate id asks for, as its bar can decide it: if the bar decides on the point, the worst
/// assignment of rows in no judged group must meet it too. `None` when the id is no statistic of the sample.
#[must_use]
pub fn measure_for_bar(id: &GateId, bar: &Bar, sample: &Sample) -> Option<Measured> {
    measure(id, sample).map(|measured| fairness::unjudged::decidable(bar, measured))
}

#[cfg(test)]
mod tests {
    use andon_evidence::policy::is_harness_question;

    use super::*;

    /// A statistic without a range would take a bar that nothing can miss.
    #[test]
    fn the_policy_knows_the_range_of_every_statistic() {
        let alone = STATISTICS.iter().map(|(family, question, _)| format!("{family}.{question}"));
        let of_groups = GROUP_STATISTICS.iter().map(|(question, _)| format!("fairness.{question}.sex"));
        for id in alone.chain(of_groups) {
            assert!(is_harness_question(&GateId::try_from(id.clone()).unwrap()), "{id}");
        }
    }
}
