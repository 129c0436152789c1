//! Repeated cross-validation: the scores that other trainings on the same rows would have given.
//!
//! A repeat is a cross-validation with folds and trees of another seed. The rows are judged by the scores of the first;
//! the others judge nobody. They do two things:
//!
//! * The calibrator is fitted on the scores of all of them, so that it owes little to the luck of one.
//! * They tell how far a statistic moves from one training to the next (`measure::spread`). A forest that
//!   ships has its scores go through a calibrator that was fitted on the scores of *other* forests; so the scores of
//!   each cross-validation go through the calibrator of all others.

use andon_evidence::policy::{Policy, Recipe};
use rand_distr::{Distribution, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::model::platt::{GroupedScores, Platt};
use crate::model::random_forest::TrainError;
use crate::model::score::Score;

/// The most rows of a tree of a repeat. Fewer rows to a tree make trees differ more, so that on large data the spread
/// is overstated rather than paid for: an interval from that many rows is narrow anyway.
const MAX_ROWS_PER_TREE: usize = 20_000;

/// The number of mixtures of the repeats.
const MIXTURES: usize = 40;

/// A value for each repeat, and for each mixture of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeated<T> {
    /// One for each cross-validation; empty without repeats.
    pub whole: Vec<T>,
    /// One for each mixture: every row has the score of a repeat that is drawn for this row alone. Mixtures differ as
    /// single rows differ from one training to the next, and in nothing that all rows of a training have in common.
    pub mixed: Vec<T>,
}

impl<T> Default for Repeated<T> {
    fn default() -> Self {
        Self { whole: Vec::new(), mixed: Vec::new() }
    }
}

/// The scores of the repeats. Their mixtures are made when somebody asks, one after the other: together they would take
/// several times the room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepeatedScores {
    /// For each cross-validation the score of each row; empty without repeats.
    pub whole: Vec<Vec<Score>>,
    seed: u64,
}

impl RepeatedScores {
    /// The scores of the repeats, whose mixtures are drawn by a seed.
    pub(crate) fn new(whole: Vec<Vec<Score>>, seed: u64) -> Self {
        Self { whole, seed }
    }

    /// One value made from the scores of each repeat, and of each mixture.
    pub fn map<U>(&self, make: impl Fn(&[Score]) -> U) -> Repeated<U> {
        Repeated { whole: self.whole.iter().map(|scores| make(scores)).collect(), mixed: self.mix(make) }
    }

    /// One value made from the scores of each repeat, and of each mixture.
    ///
    /// # Errors
    /// The first error.
    pub fn try_map<U, E>(&self, make: impl Fn(&[Score]) -> Result<U, E>) -> Result<Repeated<U>, E> {
        let Repeated { whole, mixed } = self.map(make);
        let all = |of: Vec<Result<U, E>>| of.into_iter().collect::<Result<Vec<U>, E>>();
        Ok(Repeated { whole: all(whole)?, mixed: all(mixed)? })
    }

    /// One value made from the scores of each mixture.
    pub(crate) fn mix<U>(&self, make: impl Fn(&[Score]) -> U) -> Vec<U> {
        // Without repeats there is nothing to draw from.
        let Ok(any) = Uniform::new(0, self.whole.len()) else { return Vec::new() };
        let mut random = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let mut mixture = self.whole[0].clone();
        let mix = |_| {
            let scores = mixture.iter_mut().enumerate();
            scores.for_each(|(row, score)| *score = self.whole[any.sample(&mut random)][row]);
            make(&mixture)
        };
        (0..MIXTURES).map(mix).collect()
    }
}

impl<T> Repeated<T> {
    /// One value made from each.
    pub(crate) fn map_into<U>(self, make: impl Fn(T) -> U) -> Repeated<U> {
        Repeated {
            whole: self.whole.into_iter().map(&make).collect(),
            mixed: self.mixed.into_iter().map(&make).collect(),
        }
    }

    /// One value for each.
    ///
    /// # Errors
    /// The first error.
    pub fn try_map<U, E>(&self, make: impl Fn(&T) -> Result<U, E>) -> Result<Repeated<U>, E> {
        let all = |of: &[T]| of.iter().map(&make).collect::<Result<Vec<U>, E>>();
        Ok(Repeated { whole: all(&self.whole)?, mixed: all(&self.mixed)? })
    }
}

/// The recipes of all cross-validations, first the one by whose scores the rows are judged.
pub(crate) fn recipes(policy: &Policy) -> Vec<Recipe> {
    let judged = policy.recipe.clone();
    let repeat = |repeat: usize| Recipe {
        // Seeds far apart: a tree's own seed counts up from that of its forest.
        seed: judged.seed ^ (repeat as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        max_rows_per_tree: judged.max_rows_per_tree.min(MAX_ROWS_PER_TREE),
        ..judged.clone()
    };
    std::iter::once(judged.clone()).chain((1..=policy.evaluation.repeats).map(repeat)).collect()
}

/// The raw scores of one cross-validation.
pub(crate) struct OutOfFold {
    /// For each row, the raw score of a forest that did not see it.
    pub(crate) raw: Vec<f64>,
    /// For each row, its fold; needed of the first cross-validation only.
    pub(crate) fold_of: Vec<usize>,
}

/// Scores from which a calibrator is fitted to counts of them instead of to each. It would differ by less than a
/// ten-thousandth, and below this each is quick.
const MAX_SINGLE_SCORES: usize = 500_000;

/// The raw scores of all cross-validations, which calibrators are fitted on.
pub(crate) struct Calibration<'a> {
    /// The cross-validations, first the one by which the rows are judged.
    repeats: Vec<OutOfFold>,
    /// The label of each row.
    labels: &'a [bool],
    /// Of many scores their counts: for each cross-validation, by the fold of the row in the first one.
    grouped: Vec<Vec<GroupedScores>>,
}

impl<'a> Calibration<'a> {
    /// The scores of each cross-validation, and the label of each row.
    pub(crate) fn new(repeats: Vec<OutOfFold>, labels: &'a [bool]) -> Self {
        let is_large = repeats.len() * labels.len() > MAX_SINGLE_SCORES;
        let mut all = Self { repeats, labels, grouped: Vec::new() };
        if is_large {
            all.grouped = all.repeats.iter().map(|repeat| all.group(&repeat.raw)).collect();
        }
        all
    }

    fn group(&self, raw: &[f64]) -> Vec<GroupedScores> {
        let fold_of = &self.repeats[0].fold_of;
        let folds = fold_of.iter().max().map_or(0, |last| last + 1);
        let mut grouped = vec![GroupedScores::empty(); folds];
        let rows = raw.iter().zip(self.labels).zip(fold_of);
        rows.for_each(|((raw, label), fold)| grouped[*fold].add(*raw, *label));
        grouped
    }

    /// The calibrator that ships.
    pub(crate) fn calibrator(&self) -> Result<Platt, TrainError> {
        self.fit(|_, _| true)
    }

    /// The scores by which rows are judged: each through a calibrator of the rows in other folds.
    pub(crate) fn judged_scores(&self, folds: usize) -> Result<Vec<Score>, TrainError> {
        let OutOfFold { raw, fold_of } = &self.repeats[0];
        let curves = (0..folds).map(|fold| self.fit(|_, other| other != fold)).collect::<Result<Vec<_>, _>>()?;
        raw.iter().zip(fold_of).map(|(raw, fold)| score(&curves[*fold], *raw)).collect()
    }

    /// The scores of every row in every cross-validation, each through the calibrator of all others. None if there is
    /// one cross-validation only.
    pub(crate) fn repeated_scores(&self) -> Result<Vec<Vec<Score>>, TrainError> {
        let through_others = |repeat: usize| {
            let curve = self.fit(|other, _| other != repeat)?;
            self.repeats[repeat].raw.iter().map(|raw| score(&curve, *raw)).collect()
        };
        (0..self.repeats.len()).filter(|_| self.repeats.len() > 1).map(through_others).collect()
    }

    /// The calibrator of some scores, chosen by their repeat and by the fold of their row in the first repeat.
    fn fit(&self, is_in: impl Fn(usize, usize) -> bool) -> Result<Platt, TrainError> {
        if !self.grouped.is_empty() {
            return Ok(Platt::fit_grouped(&self.merged(is_in))?);
        }
        let mut raws = Vec::new();
        let mut labels = Vec::new();
        let folds = &self.repeats[0].fold_of;
        for (repeat, OutOfFold { raw, .. }) in self.repeats.iter().enumerate() {
            for (row, raw) in raw.iter().enumerate().filter(|(row, _)| is_in(repeat, folds[*row])) {
                raws.push(*raw);
                labels.push(self.labels[row]);
            }
        }
        Ok(Platt::fit(&raws, &labels)?)
    }

    fn merged(&self, is_in: impl Fn(usize, usize) -> bool) -> GroupedScores {
        let mut merged = GroupedScores::empty();
        for (repeat, folds) in self.grouped.iter().enumerate() {
            let chosen = folds.iter().enumerate().filter(|(fold, _)| is_in(repeat, *fold));
            chosen.for_each(|(_, grouped)| merged.merge(grouped));
        }
        merged
    }
}

fn score(curve: &Platt, raw: f64) -> Result<Score, TrainError> {
    Score::nearest(curve.apply(raw)).ok_or_else(|| TrainError::Tree("a score is not a number".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [bool; 6] = [false, true, false, true, true, true];

    fn calibration() -> Calibration<'static> {
        let repeat = |raw: [f64; 6], fold_of: [usize; 6]| OutOfFold { raw: raw.to_vec(), fold_of: fold_of.to_vec() };
        let first = repeat([0.2, 0.4, 0.6, 0.6, 0.8, 0.9], [0, 0, 1, 0, 1, 1]);
        let second = repeat([0.1, 0.6, 0.4, 0.5, 0.7, 0.9], [0, 1, 0, 1, 0, 1]);
        Calibration::new(vec![first, second], &LABELS)
    }

    fn through(raws: &[f64], labels: &[bool], raw: f64) -> Score {
        Score::nearest(Platt::fit(raws, labels).unwrap().apply(raw)).unwrap()
    }

    #[test]
    fn the_calibrator_is_fitted_on_all_and_each_repeat_goes_through_that_of_the_others() {
        let all = calibration();
        let [first, second] = [&all.repeats[0].raw, &all.repeats[1].raw];
        let both = [first.as_slice(), second].concat();
        assert_eq!(all.calibrator().unwrap(), Platt::fit(&both, &[LABELS, LABELS].concat()).unwrap());
        let scores = all.repeated_scores().unwrap();
        assert_eq!(scores[0][0], through(second, &LABELS, 0.2));
        assert_eq!(scores[1][5], through(first, &LABELS, 0.9));
    }

    #[test]
    fn no_row_is_judged_through_a_calibrator_that_saw_its_fold() {
        let mut all = calibration();
        let before = all.judged_scores(2).unwrap();
        // The other folds' scores stand as they are, whatever the first fold's rows are in any repeat.
        all.repeats.iter_mut().for_each(|repeat| repeat.raw[0] = 0.3);
        let after = all.judged_scores(2).unwrap();
        assert_eq!((before[1], before[3]), (after[1], after[3]));
        assert_ne!((before[2], before[4]), (after[2], after[4]));
    }

    #[test]
    fn mixtures_take_each_row_from_a_repeat_of_its_own() {
        let scores = |score: u16| vec![Score::try_from(score).unwrap(); 600];
        let repeats = RepeatedScores::new(vec![scores(1), scores(2), scores(3)], 5);
        let Repeated { whole, mixed } = repeats.map(<[Score]>::to_vec);
        assert_eq!((whole.len(), mixed.len()), (3, MIXTURES));
        for mixture in &mixed {
            for repeat in &whole {
                let share = mixture.iter().filter(|score| **score == repeat[0]).count() as f64 / 600.0;
                assert!((share - 1.0 / 3.0).abs() < 0.1, "{share}");
            }
        }
        assert_ne!(mixed[0], mixed[1]);
        assert_eq!(repeats.map(<[Score]>::to_vec).mixed, mixed);
        let first = repeats.try_map(|scores| if scores[0] == whole[2][0] { Err("third") } else { Ok(()) });
        assert_eq!(first, Err("third"));
        assert_eq!(RepeatedScores::new(Vec::new(), 5).map(|_| 1), Repeated::default());
    }

    #[test]
    fn seeds_of_repeats_differ_and_large_data_cost_no_more() {
        let text = include_str!("../../examples/shipped/release.toml");
        let mut policy = Policy::parse(text, std::path::Path::new("release.toml")).unwrap();
        policy.evaluation.repeats = 99;
        policy.recipe.max_rows_per_tree = 100_000;
        let recipes = recipes(&policy);
        let seeds: std::collections::BTreeSet<u64> = recipes.iter().map(|recipe| recipe.seed).collect();
        assert_eq!(seeds.len(), 100);
        assert_eq!((recipes[0].max_rows_per_tree, recipes[1].max_rows_per_tree), (100_000, MAX_ROWS_PER_TREE));
    }
}
