//! The alternatives of a [`search`](crate::search) as a table.

use std::fmt::Write as _;

use andon_evidence::alternatives::{Alternative, AlternativeFigure, Alternatives, Disparity};

/// The alternatives for a terminal: those on a frontier and the shipped one, with the figures of the half that was not
/// searched on; or all, with the values on all rows.
#[must_use]
pub fn table(alternatives: &Alternatives, all: bool) -> String {
    let mut text = format!(
        "{:<10} {:<40} {:<10} {:>5} {:>5} {:>9}  {:<26} {:<26} {:<31} {:<32} {}\n",
        "",
        "features",
        "reweighed",
        "depth",
        "trees",
        "threshold",
        "accuracy",
        "AUC",
        "approval ratio",
        "denial ratio",
        "amplification"
    );
    let is_shown = |one: &&Alternative| all || one.shipped || !one.frontier.is_empty();
    for one in alternatives.alternatives.iter().filter(is_shown) {
        let mark = match (one.shipped, one.frontier.is_empty()) {
            (true, false) => "shipped, F",
            (true, true) => "shipped",
            (false, false) => "frontier",
            (false, true) => "",
        };
        let recipe = &one.recipe;
        let shown = one.reported.as_ref().filter(|_| !all).unwrap_or(&one.judged);
        let [approvals, denials, amplification] = Disparity::ALL.map(|measure| words(shown.disparity(measure)));
        let _ = writeln!(
            text,
            "{mark:<10} {:<40} {:<10} {:>5} {:>5} {:>9}  {:<26} {:<26} {approvals:<31} {denials:<32} {amplification}",
            recipe.features(),
            recipe.weights(),
            recipe.depth,
            recipe.trees,
            recipe.threshold,
            words(shown.accuracy.as_ref()),
            words(shown.auc.as_ref()),
        );
    }
    text
}

fn words(figure: Option<&AlternativeFigure>) -> String {
    figure.map_or_else(|| "not measured".to_owned(), AlternativeFigure::to_string)
}
