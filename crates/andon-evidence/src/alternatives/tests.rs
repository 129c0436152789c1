//! Stale, edited and incomplete alternatives, and which of them need a reason.

use std::path::Path;

use super::*;
use crate::files::FileError;
use crate::policy::Policy;

const MINIMAL: &str = include_str!("../../tests/minimal.toml");

fn policy(search: &str) -> Policy {
    let text = MINIMAL.replacen("[wording]", &format!("{search}\n[wording]"), 1);
    Policy::parse(&text, Path::new("release.toml")).unwrap()
}

fn searched(more: &str) -> Policy {
    let shipped = policy("");
    let (depth, trees) = (shipped.recipe.depth, shipped.recipe.trees);
    let attribute = shipped.data.protected.keys().next().unwrap();
    policy(&format!(
        "[search]\nwithout = []\nwith = []\ndepth = [{depth}]\ntrees = [{trees}]\nthreshold = [{}, 0.9]\n\
         reweigh_by = [[], [\"{attribute}\"]]\n{more}",
        shipped.answer.threshold
    ))
}

/// The figures: accuracy, area, and the three disparities.
fn figures([accuracy, auc, approval, denial, amplification]: [f64; 5]) -> AlternativeFigures {
    let figure = |value: f64| Some(AlternativeFigure { value, interval: None, attribute: None });
    AlternativeFigures {
        accuracy: figure(accuracy),
        auc: figure(auc),
        brier: figure(0.1),
        approval_ratio: figure(approval),
        denial_ratio: figure(denial),
        amplification: figure(amplification),
    }
}

fn found(policy: &Policy, judged: &[[f64; 5]]) -> Alternatives {
    let recipes = alternative_recipes(policy, policy.search.as_ref().unwrap());
    assert_eq!(recipes.len(), 4);
    let one = |(at, recipe): (usize, AlternativeRecipe)| Alternative {
        shipped: recipe.is_shipped(policy),
        recipe,
        frontier: Vec::new(),
        judged: figures(judged[at.min(judged.len() - 1)]),
        reported: None,
        missed: Vec::new(),
    };
    Alternatives {
        data_sha256: "d".to_owned(),
        settings_sha256: settings_sha256(policy).unwrap(),
        model_sha256: "m".to_owned(),
        seed: 1,
        rows: 10,
        alternatives: recipes.into_iter().enumerate().map(one).collect(),
    }
}

const SHIPPED: [f64; 5] = [0.88, 0.77, 0.89, 7.0, 2.5];

#[test]
fn alternatives_of_other_data_settings_model_or_lists_are_stale() {
    let policy = searched("");
    let current = found(&policy, &[SHIPPED]);
    assert_eq!(current.objection(&policy, "d", "m"), None);
    let stale = |found: &Alternatives, policy: &Policy, data: &str, model: &str| {
        found.objection(policy, data, model).unwrap().lines().next().unwrap().to_owned()
    };
    assert_eq!(stale(&current, &policy, "e", "m"), "alternatives.json is of other data");
    assert_eq!(stale(&current, &policy, "d", "n"), "alternatives.json is of another model");
    let mut other = policy.clone();
    other.answer.threshold = 0.9;
    assert_eq!(stale(&current, &other, "d", "m"), "alternatives.json is of another policy");
    other = policy.clone();
    other.recipe.seed += 1;
    assert_eq!(stale(&current, &other, "d", "m"), "alternatives.json is of another policy");
    let mut fewer = current.clone();
    fewer.alternatives.pop();
    assert_eq!(stale(&fewer, &policy, "d", "m"), "alternatives.json is of other alternatives");
    let mut another = current.clone();
    another.alternatives[1].shipped = true;
    assert_eq!(stale(&another, &policy, "d", "m"), "alternatives.json is of another shipped recipe");
    other = policy.clone();
    other.search = None;
    assert_eq!(stale(&current, &other, "d", "m"), "the policy has no [search]");
    // A reason and a text are no setting of the search.
    other = policy.clone();
    other.search.as_mut().unwrap().chosen_because = Some("it is the most accurate".to_owned());
    assert_eq!(current.objection(&other, "d", "m"), None);
}

#[test]
fn an_edited_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Alternatives::read(folder.path()).unwrap().is_none());
    let written = found(&searched(""), &[SHIPPED]);
    written.write(folder.path()).unwrap();
    assert_eq!(Alternatives::read(folder.path()).unwrap().unwrap(), written);
    let path = alternatives_path(folder.path());
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("7.0", "1.0", 1)).unwrap();
    assert!(matches!(Alternatives::read(folder.path()), Err(FileError::BrokenSeal { .. })));
}

#[test]
fn only_what_is_fairer_as_accurate_and_nowhere_less_fair_needs_a_reason() {
    let tolerance = "fairer_by = 0.05\nless_accurate_by = 0.01";
    let policy = searched(tolerance);
    let search = policy.search.as_ref().unwrap();
    let count =
        |other: [f64; 5]| found(&policy, &[SHIPPED, other]).fairer(Tolerance::of(search).unwrap()).unwrap().len();
    assert_eq!(count(SHIPPED), 0);
    // Fewer denials by a tenth, a point of accuracy less: three alternatives like that.
    assert_eq!(count([0.871, 0.761, 0.89, 6.3, 2.5]), 3);
    // Less accurate by more; fairer by too little; fairer in one measure and less fair in another; not measured.
    assert_eq!(count([0.869, 0.77, 0.89, 6.3, 2.5]), 0);
    assert_eq!(count([0.88, 0.759, 0.89, 6.3, 2.5]), 0);
    assert_eq!(count([0.88, 0.77, 0.89, 6.7, 2.4]), 0);
    assert_eq!(count([0.88, 0.77, 0.80, 3.0, 1.1]), 0);
    assert_eq!(count([0.88, 0.77, 0.89, f64::NAN, 1.1]), 0);
    assert!(found(&policy, &[[0.88, 0.77, 0.89, f64::NAN, 2.5]]).fairer(Tolerance::of(search).unwrap()).is_err());
}

#[test]
fn a_reason_answers_for_what_it_names_and_for_nothing_else() {
    let unanswered = |because: &str, declined: &str| {
        let lists = format!("{because}\ndeclined = {declined}");
        let policy = searched(&format!("{lists}\nfairer_by = 0.05\nless_accurate_by = 0.01"));
        let found = found(&policy, &[SHIPPED, [0.88, 0.77, 0.89, 6.3, 2.5], SHIPPED]);
        found
            .unanswered(policy.search.as_ref().unwrap())
            .map(|of| of.iter().map(|one| one.recipe.to_string()).collect::<Vec<_>>())
    };
    let because = "chosen_because = \"the most accurate\"";
    let name = unanswered(because, "[]").unwrap().pop().unwrap();
    assert!(name.starts_with("features as shipped, depth ") && name.ends_with("threshold 0.9"), "{name}");
    assert_eq!(unanswered(because, &format!("[\"{name}\"]")), Ok(Vec::new()));
    assert!(unanswered("", "[]").unwrap_err().contains("search.chosen_because"));
    assert!(unanswered(because, "[\"features as shipped\"]").unwrap_err().contains("no less discriminatory"));
}
