//! The alternatives of a [`search`](crate::search) as a table.

use std::fmt::Write as _;

use crate::search::Alternative;

/// The alternatives for a terminal: those on the frontier and the shipped one, or all.
#[must_use]
pub fn table(alternatives: &[Alternative], all: bool) -> String {
    let mut text = format!(
        "{:<10} {:<40} {:>5} {:>5} {:>9}  {:<26} {:<26} {}\n",
        "", "features", "depth", "trees", "threshold", "accuracy", "AUC", "worst disparate impact"
    );
    for alternative in alternatives.iter().filter(|one| all || one.on_frontier || one.shipped) {
        let mark = match (alternative.shipped, alternative.on_frontier) {
            (true, true) => "shipped, F",
            (true, false) => "shipped",
            (false, true) => "frontier",
            (false, false) => "",
        };
        let recipe = &alternative.recipe;
        let change = if recipe.change.is_empty() { "as shipped" } else { &recipe.change };
        let figures = match &alternative.reported {
            Ok(on) => {
                let accuracy = on.accuracy.to_string();
                let auc = on.auc.to_string();
                format!("{accuracy:<26} {auc:<26} {} {}", on.worst_impact, on.worst_attribute)
            }
            Err(why) => why.clone(),
        };
        let depth = recipe.depth;
        let trees = recipe.trees;
        let threshold = recipe.threshold;
        let _ = writeln!(text, "{mark:<10} {change:<40} {depth:>5} {trees:>5} {threshold:>9}  {figures}");
    }
    text
}
