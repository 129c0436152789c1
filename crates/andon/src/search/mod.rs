//! The search for less discriminatory alternatives: what else could have shipped, and at what price.
//!
//! Every declared combination of features, weights of the rows, depth, trees and threshold is trained like the release
//! itself, so that each row is scored by a model that did not see it. Each alternative is judged three times:
//!
//! * on all rows; `fairness.alternatives` compares by these values, and they tell which bars of the policy an
//!   alternative would miss. A gate besides asks the rows as they are served;
//! * on one half of the rows, evenly for each label, which the frontiers are chosen on;
//! * on the other half, if it is on a frontier, so that no figure of the tables is one that was searched on.
//!
//! No alternative has repeats of the cross-validation, which would make a search many times as long.

mod figures;
pub mod frontier;

use andon_evidence::alternatives::{
    Alternative, AlternativeRecipe, Alternatives, Disparity, alternative_recipes, is_judged, settings_sha256,
};
use andon_evidence::judge::{NotMeasured, Threshold};
use andon_evidence::policy::{GateId, Policy, Search};

use crate::data::contract::Record;
use crate::data::frame::{Attribute, Frame};
use crate::families::measure_for_bar;
use crate::measure::bands::bands;
use crate::measure::sample::Sample;
use crate::measure::tally::Tally;
use crate::model::candidate::{Candidate, assign_folds};
use crate::model::score::Score;
use crate::release::{Judged, Release};
use crate::search::figures::figures;
use crate::threads::default_threads;

/// Trains and judges every declared alternative; calls `progress` with the number of models done and of all models.
///
/// # Errors
/// [`NotMeasured`] when there is no candidate, the shipped recipe is not among the alternatives, or one of them cannot
/// be trained.
pub fn search<R: Record>(
    release: &Release<R>,
    declared: &Search,
    mut progress: impl FnMut(usize, usize),
) -> Result<Alternatives, NotMeasured> {
    let policy = release.policy();
    let recipes = alternative_recipes(policy, declared);
    if policy.model.is_some() {
        return Err(NotMeasured("a model from a file has no recipe to search around".to_owned()));
    }
    if !recipes.iter().any(|recipe| recipe.is_shipped(policy)) {
        return Err(NotMeasured(not_among(policy)));
    }
    let judged = release.judged().map_err(|why| NotMeasured(why.to_string()))?;
    let rows = Rows::new(policy, judged);
    let mut found = Vec::new();
    let models: Vec<&[AlternativeRecipe]> = recipes.chunks(declared.threshold.len().max(1)).collect();
    for (done, of_one_model) in models.iter().enumerate() {
        progress(done, models.len());
        let samples = rows.samples(release, &of_one_model[0])?;
        found.extend(of_one_model.iter().map(|recipe| rows.judge(policy, recipe, &samples)));
    }
    progress(models.len(), models.len());
    mark_frontiers(&mut found);
    let settings_sha256 = settings_sha256(policy).ok_or_else(|| NotMeasured("the policy has no digest".to_owned()))?;
    Ok(Alternatives {
        data_sha256: judged.dataset.sha256.clone(),
        settings_sha256,
        model_sha256: judged.candidate.model_sha256.clone(),
        seed: policy.recipe.seed,
        rows: judged.frame.labels.len() as u64,
        alternatives: found.into_iter().map(Found::finish).collect(),
    })
}

fn not_among(policy: &Policy) -> String {
    let recipe = &policy.recipe;
    format!(
        "the shipped recipe is not among the alternatives\nnext: in [search] list depth {}, {} trees, threshold {} and \
         reweigh_by {:?}",
        recipe.depth, recipe.trees, policy.answer.threshold, recipe.reweigh_by
    )
}

/// Fewest rows of a group in a half. Fewer than a gate asks for: nothing is decided here, and the intervals tell.
const MIN_GROUP_ROWS: u64 = 30;

/// The rows that alternatives are judged on, and their halves: the one searched on, and the other.
struct Rows<'a, R> {
    judged: &'a Judged<R>,
    /// The bands of the shipped model, also for a model without that feature.
    controls: Vec<Attribute>,
    halves: [Vec<usize>; 2],
}

/// The scores of one model on all rows and on each half.
struct Samples {
    all: Sample,
    halves: [Sample; 2],
}

impl<'a, R: Record> Rows<'a, R> {
    fn new(policy: &Policy, judged: &'a Judged<R>) -> Self {
        let half_of = assign_folds(&judged.frame, 2, policy.recipe.seed.wrapping_add(1));
        let halves = [0, 1].map(|half| (0..half_of.len()).filter(|row| half_of[*row] == half).collect());
        Self { judged, controls: bands(policy, &judged.frame), halves }
    }

    /// Trains the model of a recipe, and counts its scores.
    fn samples(&self, release: &Release<R>, recipe: &AlternativeRecipe) -> Result<Samples, NotMeasured> {
        let mut policy = recipe.policy(release.policy());
        policy.evaluation.repeats = 0;
        let failed = |why: &dyn std::fmt::Display| NotMeasured(format!("{recipe}: {why}"));
        let frame = Frame::new(&policy, release.contract(), &self.judged.dataset.rows).map_err(|why| failed(&why))?;
        let candidate = Candidate::train(&policy, &frame, release.grow(), default_threads());
        let scores = candidate.map_err(|why| failed(&why))?.scores;
        let tally = Tally::count_with_controls(&frame, &self.controls, &scores, default_threads());
        let mut all = Sample::new(release.policy(), tally, Score::middle());
        all.draws = 0;
        let halves = [0, 1].map(|half| self.half(release.policy(), &frame, &scores, half));
        Ok(Samples { all, halves })
    }

    fn half(&self, policy: &Policy, frame: &Frame, scores: &[Score], half: usize) -> Sample {
        let rows = &self.halves[half];
        let scores: Vec<Score> = rows.iter().map(|row| scores[*row]).collect();
        let mut sample = Sample::new(policy, Tally::count(&frame.select_labels(rows), &scores), Score::middle());
        sample.minimum_group_rows = MIN_GROUP_ROWS;
        sample
    }

    fn judge(&self, policy: &Policy, recipe: &AlternativeRecipe, samples: &Samples) -> Found {
        let at_threshold = |sample: &Sample| {
            let mut sample = sample.clone();
            sample.threshold = Score::nearest(recipe.threshold).unwrap_or_else(Score::middle);
            sample
        };
        let all = at_threshold(&samples.all);
        let [mut searched, other] = samples.halves.each_ref().map(at_threshold);
        searched.draws = 0;
        let alternative = Alternative {
            shipped: recipe.is_shipped(policy),
            recipe: recipe.clone(),
            frontier: Vec::new(),
            judged: figures(&all),
            reported: None,
            missed: missed(policy, &all),
        };
        let searched = figures(&searched);
        let place = |measure: Disparity| {
            let disparity = searched.disparity(measure)?.value;
            let fairness = if measure == Disparity::ApprovalRatio { disparity } else { -disparity };
            Some((searched.accuracy.as_ref()?.value, fairness))
        };
        Found { alternative, places: Disparity::ALL.map(place), other }
    }
}

/// The bars that the values of a sample miss.
fn missed(policy: &Policy, all: &Sample) -> Vec<GateId> {
    let misses = |(id, bar): &(&GateId, &andon_evidence::judge::Bar)| match measure_for_bar(id, bar, all) {
        None => false,
        Some(Err(_)) => true,
        Some(Ok(measured)) => match bar.threshold {
            Threshold::Min(min) => measured.value() < min,
            Threshold::Max(max) => measured.value() > max,
        },
    };
    let gates = policy.gates.iter().filter(|(id, _)| is_judged(id)).filter(misses);
    gates.map(|(id, _)| id.clone()).collect()
}

/// An alternative with what the frontiers are chosen by.
struct Found {
    alternative: Alternative,
    /// Accuracy and fairness on the half searched on, for each measure of fairness.
    places: [Option<(f64, f64)>; 3],
    /// The other half.
    other: Sample,
}

impl Found {
    /// The alternative, with the figures of the other half if it is shown.
    fn finish(mut self) -> Alternative {
        if self.alternative.shipped || !self.alternative.frontier.is_empty() {
            self.alternative.reported = Some(figures(&self.other));
        }
        self.alternative
    }
}

/// An alternative is on a frontier unless another is at least as accurate and as fair, and better in one of both.
fn mark_frontiers(found: &mut [Found]) {
    for (at, measure) in Disparity::ALL.into_iter().enumerate() {
        let places: Vec<(f64, f64)> = found.iter().filter_map(|one| one.places[at]).collect();
        for one in &mut *found {
            let Some((accuracy, fairness)) = one.places[at] else { continue };
            let dominates = |(a, f): &(f64, f64)| *a >= accuracy && *f >= fairness && (*a > accuracy || *f > fairness);
            if !places.iter().any(dominates) {
                one.alternative.frontier.push(measure);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::figures::tests::no_figures;

    fn found(place: Option<(f64, f64)>) -> Found {
        let policy_of = include_str!("../../examples/shipped/release.toml");
        let policy = Policy::parse(policy_of, std::path::Path::new("release.toml")).unwrap();
        let recipe = AlternativeRecipe {
            without: Vec::new(),
            with: Vec::new(),
            reweigh_by: Vec::new(),
            depth: 1,
            trees: 1,
            threshold: 0.5,
        };
        let alternative = Alternative {
            recipe,
            shipped: false,
            frontier: Vec::new(),
            judged: no_figures(),
            reported: None,
            missed: Vec::new(),
        };
        let other = Sample::new(&policy, Tally::new(&[], &[]), Score::middle());
        Found { alternative, places: [place, None, None], other }
    }

    #[test]
    fn only_what_no_other_beats_in_both_is_on_the_frontier() {
        let places = [Some((0.9, 0.8)), Some((0.8, 0.9)), Some((0.8, 0.8)), None, Some((0.9, 0.8))];
        let mut all = places.map(found);
        mark_frontiers(&mut all);
        let marked: Vec<bool> = all.iter().map(|one| one.alternative.frontier == [Disparity::ApprovalRatio]).collect();
        assert_eq!(marked, [true, true, false, false, true]);
    }
}
