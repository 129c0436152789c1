//! From the raw file to the checked policy: every rule that a value must keep.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBar {
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    decide_on: DecideOn,
    why: Option<String>,
    weakened_because: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    about: About,
    data: Data,
    recipe: Recipe,
    evaluation: Evaluation,
    answer: Answer,
    cost: Option<Cost>,
    validated: BTreeMap<String, Range>,
    #[serde(default)]
    better: BTreeMap<String, Better>,
    #[serde(default)]
    noise: BTreeMap<String, Noise>,
    #[serde(default)]
    rounding: BTreeMap<String, f64>,
    drift: Option<Drift>,
    wording: BTreeMap<String, Wording>,
    #[serde(default)]
    actionable: BTreeMap<String, Actionable>,
    serve: Serve,
    explanation: Explanation,
    search: Option<Search>,
    trust: Option<Trust>,
    gate: BTreeMap<String, RawBar>,
    #[serde(default)]
    family: BTreeMap<String, Family>,
    #[serde(default)]
    removed: BTreeMap<String, String>,
    #[serde(default)]
    waiver: Vec<Waiver>,
}

/// A key and what is wrong with its value.
type Problem = (String, String);

fn within<T: PartialOrd + fmt::Display>(key: &str, value: T, min: T, max: T) -> Result<(), Problem> {
    // Written so that NaN is refused.
    if value >= min && value <= max {
        Ok(())
    } else {
        Err((key.to_owned(), format!("{value} is out of range: allowed are {min} to {max}")))
    }
}

fn filled(key: &str, text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() { Err((key.to_owned(), "must not be empty".to_owned())) } else { Ok(()) }
}

fn inside(key: &str, file: &Path) -> Result<(), Problem> {
    if file.is_absolute() || file.components().any(|part| part.as_os_str() == "..") {
        return Err((key.to_owned(), "must be a path inside the release".to_owned()));
    }
    Ok(())
}

impl RawPolicy {
    pub(super) fn check(self) -> Result<Policy, Problem> {
        self.check_columns()?;
        self.check_recipe()?;
        self.check_answer()?;
        self.search.as_ref().map_or(Ok(()), |search| check_search(search, &self.data))?;
        self.check_noise()?;
        self.check_drift()?;
        self.check_words()?;
        let gates = self.gate.into_iter().map(checked_gate).collect::<Result<BTreeMap<_, _>, _>>()?;
        if gates.is_empty() {
            return Err(("gate".to_owned(), "at least one gate is required".to_owned()));
        }
        check_waivers(&self.waiver, &gates)?;
        check_families(&self.family, &gates)?;
        let removed = self.removed.into_iter().map(|gone| checked_removal(gone, &gates)).collect::<Result<_, _>>()?;
        Ok(Policy {
            about: self.about,
            data: self.data,
            recipe: self.recipe,
            evaluation: self.evaluation,
            answer: self.answer,
            cost: self.cost,
            validated: self.validated,
            better: self.better,
            noise: self.noise,
            rounding: self.rounding,
            drift: self.drift,
            wording: self.wording,
            actionable: self.actionable,
            serve: self.serve,
            explanation: self.explanation,
            search: self.search,
            trust: self.trust,
            gates,
            families: self.family,
            removed,
            waivers: self.waiver,
        })
    }

    fn check_columns(&self) -> Result<(), Problem> {
        inside("data.file", &self.data.file)?;
        self.check_features()?;
        self.check_protected()?;
        self.check_ranges()
    }

    fn check_features(&self) -> Result<(), Problem> {
        let Data { id, label, features, protected, proxies, .. } = &self.data;
        let key = "data.features";
        if features.is_empty() {
            return Err((key.to_owned(), "at least one feature is required".to_owned()));
        }
        let mut seen = BTreeSet::new();
        for feature in features {
            let why_not = if !seen.insert(feature) {
                "is named twice"
            } else if feature == id {
                "is the id of the row: a model must not learn it"
            } else if feature == label {
                "is the label: a model must not see it"
            } else if protected.contains_key(feature) {
                "is a protected attribute: a decision must not rest on it"
            } else if proxies.contains_key(feature) {
                "is declared a proxy: a decision must not rest on it"
            } else if !self.wording.contains_key(feature) {
                "has no wording: a person denied for it could not be told why; add it under [wording]"
            } else {
                continue;
            };
            return Err((key.to_owned(), format!("`{feature}` {why_not}")));
        }
        Ok(())
    }

    fn check_protected(&self) -> Result<(), Problem> {
        let Data { id, label, protected, proxies, .. } = &self.data;
        for (attribute, groups) in protected {
            if groups.iter().collect::<BTreeSet<_>>().len() < 2 || attribute == id || attribute == label {
                let problem = "a protected attribute is no id and no label, and names at least two groups to judge";
                return Err((format!("data.protected.{attribute}"), problem.to_owned()));
            }
        }
        match proxies.iter().find(|(_, attribute)| !protected.contains_key(*attribute)) {
            Some((proxy, attribute)) => {
                Err((format!("data.proxies.{proxy}"), format!("`{attribute}` is not a protected attribute")))
            }
            None => Ok(()),
        }
    }

    /// What is said of features, by their names, is of features, and its numbers are in order.
    fn check_ranges(&self) -> Result<(), Problem> {
        let features = &self.data.features;
        for (column, cuts) in &self.data.control {
            let rising = cuts.windows(2).all(|pair| pair[0] < pair[1]) && cuts.iter().all(|cut| cut.is_finite());
            if !features.contains(column) || !rising {
                let problem = "needs a feature and finite cut points, each above the one before";
                return Err((format!("data.control.{column}"), problem.to_owned()));
            }
        }
        for (column, range) in &self.validated {
            if !features.contains(column) || !range.min.is_finite() || !range.max.is_finite() || range.min >= range.max
            {
                return Err((format!("validated.{column}"), "needs a feature and finite min < max".to_owned()));
            }
        }
        match self.better.keys().find(|column| !features.contains(column)) {
            Some(column) => Err((format!("better.{column}"), "is not a feature".to_owned())),
            None => Ok(()),
        }
    }

    fn check_words(&self) -> Result<(), Problem> {
        filled("about.owner", &self.about.owner)?;
        filled("about.purpose", &self.about.purpose)?;
        if !self.serve.path.starts_with('/') {
            return Err(("serve.path".to_owned(), format!("`{}` must start with /", self.serve.path)));
        }
        if let Some((key, problem)) = self.explanation.defect() {
            return Err((format!("explanation.{key}"), problem));
        }
        wording::check(&self.wording, &never_said(&self.data, &self.explanation).collect())?;
        for (column, actionable) in &self.actionable {
            let key = format!("actionable.{column}");
            if !self.data.features.contains(column) {
                return Err((key, "is not a feature".to_owned()));
            }
            if let Some(problem) = actionable.defect() {
                return Err((key, problem.to_owned()));
            }
        }
        Ok(())
    }

    fn check_recipe(&self) -> Result<(), Problem> {
        let (recipe, evaluation) = (&self.recipe, &self.evaluation);
        within("recipe.trees", recipe.trees, 1, 1_000)?;
        within("recipe.depth", recipe.depth, 1, 16)?;
        within("recipe.rare_class_weight", recipe.rare_class_weight, 1.000_1, 1_000.0)?;
        within("recipe.min_leaf_weight", recipe.min_leaf_weight, 1.0, 1e6)?;
        within("recipe.smoothing_rows", recipe.smoothing_rows, 0.0, 1_000.0)?;
        within("recipe.max_rows_per_tree", recipe.max_rows_per_tree, 100, 10_000_000)?;
        within("evaluation.folds", evaluation.folds, 2, 20)?;
        within("evaluation.bootstrap_draws", evaluation.bootstrap_draws, 200, 100_000)?;
        within("evaluation.minimum_group_rows", evaluation.minimum_group_rows, 2, 1_000_000)?;
        within("evaluation.minimum_denominator", evaluation.minimum_denominator, 2, 1_000_000)
    }

    fn check_noise(&self) -> Result<(), Problem> {
        for (column, noise) in &self.noise {
            let key = format!("noise.{column}");
            if !self.data.features.contains(column) {
                return Err((key, "is not a feature".to_owned()));
            }
            match noise {
                Noise::Deviation(deviation) => within(&key, *deviation, f64::MIN_POSITIVE, 1e12)?,
                Noise::Relative(share) => within(&key, *share, f64::MIN_POSITIVE, 1.0)?,
            }
        }
        for (column, unit) in &self.rounding {
            let key = format!("rounding.{column}");
            if !self.data.features.contains(column) {
                return Err((key, "is not a feature".to_owned()));
            }
            within(&key, *unit, f64::MIN_POSITIVE, 1e12)?;
        }
        Ok(())
    }

    fn check_drift(&self) -> Result<(), Problem> {
        match &self.drift {
            Some(Drift::Reference(file)) => inside("drift.reference", file),
            Some(Drift::FirstShare(share)) => within("drift.first_share", *share, 0.1, 0.9),
            None => Ok(()),
        }
    }

    fn check_answer(&self) -> Result<(), Problem> {
        if let Some(Cost { false_positive, false_negative, true_positive, true_negative }) = &self.cost {
            for (key, cost) in [
                ("cost.false_positive", false_positive),
                ("cost.false_negative", false_negative),
                ("cost.true_positive", true_positive),
                ("cost.true_negative", true_negative),
            ] {
                within(key, *cost, -1e9, 1e9)?;
            }
        }
        let Answer { threshold, positive, negative, max_reasons } = &self.answer;
        within("answer.threshold", *threshold, 0.000_1, 0.999_9)?;
        within("answer.max_reasons", *max_reasons, 1, 4)?;
        filled("answer.positive", positive)?;
        filled("answer.negative", negative)?;
        let ten_thousandths = threshold * 10_000.0;
        if (ten_thousandths - ten_thousandths.round()).abs() > 1e-6 {
            let problem = format!("{threshold} is not a whole number of ten-thousandths, as every score is");
            return Err(("answer.threshold".to_owned(), problem));
        }
        if positive == negative || [positive, negative].contains(&&"REFER".to_owned()) {
            return Err(("answer".to_owned(), "the two words must differ from each other and from REFER".to_owned()));
        }
        Ok(())
    }
}

fn checked_gate((name, raw): (String, RawBar)) -> Result<(GateId, Bar), Problem> {
    let key = format!("gate.\"{name}\"");
    let problem = |text: &str| (key.clone(), text.to_owned());
    let id = GateId::try_from(name).map_err(|why| problem(&why))?;
    let threshold = match (raw.min, raw.max) {
        (Some(min), None) if min.is_finite() => Threshold::Min(min),
        (None, Some(max)) if max.is_finite() => Threshold::Max(max),
        _ => return Err(problem("needs either `min` or `max`, a finite number")),
    };
    let why = raw.why.filter(|why| !why.trim().is_empty());
    let why = why.ok_or_else(|| problem("has no `why`: a bar without a reason cannot be defended"))?;
    if raw.weakened_because.as_ref().is_some_and(|because| because.trim().is_empty()) {
        return Err(problem("`weakened_because` must not be empty"));
    }
    Ok((id, Bar { threshold, decide_on: raw.decide_on, why, weakened_because: raw.weakened_because }))
}

fn check_families(families: &BTreeMap<String, Family>, gates: &BTreeMap<GateId, Bar>) -> Result<(), Problem> {
    for (name, family) in families {
        let key = format!("family.{name}");
        filled(&format!("{key}.why"), &family.why)?;
        if !gates.keys().any(|gate| gate.family() == name) {
            return Err((key, "has no gate in this policy".to_owned()));
        }
    }
    Ok(())
}

fn checked_removal((name, why): (String, String), gates: &BTreeMap<GateId, Bar>) -> Result<(GateId, String), Problem> {
    let key = format!("removed.\"{name}\"");
    filled(&key, &why)?;
    let id = GateId::try_from(name).map_err(|problem| (key.clone(), problem))?;
    if gates.contains_key(&id) { Err((key, "is a gate of this policy".to_owned())) } else { Ok((id, why)) }
}

fn check_search(search: &Search, data: &Data) -> Result<(), Problem> {
    search.depth.iter().try_for_each(|depth| within("search.depth", *depth, 1, 16))?;
    search.trees.iter().try_for_each(|trees| within("search.trees", *trees, 1, 1_000))?;
    search.threshold.iter().try_for_each(|threshold| within("search.threshold", *threshold, 0.000_1, 0.999_9))?;
    if search.depth.is_empty() || search.trees.is_empty() || search.threshold.is_empty() {
        return Err((
            "search".to_owned(),
            "needs at least one depth, one number of trees and one threshold".to_owned(),
        ));
    }
    if let Some(column) = search.without.iter().flatten().find(|column| !data.features.contains(column)) {
        return Err(("search.without".to_owned(), format!("`{column}` is not a feature")));
    }
    let unfit =
        |column: &&String| **column == data.id || **column == data.label || data.protected.contains_key(*column);
    match search.with.iter().flatten().find(unfit) {
        Some(column) => Err(("search.with".to_owned(), format!("`{column}` must never be a feature"))),
        None => Ok(()),
    }
}

fn check_waivers(waivers: &[Waiver], gates: &BTreeMap<GateId, Bar>) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    for waiver in waivers {
        let key = format!("waiver of {}", waiver.gate);
        filled(&format!("{key}: reason"), &waiver.reason)?;
        filled(&format!("{key}: owner"), &waiver.owner)?;
        if !gates.contains_key(&waiver.gate) {
            return Err((key, "there is no such gate in this policy".to_owned()));
        }
        if !seen.insert(&waiver.gate) {
            return Err((key, "is given twice".to_owned()));
        }
    }
    Ok(())
}
