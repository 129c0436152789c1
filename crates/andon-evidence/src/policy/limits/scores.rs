//! The gates that scores in place of a model can answer, and what the others lack. A column of scores is no model; a
//! command is one that can be asked about other rows, and that gives neither reasons nor a program.

use crate::policy::gate_id::{FAMILIES, GateId};
use crate::policy::limits::ranges::harness_questions;
use crate::policy::tables::scores::ScoreOrigin;

/// The reasons why scores of one origin cannot answer a gate.
struct Lacks {
    /// It cannot be asked, or not about this.
    model: &'static str,
    training: &'static str,
    file: &'static str,
    reasons: &'static str,
    service: &'static str,
}

const COLUMN: Lacks = Lacks {
    model: "a column of scores is no model that could be asked about another record",
    training: "a column of scores was not trained here",
    file: "a column of scores is no model file",
    reasons: "a column of scores gives no reasons",
    service: "nothing is served from a column of scores",
};

const COMMAND: Lacks = Lacks {
    model: "a command is given the features alone",
    training: "the model behind a command was not trained here",
    file: "a command is no model file",
    reasons: "a command gives no reasons with its scores",
    service: "nothing is served from a command",
};

/// True for a gate that asks about other records than those of the data file, a batch of them at once. A command can
/// answer it, and a column cannot.
fn asks_other_records(gate: &GateId) -> bool {
    matches!(
        (gate.family(), gate.question().0),
        ("accuracy", "golden")
            | ("contract", "accepts_valid")
            | ("explanation", "certain_reasons")
            | ("robustness", "direction" | "missing" | "noise")
    )
}

/// The reason why scores of this origin cannot answer a gate; none if they can. In a family that asks a model or a
/// program they answer no gate of a team's own.
pub(crate) fn lacking(gate: &GateId, origin: &ScoreOrigin) -> Option<&'static str> {
    let lacks = match origin {
        ScoreOrigin::Column(_) => COLUMN,
        ScoreOrigin::Command(_) if asks_other_records(gate) => return None,
        ScoreOrigin::Command(_) => COMMAND,
    };
    match (gate.family(), gate.question().0) {
        ("accuracy", "overfit_gap")
        | ("contract", "fold_overlap")
        | ("fairness", "alternatives")
        | ("robustness", "seeds") => Some(lacks.training),
        ("accuracy", "golden") | ("contract", "accepts_valid") => Some(lacks.model),
        ("fairness", "answered") | ("latency" | "serving", _) => Some(lacks.service),
        ("import", _) => Some(lacks.file),
        ("explanation", _) => Some(lacks.reasons),
        ("policy" | "contract" | "accuracy" | "calibration" | "fairness" | "drift" | "reproducibility" | "card", _) => {
            None
        }
        _ => Some(lacks.model),
    }
}

/// Every reason, with the gates of the harness that are not asked for it.
pub(crate) fn not_asked(origin: &ScoreOrigin) -> Vec<(&'static str, Vec<String>)> {
    let mut reasons: Vec<(&'static str, Vec<String>)> = Vec::new();
    let ids = FAMILIES
        .iter()
        .flat_map(|family| harness_questions(family).into_iter().map(move |question| format!("{family}.{question}")));
    for gate in ids.filter_map(|id| GateId::try_from(id).ok()) {
        let Some(why) = lacking(&gate, origin) else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, gates)) => gates.push(gate.to_string()),
            None => reasons.push((why, vec![gate.to_string()])),
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::tables::scores::ScoreCommand;

    /// A question that is added to the harness must be put on one of the two sides by hand.
    #[test]
    fn every_question_of_the_harness_is_answered_by_scores_or_named_as_not_asked() {
        let column = ScoreOrigin::Column("score".to_owned());
        let not_asked: Vec<String> = not_asked(&column).into_iter().flat_map(|(_, gates)| gates).collect();
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
        assert!(lacking(&GateId::try_from("robustness.of_a_team".to_owned()).unwrap(), &column).is_some());
    }

    #[test]
    fn a_command_answers_what_a_column_does_and_what_asks_about_other_records() {
        let command = ScoreCommand {
            command: vec!["score".to_owned()],
            files: Vec::new(),
            time_limit_s: 1,
            explained_rows: 100,
            explained_pairs: 50,
        };
        let gates = |origin: &ScoreOrigin| -> BTreeSet<String> {
            not_asked(origin).into_iter().flat_map(|(_, gates)| gates).collect()
        };
        let of_column = gates(&ScoreOrigin::Column("score".to_owned()));
        let of_command = gates(&ScoreOrigin::Command(command));
        let more: Vec<&str> = of_column.difference(&of_command).map(String::as_str).collect();
        assert!(of_command.is_subset(&of_column));
        let expected = [
            "accuracy.golden",
            "contract.accepts_valid",
            "explanation.certain_reasons",
            "robustness.direction",
            "robustness.missing",
            "robustness.noise",
        ];
        assert_eq!(more, expected);
    }
}
