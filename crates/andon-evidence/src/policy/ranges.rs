//! The direction and the range of each statistic. A bar on the wrong side, or one that no value of the range can miss,
//! decides nothing and is refused.

use crate::judge::Threshold;
use crate::policy::gate_id::GateId;
use crate::policy::tables::Better;

/// Family, question, the better direction, and the lowest and the highest possible value.
type StatisticRange = (&'static str, &'static str, Better, f64, f64);

const RANGES: [StatisticRange; 31] = [
    ("accuracy", "accuracy", Better::Higher, 0.0, 1.0),
    ("accuracy", "auc", Better::Higher, 0.0, 1.0),
    ("accuracy", "average_precision", Better::Higher, 0.0, 1.0),
    ("accuracy", "balanced_accuracy", Better::Higher, 0.0, 1.0),
    ("accuracy", "brier", Better::Lower, 0.0, 1.0),
    ("accuracy", "brier_skill", Better::Higher, f64::NEG_INFINITY, 1.0),
    ("accuracy", "f1", Better::Higher, 0.0, 1.0),
    ("accuracy", "ks", Better::Higher, 0.0, 1.0),
    ("accuracy", "log_loss", Better::Lower, 0.0, f64::INFINITY),
    ("accuracy", "mcc", Better::Higher, -1.0, 1.0),
    ("accuracy", "over_majority", Better::Higher, -1.0, 1.0),
    ("accuracy", "over_single_feature", Better::Higher, -1.0, 1.0),
    ("accuracy", "overfit_gap", Better::Lower, -1.0, 1.0),
    ("accuracy", "precision", Better::Higher, 0.0, 1.0),
    ("accuracy", "recall", Better::Higher, 0.0, 1.0),
    ("accuracy", "weak_slice", Better::Lower, 0.0, 1.0),
    ("calibration", "expected_calibration_error", Better::Lower, 0.0, 1.0),
    ("calibration", "expected_calibration_error_equal_mass", Better::Lower, 0.0, 1.0),
    ("contract", "conflicting_labels", Better::Lower, 0.0, 1.0),
    ("contract", "duplicates", Better::Lower, 0.0, 1.0),
    ("contract", "identifier_leakage", Better::Lower, 0.0, 1.0),
    ("contract", "label_leakage", Better::Lower, 0.0, 1.0),
    ("drift", "cramers_v", Better::Lower, 0.0, 1.0),
    ("drift", "kolmogorov_smirnov", Better::Lower, 0.0, 1.0),
    ("drift", "population_stability", Better::Lower, 0.0, f64::INFINITY),
    ("fairness", "demographic_parity_difference", Better::Lower, 0.0, 1.0),
    ("fairness", "disparate_impact", Better::Higher, 0.0, 1.0),
    ("fairness", "equal_opportunity_difference", Better::Lower, 0.0, 1.0),
    ("fairness", "equalized_odds_difference", Better::Lower, 0.0, 1.0),
    ("fairness", "predictive_parity_difference", Better::Lower, 0.0, 1.0),
    ("fairness", "proxy", Better::Lower, 0.0, 1.0),
];

/// Says why a threshold decides nothing for the statistic that a gate's id names.
pub(super) fn vacuous(id: &GateId, threshold: Threshold) -> Option<String> {
    let question = (id.family(), id.question().0);
    let (.., better, lowest, highest) = RANGES.iter().find(|(family, name, ..)| (*family, *name) == question)?;
    match (better, threshold) {
        (Better::Higher, Threshold::Max(_)) => Some("higher is better: the bar must be a `min`".to_owned()),
        (Better::Lower, Threshold::Min(_)) => Some("lower is better: the bar must be a `max`".to_owned()),
        (Better::Higher, Threshold::Min(min)) if min <= *lowest => {
            Some(format!("`min = {min}` can be missed by nothing: the lowest possible value is {lowest}"))
        }
        (Better::Lower, Threshold::Max(max)) if max >= *highest => {
            Some(format!("`max = {max}` can be missed by nothing: the highest possible value is {highest}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_that_nothing_can_miss_is_refused() {
        let vacuous = |id: &str, threshold| vacuous(&GateId::try_from(id.to_owned()).unwrap(), threshold);
        let refused = [
            ("fairness.disparate_impact.race", Threshold::Max(1.0)),
            ("fairness.disparate_impact.race", Threshold::Min(0.0)),
            ("fairness.equal_opportunity_difference.sex", Threshold::Max(1.0)),
            ("accuracy.accuracy", Threshold::Min(0.0)),
            ("accuracy.mcc", Threshold::Min(-1.0)),
            ("accuracy.brier", Threshold::Min(0.1)),
        ];
        for (id, threshold) in refused {
            assert!(vacuous(id, threshold).is_some(), "{id} {threshold:?}");
        }
        assert_eq!(vacuous("accuracy.accuracy", Threshold::Min(0.8)), None);
        assert_eq!(vacuous("accuracy.brier_skill", Threshold::Min(0.0)), None);
        assert_eq!(vacuous("latency.decision", Threshold::Max(50.0)), None);
    }
}
