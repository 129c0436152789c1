//! The candidate: the trained model with an out-of-fold score for every row it is judged by.

use andon_evidence::evidence::Store;
use andon_evidence::files::{self, FileError, sha256, sha256_hex};
use andon_evidence::layout;
use andon_evidence::policy::{Policy, Recipe};
use serde::{Deserialize, Serialize};

use crate::data::bound_rows::first_of_bound;
use crate::data::frame::Frame;
use crate::data::matrix::Matrix;
use crate::model::Model;
use crate::model::forest::Forest;
use crate::model::imported::Imported;
use crate::model::random_forest::{Grow, TrainError};
use crate::model::repeats::{Calibration, OutOfFold, RepeatedScores, recipes};
use crate::model::score::{Score, ScoreText};
use crate::threads::share_out;

/// The trained model and what it is judged by.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The model, fitted on all rows.
    pub model: Model,
    /// The bytes of `model.json`.
    pub model_json: Vec<u8>,
    /// SHA-256 of those bytes.
    pub model_sha256: String,
    /// For each row, the score of a model that did not see it.
    pub scores: Vec<Score>,
    /// For each [repeat](crate::model::repeats) of the cross-validation, the score of each row; empty without repeats.
    pub repeats: RepeatedScores,
}

/// The candidate in the store, beside `model.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCandidate {
    fingerprint: String,
    model_sha256: String,
    scores: ScoreText,
    repeats: Vec<ScoreText>,
}

/// Scores every row by the forest that was grown on the other folds.
fn out_of_fold(
    policy: &Policy,
    recipe: &Recipe,
    frame: &Frame,
    (matrix, threads): (&Matrix, usize),
    grow: impl Fn(&Recipe, &Matrix, &[bool]) -> Result<Forest, TrainError>,
) -> Result<OutOfFold, TrainError> {
    let folds = policy.evaluation.folds;
    let fold_of = assign_folds(frame, folds, recipe.seed);
    let mut raw = vec![0.0; frame.labels.len()];
    for fold in 0..folds {
        let (inside, outside) = split(&fold_of, fold);
        if inside.is_empty() {
            return Err(TrainError::EmptyFold { fold, folds });
        }
        let forest = grow(recipe, &matrix.select(&outside), &pick(&frame.labels, &outside))?;
        for (row, score) in inside.iter().zip(score_rows(&forest, matrix, &inside, threads)) {
            raw[*row] = score;
        }
    }
    Ok(OutOfFold { raw, fold_of })
}

/// Rows from which threads are worth starting.
const MIN_ROWS_FOR_THREADS: usize = 10_000;

/// The raw scores of some rows of a matrix, bit for bit those that one thread gives them.
fn score_rows(forest: &Forest, matrix: &Matrix, rows: &[usize], threads: usize) -> Vec<f64> {
    let threads = if rows.len() < MIN_ROWS_FOR_THREADS { 1 } else { threads.max(1) };
    let parts: Vec<&[usize]> = rows.chunks(rows.len().div_ceil(threads).max(1)).collect();
    share_out(parts.len(), threads, |part| forest.score_all(&matrix.select(parts[part]))).concat()
}

impl Candidate {
    /// Trains on `threads` threads: the models of each cross-validation for the out-of-fold scores, then the final one
    /// on all rows.
    ///
    /// The calibrator that ships is fitted on the out-of-fold scores of every [repeat](crate::model::repeats), so that
    /// it owes little to the luck of one. A row is judged through a calibrator that was fitted without the rows of its
    /// fold.
    ///
    /// # Errors
    /// [`TrainError`] when there is too little to train on.
    pub fn train(policy: &Policy, frame: &Frame, grow: Grow, threads: usize) -> Result<Self, TrainError> {
        let better = policy.directions();
        let grow = |recipe: &Recipe, x: &Matrix, y: &[bool]| grow(recipe, &better, x, y, threads);
        // The groups of rows end here: a forest is grown on them, and neither model nor scores know them.
        let groups = frame.joint_groups(&policy.recipe.reweigh_by);
        // No column is sorted twice, however many forests are grown.
        let matrix = frame.matrix.clone().with_groups(groups).with_places(policy.recipe.max_bins, threads);
        let repeat = |(at, recipe): (usize, Recipe)| {
            let mut scored = out_of_fold(policy, &recipe, frame, (&matrix, threads), grow)?;
            if at > 0 {
                // Only the folds of the first are asked for again.
                scored.fold_of = Vec::new();
            }
            Ok::<_, TrainError>(scored)
        };
        let repeats = recipes(policy).into_iter().enumerate().map(repeat);
        let calibration = Calibration::new(repeats.collect::<Result<_, _>>()?, &frame.labels);
        let scores = calibration.judged_scores(policy.evaluation.folds)?;
        let forest = grow(&policy.recipe, &matrix, &frame.labels)?;
        let model = Model::new(frame.features.clone(), forest, Some(calibration.calibrator()?), policy);
        let model = model.with_training(&frame.matrix, &scores)?;
        let model_json = model.to_json();
        let model_sha256 = sha256_hex(&model_json);
        let repeats = RepeatedScores::new(calibration.repeated_scores()?, policy.recipe.seed);
        Ok(Self { model, model_json, model_sha256, scores, repeats })
    }

    /// The candidate of a model that was trained elsewhere: it scores every row itself. It has no folds and no repeats,
    /// because it is one model, and which rows it has seen is for the policy to say. A calibrator behind it is fitted
    /// on other rows.
    ///
    /// # Errors
    /// [`TrainError`] if its features are not those of the policy, or it has no score for a row.
    pub fn imported(
        policy: &Policy,
        frame: &Frame,
        fitted_on: Option<&Frame>,
        imported: Imported,
    ) -> Result<Self, TrainError> {
        let model = imported.into_model(policy, frame)?;
        let model = if let Some(others) = fitted_on { model.calibrated_on(others)? } else { model };
        let scores: Option<Vec<Score>> = model.score_all(&frame.matrix).into_iter().collect();
        let scores = scores.ok_or_else(|| TrainError::Imported("a score of the model is not a number".to_owned()))?;
        let model = model.with_training(&frame.matrix, &scores)?;
        let model_json = model.to_json();
        let model_sha256 = sha256_hex(&model_json);
        Ok(Self { model, model_json, model_sha256, scores, repeats: RepeatedScores::default() })
    }

    /// The candidate of scores alone: no model is judged, so none is written, and the digest of the scores stands
    /// in for that of the model.
    ///
    /// # Errors
    /// [`TrainError`] if there is no row.
    pub fn of_scores(policy: &Policy, frame: &Frame, scores: Vec<Score>) -> Result<Self, TrainError> {
        let model = Model::of_scores(frame, policy)?;
        let model_sha256 = digest(scores.iter());
        Ok(Self { model, model_json: Vec::new(), model_sha256, scores, repeats: RepeatedScores::default() })
    }

    /// The digests of the model and of the out-of-fold scores, a line each; another training must come to the same.
    #[must_use]
    pub fn digests(&self) -> String {
        if self.model.is_only_scores() {
            return format!("{}  scores", self.scores_sha256());
        }
        format!("{}  {}\n{}  out-of-fold scores", self.model_sha256, layout::MODEL, self.scores_sha256())
    }

    /// The digest of all scores that measurements rest on: the out-of-fold scores, then those of each repeat.
    #[must_use]
    pub fn scores_sha256(&self) -> String {
        digest(self.scores.iter().chain(self.repeats.whole.iter().flatten()))
    }

    /// The candidate that `store` keeps for this fingerprint; `None` when there is none, or it does not hold together.
    ///
    /// # Errors
    /// [`FileError`] when the stored candidate was edited.
    pub(crate) fn load(store: &Store, fingerprint: &str, rows: usize, seed: u64) -> Result<Option<Self>, FileError> {
        let Some(stored) = files::read_sealed::<StoredCandidate>(&path(store))? else { return Ok(None) };
        let is_whole = |scores: &ScoreText| scores.0.len() == rows;
        if stored.fingerprint != fingerprint || !is_whole(&stored.scores) || !stored.repeats.iter().all(is_whole) {
            return Ok(None);
        }
        let Ok(model_json) = files::read(&store.path(layout::MODEL)) else { return Ok(None) };
        let model_sha256 = sha256_hex(&model_json);
        match Model::from_json(&model_json) {
            Ok(model) if model_sha256 == stored.model_sha256 => {
                let repeats = stored.repeats.into_iter().map(|scores| scores.0).collect();
                let repeats = RepeatedScores::new(repeats, seed);
                Ok(Some(Self { model, model_json, model_sha256, scores: stored.scores.0, repeats }))
            }
            _ => Ok(None),
        }
    }

    /// The candidate of scores alone that `store` keeps for this fingerprint, as [`Candidate::load`] finds one.
    ///
    /// # Errors
    /// [`FileError`] when the stored candidate was edited.
    pub(crate) fn load_scores(
        store: &Store,
        fingerprint: &str,
        policy: &Policy,
        frame: &Frame,
    ) -> Result<Option<Self>, FileError> {
        let Some(stored) = files::read_sealed::<StoredCandidate>(&path(store))? else { return Ok(None) };
        if stored.fingerprint != fingerprint || stored.scores.0.len() != frame.labels.len() {
            return Ok(None);
        }
        let candidate = Self::of_scores(policy, frame, stored.scores.0).ok();
        Ok(candidate.filter(|candidate| candidate.model_sha256 == stored.model_sha256))
    }

    /// Keeps the candidate for other processes of the same run.
    ///
    /// # Errors
    /// [`FileError`] when it cannot be written.
    pub(crate) fn keep(&self, store: &Store, fingerprint: &str) -> Result<(), FileError> {
        if !self.model.is_only_scores() {
            files::write_atomically(&store.path(layout::MODEL), &self.model_json)?;
        }
        let stored = StoredCandidate {
            fingerprint: fingerprint.to_owned(),
            model_sha256: self.model_sha256.clone(),
            scores: ScoreText(self.scores.clone()),
            repeats: self.repeats.whole.iter().cloned().map(ScoreText).collect(),
        };
        files::write_sealed(&path(store), &stored)
    }
}

fn digest<'a>(scores: impl Iterator<Item = &'a Score>) -> String {
    let mut bytes = Vec::with_capacity(2 * scores.size_hint().0);
    scores.for_each(|score| bytes.extend(u16::from(*score).to_le_bytes()));
    sha256_hex(&bytes)
}

fn path(store: &Store) -> std::path::PathBuf {
    store.path("candidate.json")
}

/// Rows inside and outside of a fold.
fn split(fold_of: &[usize], fold: usize) -> (Vec<usize>, Vec<usize>) {
    (0..fold_of.len()).partition(|row| fold_of[*row] == fold)
}

fn pick<T: Copy>(all: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|row| all[*row]).collect()
}

/// The fold of each row: chosen by a seeded hash of its features among the folds that have fewest rows of its label.
///
/// Each label is spread evenly, and rows that belong together share a fold: equal rows, near twins and the rows of one
/// person, so that no row is judged by a model that saw its twin. Rows appended later do not move earlier ones, unless
/// they change which of the earlier ones belong together.
#[must_use]
pub fn assign_folds(frame: &Frame, folds: usize, seed: u64) -> Vec<usize> {
    let mut filled = vec![[0_usize; 2]; folds];
    let first_of = first_of_bound(frame);
    let mut fold_of = Vec::with_capacity(frame.labels.len());
    for (row, label) in frame.labels.iter().enumerate() {
        let label = usize::from(*label);
        let fold = fold_of.get(first_of[row]).copied().unwrap_or_else(|| {
            let fewest = filled.iter().map(|filled| filled[label]).min().unwrap_or(0);
            let open: Vec<usize> = (0..folds).filter(|fold| filled[*fold][label] == fewest).collect();
            // The last open fold needs no hash.
            if open.len() == 1 {
                open[0]
            } else {
                open[(row_hash(frame.matrix.row(row), seed) % open.len() as u64) as usize]
            }
        });
        filled[fold][label] += 1;
        fold_of.push(fold);
    }
    fold_of
}

/// First 8 bytes of SHA-256 over the seed and the row.
fn row_hash(row: &[f64], seed: u64) -> u64 {
    let words = std::iter::once(seed).chain(row.iter().map(|value| value.to_bits()));
    let bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
    let digest = sha256(&bytes);
    digest.iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(values: &[u8], labels: &[bool]) -> Frame {
        let mut matrix = Matrix::new(1);
        values.iter().for_each(|value| matrix.push(&[f64::from(*value)]));
        Frame { features: Vec::new(), matrix, labels: labels.to_vec(), attributes: Vec::new(), persons: Vec::new() }
    }

    proptest! {
        #[test]
        fn folds_are_even_do_not_move_and_keep_twins_together(
            rows in proptest::collection::vec((any::<u8>(), any::<bool>()), 1..200), appended in 0_usize..50, seed: u64
        ) {
            let (values, labels): (Vec<u8>, Vec<bool>) = rows.iter().copied().unzip();
            let folds = assign_folds(&frame(&values, &labels), 5, seed);
            let cut = rows.len().saturating_sub(appended);
            prop_assert_eq!(&assign_folds(&frame(&values[..cut], &labels[..cut]), 5, seed), &folds[..cut]);
            for (a, fold) in folds.iter().enumerate() {
                for b in 0..a {
                    prop_assert!(values[a] != values[b] || *fold == folds[b]);
                }
            }
        }

        #[test]
        fn rows_without_twins_spread_evenly_within_each_label(labels in proptest::collection::vec(any::<bool>(), 1..200), seed: u64) {
            let values: Vec<u8> = (0..labels.len()).map(|row| row as u8).collect();
            let folds = assign_folds(&frame(&values, &labels), 4, seed);
            for label in [false, true] {
                let count = |fold| (0..labels.len()).filter(|row| labels[*row] == label && folds[*row] == fold).count();
                let counts: Vec<usize> = (0..4).map(count).collect();
                prop_assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{counts:?}");
            }
        }
    }
}
