//! Facts from the policy about the model and the data, each with a name.

use andon_evidence::figures::Figures;
use andon_evidence::policy::{Drift, ModelFile, OutsideScores, Policy};

use crate::report::plot::numbers::{count, share};

/// A name with a fact.
pub(crate) type Fact = (String, String);

fn fact(name: &str, text: impl Into<String>) -> Fact {
    (name.to_owned(), text.into())
}

/// The facts about the model: its recipe, its answers and its evaluation.
pub(crate) fn model(policy: &Policy) -> Vec<Fact> {
    let recipe = &policy.recipe;
    let answer = &policy.answer;
    let evaluation = &policy.evaluation;
    let forest = match (&policy.scores, &policy.model) {
        (Some(scores), _) => format!("not judged: the scores of {} were", scores.origin),
        (None, Some(model)) => format!("trained elsewhere, read from {}", model.file.display()),
        (None, None) => format!("{} trees, depth at most {}, seed {}", recipe.trees, recipe.depth, recipe.seed),
    };
    let answers = format!("{} for scores from {}, {} below", answer.positive, answer.threshold, answer.negative);
    let folds = format!(
        "{} folds; each row is scored by a model that was not trained on it; {} bootstrap draws for an interval; {} \
         repeats with other folds and seeds widen it",
        evaluation.folds, evaluation.bootstrap_draws, evaluation.repeats
    );
    let of_file = policy.model.as_ref().map(ModelFile::evaluation);
    let judged = of_file.or_else(|| policy.scores.as_ref().map(OutsideScores::evaluation)).unwrap_or(folds);
    let least = format!(
        "{} rows in a judged group; {} rows in the denominator of a rate",
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

/// The facts about the data that the release was judged on.
pub(crate) fn data(policy: &Policy, figures: Option<&Figures>) -> Vec<Fact> {
    let data = &policy.data;
    let mut facts = vec![fact("File", data.file.display().to_string())];
    if let Some(figures) = figures {
        facts.push(fact("Rows", count(figures.rows)));
        facts.push(fact("SHA-256", figures.data_sha256.as_str()));
        facts.push(fact("Share whose label is 1", share(figures.base_rate)));
    }
    let id = data.id.as_deref().unwrap_or("rows are named by their number");
    facts.push(fact("Label and id", format!("{}, {id}", data.label)));
    for (attribute, groups) in &data.protected {
        facts.push(fact("Protected", format!("{attribute}: {}", groups.join(", "))));
    }
    for (attribute, name, pool) in data.pools() {
        let groups = pool.groups.join(", ");
        facts.push(fact("Judged together", format!("{attribute}, as {name}: {groups}; {}", pool.why)));
    }
    for (column, attribute) in &data.proxies {
        facts.push(fact("Proxy", format!("{column} is a proxy for {attribute}")));
    }
    match &policy.drift {
        Some(Drift::Reference(path)) => facts.push(fact("Drift", format!("against {}", path.display()))),
        Some(Drift::FirstShare(part)) => {
            facts.push(fact("Drift", format!("the first {part} of the rows against the rest, in the file's order")));
            facts.extend(data.order.as_ref().map(|order| fact("Order of the rows", order.as_str())));
        }
        None => {}
    }
    facts
}
