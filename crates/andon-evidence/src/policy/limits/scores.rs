//! The gates that a column of scores can answer, and what the others lack: scores alone are no model.

use crate::policy::gate_id::{FAMILIES, GateId};
use crate::policy::limits::ranges::harness_questions;

const NO_MODEL: &str = "a column of scores is no model that could be asked about another record";
const NOT_SERVED: &str = "nothing is served from a column of scores";
const NOT_TRAINED: &str = "a column of scores was not trained here";
const NO_FILE: &str = "a column of scores is no model file";
const NO_REASONS: &str = "a column of scores gives no reasons";

/// The reason why a column of scores cannot answer a gate; none if it can. In a family that asks a model or a program
/// it answers no gate, a team's own included.
pub(crate) fn lacking(gate: &GateId) -> Option<&'static str> {
    match (gate.family(), gate.question().0) {
        ("accuracy", "overfit_gap")
        | ("contract", "fold_overlap")
        | ("fairness", "alternatives")
        | ("robustness", "seeds") => Some(NOT_TRAINED),
        ("accuracy", "golden") | ("contract", "accepts_valid") => Some(NO_MODEL),
        ("fairness", "answered") | ("latency" | "serving", _) => Some(NOT_SERVED),
        ("import", _) => Some(NO_FILE),
        ("explanation", _) => Some(NO_REASONS),
        ("policy" | "contract" | "accuracy" | "calibration" | "fairness" | "drift" | "reproducibility" | "card", _) => {
            None
        }
        _ => Some(NO_MODEL),
    }
}

/// Every reason, with the gates of the harness that are not asked for it.
pub(crate) fn not_asked() -> Vec<(&'static str, Vec<String>)> {
    let mut reasons = [NO_MODEL, NOT_TRAINED, NO_FILE, NO_REASONS, NOT_SERVED].map(|why| (why, Vec::new())).to_vec();
    let ids = FAMILIES
        .iter()
        .flat_map(|family| harness_questions(family).into_iter().map(move |question| format!("{family}.{question}")));
    for gate in ids.filter_map(|id| GateId::try_from(id).ok()) {
        let why = lacking(&gate);
        let reason = reasons.iter_mut().find(|(known, _)| Some(*known) == why);
        reason.into_iter().for_each(|(_, gates)| gates.push(gate.to_string()));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question that is added to the harness must be put on one of the two sides by hand.
    #[test]
    fn every_question_of_the_harness_is_answered_by_scores_or_named_as_not_asked() {
        let not_asked: Vec<String> = not_asked().into_iter().flat_map(|(_, gates)| gates).collect();
        let answered = |family: &str| {
            let known = harness_questions(family).into_iter();
            known.filter(|question| !not_asked.contains(&format!("{family}.{question}"))).collect::<Vec<_>>().join(" ")
        };
        let expected = [
            ("policy", "reviewed"),
            (
                "contract",
                "category_spellings class_balance compatible conflicting_labels constant_columns directions duplicates \
                 favourable freshness identifier_leakage label_leakage minimum_rows near_duplicates refuses_broken rows \
                 same_in_json_and_csv sentinels unique_id unjudged_columns value_leakage",
            ),
            (
                "accuracy",
                "accuracy auc average_precision balanced_accuracy brier brier_skill challenger expected_cost f1 gini ks \
                 log_loss mcc over_majority over_single_feature precision recall selection_rate weak_slice",
            ),
            (
                "calibration",
                "expected_calibration_error expected_calibration_error_equal_mass intercept slope worst_decile",
            ),
            (
                "fairness",
                "amplification calibration_within_groups demographic_parity_difference denial_odds_ratio denial_ratio \
                 disparate_impact equal_opportunity_difference equalized_odds_difference predictive_parity_difference \
                 proxy score_difference selection_rate",
            ),
            ("drift", "cramers_v kolmogorov_smirnov label population_stability prediction"),
            ("reproducibility", "dependencies model_digest package"),
            ("card", "approved"),
        ];
        for family in FAMILIES {
            let expected = expected.iter().find(|(known, _)| *known == family).map_or("", |(_, questions)| questions);
            assert_eq!(answered(family), expected, "{family}");
        }
        assert!(lacking(&GateId::try_from("robustness.of_a_team".to_owned()).unwrap()).is_some());
    }
}
