//! The direction and the range of each statistic. A bar on the wrong side, or one that no value of the range can miss,
//! decides nothing and is refused.

use crate::judge::Threshold;
use crate::policy::gate_id::GateId;
use crate::policy::tables::Better;

/// Values that a measurement can take, and the side that is better; `None` if a bar may stand on either side.
struct Range {
    better: Option<Better>,
    lowest: f64,
    highest: f64,
    /// Questions by family.
    questions: &'static [(&'static str, &'static [&'static str])],
}

const fn row(
    better: Option<Better>,
    (lowest, highest): (f64, f64),
    questions: &'static [(&'static str, &'static [&'static str])],
) -> Range {
    Range { better, lowest, highest, questions }
}

const HIGHER: Option<Better> = Some(Better::Higher);
const LOWER: Option<Better> = Some(Better::Lower);
const SHARE: (f64, f64) = (0.0, 1.0);
const DIFFERENCE: (f64, f64) = (-1.0, 1.0);
/// Counts, times and sums.
const POSITIVE: (f64, f64) = (0.0, f64::INFINITY);
const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// The questions of the harness. A gate of a team's own has no range here.
const RANGES: [Range; 11] = [
    row(
        HIGHER,
        SHARE,
        &[
            (
                "accuracy",
                &["accuracy", "auc", "average_precision", "balanced_accuracy", "f1", "ks", "precision", "recall"],
            ),
            ("contract", &["class_balance"]),
            ("explanation", &["certain_reasons", "methods", "reasons"]),
            ("fairness", &["answered", "disparate_impact"]),
        ],
    ),
    row(HIGHER, DIFFERENCE, &[("accuracy", &["gini", "mcc", "over_majority", "over_single_feature"])]),
    row(HIGHER, (f64::NEG_INFINITY, 1.0), &[("accuracy", &["brier_skill"])]),
    row(HIGHER, POSITIVE, &[("contract", &["minimum_rows"])]),
    row(HIGHER, ANY, &[("accuracy", &["challenger"]), ("explanation", &["readable"])]),
    row(
        LOWER,
        SHARE,
        &[
            ("accuracy", &["brier", "weak_slice"]),
            ("calibration", &["expected_calibration_error", "expected_calibration_error_equal_mass", "worst_decile"]),
            (
                "contract",
                &["conflicting_labels", "duplicates", "identifier_leakage", "label_leakage", "near_duplicates"],
            ),
            ("drift", &["cramers_v", "kolmogorov_smirnov"]),
            ("explanation", &["additivity", "definition", "favourable", "stability"]),
            ("import", &["parity"]),
            (
                "fairness",
                &[
                    "calibration_within_groups",
                    "demographic_parity_difference",
                    "equal_opportunity_difference",
                    "equalized_odds_difference",
                    "predictive_parity_difference",
                    "proxy",
                ],
            ),
            ("robustness", &["direction", "missing", "noise", "seeds"]),
            ("serving", &["onnx", "referred"]),
        ],
    ),
    row(LOWER, DIFFERENCE, &[("accuracy", &["overfit_gap"])]),
    row(
        LOWER,
        POSITIVE,
        &[
            ("accuracy", &["golden", "log_loss"]),
            ("card", &["approved"]),
            (
                "contract",
                &[
                    "accepts_valid",
                    "category_spellings",
                    "compatible",
                    "constant_columns",
                    "directions",
                    "favourable",
                    "fold_overlap",
                    "freshness",
                    "refuses_broken",
                    "rows",
                    "same_in_json_and_csv",
                    "sentinels",
                    "unique_id",
                    "unjudged_columns",
                    "value_leakage",
                ],
            ),
            ("drift", &["label", "population_stability", "prediction"]),
            ("explanation", &["counterfactuals", "fallback", "guard", "privacy", "wording"]),
            ("fairness", &["alternatives", "amplification", "denial_odds_ratio", "denial_ratio", "score_difference"]),
            ("latency", &["decision", "relative"]),
            ("policy", &["reviewed"]),
            ("reproducibility", &["dependencies", "model_digest", "package"]),
            ("robustness", &["protected_attributes"]),
            ("serving", &["latency", "latency_beside_explanations", "load", "scores"]),
        ],
    ),
    // A gain is a cost below zero.
    row(LOWER, ANY, &[("accuracy", &["expected_cost"])]),
    row(None, SHARE, &[("accuracy", &["selection_rate"]), ("fairness", &["selection_rate"])]),
    row(None, ANY, &[("calibration", &["intercept", "slope"])]),
];

impl Range {
    fn of(id: &GateId) -> Option<&'static Self> {
        let (question, _) = id.question();
        let asks = |(family, questions): &(&str, &[&str])| *family == id.family() && questions.contains(&question);
        RANGES.iter().find(|range| range.questions.iter().any(asks))
    }
}

/// True if the gate's id names a question of the harness. The policy knows the better direction and the range of what
/// it measures, and only the harness measures it.
#[must_use]
pub fn is_harness_question(id: &GateId) -> bool {
    Range::of(id).is_some()
}

/// The least and the greatest value of what the gate measures; `None` if the policy does not know it.
#[must_use]
pub fn range(id: &GateId) -> Option<(f64, f64)> {
    // Against a reference, a group may be selected more often than it.
    let may_exceed = |subject: &str| subject.contains("_against_");
    let Range { lowest, highest, .. } = *Range::of(id)?;
    Some((lowest, if id.question().1.is_some_and(may_exceed) { f64::INFINITY } else { highest }))
}

/// The questions of the harness in a family, in the order of the alphabet.
///
/// ```
/// assert_eq!(andon_evidence::policy::harness_questions("card"), ["approved"]);
/// ```
#[must_use]
pub fn harness_questions(family: &str) -> Vec<&'static str> {
    let tables = RANGES.iter().flat_map(|range| range.questions);
    let mut questions: Vec<&str> =
        tables.filter(|(of, _)| *of == family).flat_map(|(_, questions)| *questions).copied().collect();
    questions.sort_unstable();
    questions
}

/// Says why a threshold decides nothing for the statistic that a gate's id names.
pub(crate) fn vacuous(id: &GateId, threshold: Threshold) -> Option<String> {
    let Range { better, lowest, highest, .. } = Range::of(id)?;
    match (better, threshold) {
        (Some(Better::Higher), Threshold::Max(_)) => Some("higher is better: the bar must be a `min`".to_owned()),
        (Some(Better::Lower), Threshold::Min(_)) => Some("lower is better: the bar must be a `max`".to_owned()),
        (_, Threshold::Min(min)) if min <= *lowest => {
            Some(format!("`min = {min}` can be missed by nothing: the lowest possible value is {lowest}"))
        }
        (_, Threshold::Max(max)) if max >= *highest => {
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
            ("accuracy.selection_rate", Threshold::Max(1.0)),
            ("card.approved", Threshold::Min(0.0)),
            ("contract.near_duplicates", Threshold::Max(1.0)),
            ("explanation.reasons", Threshold::Min(0.0)),
            ("fairness.answered.sex", Threshold::Min(0.0)),
            ("fairness.selection_rate.sex", Threshold::Min(0.0)),
            ("reproducibility.model_digest", Threshold::Min(1.0)),
            ("robustness.direction.income", Threshold::Max(1.0)),
            ("serving.referred", Threshold::Max(1.0)),
            ("serving.scores", Threshold::Min(0.0)),
        ];
        for (id, threshold) in refused {
            assert!(vacuous(id, threshold).is_some(), "{id} {threshold:?}");
        }
        assert_eq!(vacuous("accuracy.accuracy", Threshold::Min(0.8)), None);
        assert_eq!(vacuous("accuracy.brier_skill", Threshold::Min(0.0)), None);
        assert_eq!(vacuous("latency.decision", Threshold::Max(50.0)), None);
    }

    #[test]
    fn every_gate_of_the_shipped_release_has_a_range() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let gates = crate::policy::Policy::read(&root).unwrap().gates;
        let without: Vec<&GateId> = gates.keys().filter(|id| !is_harness_question(id)).collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
