//! What the policy says of the release and its data, as names with their facts.

use andon_evidence::figures::Figures;
use andon_evidence::policy::{Drift, Policy};

use crate::report::plot::numbers::{count, share};

/// A name and what there is to know.
pub(crate) type Fact = (String, String);

fn fact(name: &str, told: impl Into<String>) -> Fact {
    (name.to_owned(), told.into())
}

/// How the model was made and how it answers.
pub(crate) fn model(policy: &Policy) -> Vec<Fact> {
    let recipe = &policy.recipe;
    let answer = &policy.answer;
    let evaluation = &policy.evaluation;
    let forest = format!("{} trees, depth at most {}, seed {}", recipe.trees, recipe.depth, recipe.seed);
    let answers = format!("{} from a score of {} on, {} below", answer.positive, answer.threshold, answer.negative);
    let judged = format!(
        "{} folds, every row scored by a model that did not see it; {} bootstrap draws for an interval",
        evaluation.folds, evaluation.bootstrap_draws
    );
    let least = format!(
        "{} rows of a judged group; {} rows that a rate is a share of",
        evaluation.minimum_group_rows, evaluation.minimum_denominator
    );
    vec![
        fact("Forest", forest),
        fact("Answers", answers),
        fact("Evaluation", judged),
        fact("Fewest rows", least),
        fact("Features", policy.data.features.join(", ")),
    ]
}

/// Which data the release was judged on.
pub(crate) fn data(policy: &Policy, figures: Option<&Figures>) -> Vec<Fact> {
    let data = &policy.data;
    let mut facts = vec![fact("File", data.file.display().to_string())];
    if let Some(figures) = figures {
        facts.push(fact("Rows", count(figures.rows)));
        facts.push(fact("SHA-256", figures.data_sha256.as_str()));
        facts.push(fact("Share whose label is 1", share(figures.base_rate)));
    }
    facts.push(fact("Label and id", format!("{}, {}", data.label, data.id)));
    for (attribute, groups) in &data.protected {
        facts.push(fact("Protected", format!("{attribute}: {}", groups.join(", "))));
    }
    for (column, attribute) in &data.proxies {
        facts.push(fact("Proxy", format!("{column} stands for {attribute}")));
    }
    match &policy.drift {
        Some(Drift::Reference(path)) => facts.push(fact("Drift", format!("against {}", path.display()))),
        Some(Drift::FirstShare(part)) => {
            facts.push(fact("Drift", format!("the first {part} of the rows against the rest, in the file's order")));
        }
        None => {}
    }
    facts
}
