//! The search for less discriminatory alternatives: what else could have shipped, and at what price.
//!
//! Every declared combination of features, depth, trees and threshold is trained like the release itself, so that each
//! row is scored by a model that did not see it. The rows are halved by a seeded hash, evenly for each label: the
//! frontier is chosen on one half and every figure is reported on the other, so that no reported figure is one that
//! was searched on.

pub mod frontier;

use andon_evidence::judge::{Measurement, NotMeasured};
use andon_evidence::policy::{GateId, Policy, Search};
use serde::Serialize;

use crate::data::contract::Record;
use crate::data::dataset::Dataset;
use crate::data::frame::Frame;
use crate::families::measure;
use crate::measure::sample::{Measured, Sample};
use crate::measure::tally::Tally;
use crate::model::candidate::{Candidate, assign_folds};
use crate::model::score::Score;
use crate::release::{NoCandidate, Release};
use crate::statistics::threads::default_threads;

/// One way in which the model could have been made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct AlternativeRecipe {
    /// Features against the shipped ones, such as `without units`; empty for the shipped ones.
    pub(crate) change: String,
    /// Greatest depth of a tree.
    pub(crate) depth: usize,
    /// Number of trees.
    pub(crate) trees: usize,
    /// Lowest score that is answered positively.
    pub(crate) threshold: f64,
}

/// The figures of an alternative on one half of the rows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AlternativeFigures {
    /// Share of rows answered as labelled.
    pub(crate) accuracy: Measurement,
    /// Area under the ROC curve.
    pub(crate) auc: Measurement,
    /// The lowest disparate impact of any protected attribute.
    pub(crate) worst_impact: Measurement,
    /// The attribute with the lowest disparate impact.
    pub(crate) worst_attribute: String,
}

/// An alternative with its figures.
#[derive(Debug, Clone, Serialize)]
pub struct Alternative {
    /// The recipe of its model.
    pub(crate) recipe: AlternativeRecipe,
    /// True for the recipe of the policy.
    pub(crate) shipped: bool,
    /// True if no other is both more accurate and less disparate on the half searched on.
    pub(crate) on_frontier: bool,
    /// On the half that was not searched on; the reason where there are none, such as nobody selected.
    pub(crate) reported: Result<AlternativeFigures, String>,
    /// Accuracy and worst impact on the half searched on.
    #[serde(skip)]
    searched: Option<(f64, f64)>,
}

/// Trains and judges every declared alternative; calls `progress` with the number of models done and of all models.
///
/// # Errors
/// [`NoCandidate`] when the data break the contract or an alternative cannot be trained.
pub fn search<R: Record>(
    release: &Release<R>,
    declared: &Search,
    mut progress: impl FnMut(usize, usize),
) -> Result<Vec<Alternative>, NoCandidate> {
    let rows = Dataset::read(release.contract(), &release.data_path())?.rows;
    let shipped = release.policy();
    let policies = policies(shipped, declared);
    let half_of =
        assign_folds(&Frame::new(shipped, release.contract(), &rows)?, 2, shipped.recipe.seed.wrapping_add(1));
    let mut alternatives = Vec::new();
    for (done, (change, policy)) in policies.iter().enumerate() {
        progress(done, policies.len());
        let frame = Frame::new(policy, release.contract(), &rows)?;
        let candidate = Candidate::train(policy, &frame, release.grow(), default_threads())?;
        let halves = halves(policy, &frame, &candidate.scores, &half_of);
        for threshold in &declared.threshold {
            alternatives.push(judge_alternative(shipped, policy, change, *threshold, &halves));
        }
    }
    progress(policies.len(), policies.len());
    mark_frontier(&mut alternatives);
    Ok(alternatives)
}

/// A policy for every model that is to be trained, with the change of features it makes.
fn policies(shipped: &Policy, declared: &Search) -> Vec<(String, Policy)> {
    let named = |verb: &str, columns: &[String]| format!("{verb} {}", columns.join(", "));
    let mut changes = vec![(String::new(), shipped.data.features.clone())];
    for columns in &declared.without {
        let kept = shipped.data.features.iter().filter(|feature| !columns.contains(feature));
        changes.push((named("without", columns), kept.cloned().collect()));
    }
    for columns in &declared.with {
        changes.push((named("with", columns), shipped.data.features.iter().chain(columns).cloned().collect()));
    }
    let mut policies = Vec::new();
    for (change, features) in changes {
        for depth in &declared.depth {
            for trees in &declared.trees {
                let mut policy = shipped.clone();
                policy.data.features.clone_from(&features);
                policy.validated.retain(|column, _| features.contains(column));
                (policy.recipe.depth, policy.recipe.trees) = (*depth, *trees);
                // Repeats would make a search many times as long, and it decides nothing.
                policy.evaluation.repeats = 0;
                policies.push((change.clone(), policy));
            }
        }
    }
    policies
}

/// Fewest rows of a group in a half. Fewer than a gate asks for: nothing is decided here, and the intervals tell.
const MIN_GROUP_ROWS: u64 = 30;

/// The half that is searched on and the one that is reported.
fn halves(policy: &Policy, frame: &Frame, scores: &[Score], half_of: &[usize]) -> [Sample; 2] {
    [0, 1].map(|half| {
        let rows: Vec<usize> = (0..half_of.len()).filter(|row| half_of[*row] == half).collect();
        let scores: Vec<Score> = rows.iter().map(|row| scores[*row]).collect();
        let tally = Tally::count(&frame.select(&rows), &scores);
        let mut sample = Sample::new(policy, tally, Score::middle());
        sample.minimum_group_rows = MIN_GROUP_ROWS;
        sample
    })
}

fn judge_alternative(
    shipped: &Policy,
    policy: &Policy,
    change: &str,
    threshold: f64,
    halves: &[Sample; 2],
) -> Alternative {
    let recipe = AlternativeRecipe {
        change: change.to_owned(),
        depth: policy.recipe.depth,
        trees: policy.recipe.trees,
        threshold,
    };
    let is_shipped = change.is_empty()
        && recipe.depth == shipped.recipe.depth
        && recipe.trees == shipped.recipe.trees
        && Score::nearest(threshold) == Score::nearest(shipped.answer.threshold);
    let figures = |half: &Sample| {
        let mut sample = half.clone();
        sample.threshold = Score::nearest(threshold).unwrap_or_else(Score::middle);
        figures(&sample).map_err(|why| why.to_string())
    };
    let searched = figures(&halves[0]).ok().map(|on| (on.accuracy.value(), on.worst_impact.value()));
    Alternative { recipe, shipped: is_shipped, on_frontier: false, reported: figures(&halves[1]), searched }
}

fn figures(sample: &Sample) -> Result<AlternativeFigures, NotMeasured> {
    let asked = |gate: &str| -> Measured {
        let id = GateId::try_from(gate.to_owned()).map_err(NotMeasured)?;
        measure(&id, sample).unwrap_or_else(|| Err(NotMeasured(format!("{gate} is no statistic"))))
    };
    let mut impacts = Vec::new();
    for axis in sample.tally.axes().iter().filter(|axis| !axis.judged.is_empty()) {
        impacts.push((axis.name.clone(), asked(&format!("fairness.disparate_impact.{}", axis.name))?));
    }
    let worst = impacts.into_iter().min_by(|a, b| a.1.value().total_cmp(&b.1.value()));
    let (worst_attribute, worst_impact) = worst.ok_or_else(|| NotMeasured("no protected attribute".to_owned()))?;
    let auc = asked("accuracy.auc")?;
    let accuracy = asked("accuracy.accuracy")?;
    Ok(AlternativeFigures { accuracy, auc, worst_impact, worst_attribute })
}

/// An alternative is on the frontier unless another is at least as good in both respects and better in one.
fn mark_frontier(alternatives: &mut [Alternative]) {
    let searched: Vec<(f64, f64)> = alternatives.iter().filter_map(|alternative| alternative.searched).collect();
    for alternative in alternatives {
        let Some((accuracy, impact)) = alternative.searched else { continue };
        let dominates = |(a, i): &(f64, f64)| *a >= accuracy && *i >= impact && (*a > accuracy || *i > impact);
        alternative.on_frontier = !searched.iter().any(dominates);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alternative(searched: Option<(f64, f64)>) -> Alternative {
        let recipe = AlternativeRecipe { change: String::new(), depth: 1, trees: 1, threshold: 0.5 };
        Alternative { recipe, shipped: false, on_frontier: false, reported: Err(String::new()), searched }
    }

    #[test]
    fn only_what_no_other_beats_in_both_is_on_the_frontier() {
        let searched = [Some((0.9, 0.8)), Some((0.8, 0.9)), Some((0.8, 0.8)), None, Some((0.9, 0.8))];
        let mut alternatives = searched.map(alternative);
        mark_frontier(&mut alternatives);
        let marked: Vec<bool> = alternatives.iter().map(|alternative| alternative.on_frontier).collect();
        assert_eq!(marked, [true, true, false, false, true]);
    }
}
