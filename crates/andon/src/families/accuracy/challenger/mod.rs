//! Champion and challenger: is the candidate at least as good as the model that was last released?
//!
//! Both are judged on the same rows, each by scores of models that had not seen the row. The champion's are the
//! out-of-fold scores that it was released with, kept in `released/scores.csv`: scoring the rows with the released
//! model itself would flatter it, because it was fitted on them. A row is common to both when its id and its label are
//! the same; a row whose label was corrected since is another question, and one that came later was never put to the
//! champion.
//!
//! The measurement is the lead of the candidate, above 0 in its favour, with the interval of a paired bootstrap
//! (Efron and Tibshirani 1993, chapter 8): rows are drawn with both their scores, so that what is hard for both models
//! cancels out. The interval is widened by the spread of the comparison over the repeats of the cross-validation (see
//! `measure/spread.rs`), once for each of the two models. The bar gives direction and margin (Piaggio et al. 2012, the
//! CONSORT statement on non-inferiority):
//!
//! | bar | asks |
//! |---|---|
//! | `min = -0.01` | not worse than the champion by more than 0.01 |
//! | `min = 0.0` | not worse at all |
//! | `min = 0.01` | better by at least 0.01 |
//!
//! A first release has no champion. Such a gate is then undecided and never green: the policy asks it from the second
//! release on.

use std::collections::BTreeMap;

use andon_evidence::decision::Outcome;
use andon_evidence::files::sha256_hex;
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::layout::{self, SCORES};
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::policy::{GateId, Policy};
use serde::{Deserialize, Serialize};

use crate::data::cells::{self, Cell};
use crate::data::contract::Record;
use crate::families::accuracy::ranking::area_under_curve;
use crate::measure::sample::Measured;
use crate::measure::spread::Spread;
use crate::measure::table::LabelledScore;
use crate::model::Model;
use crate::model::score::Score;
use crate::release::Judged;
use crate::statistics::bootstrap::percentile;

/// The measure by which the two models are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Share of right answers, each model at the threshold it answers by.
    Accuracy,
    /// Area under the ROC curve.
    Auc,
    /// Mean squared distance of score and label (Brier 1950); less is better.
    Brier,
}

/// One line of `scores.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    id: String,
    label: bool,
    score: Score,
}

/// A row that both models were judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PairedScores {
    candidate: Score,
    label: bool,
    champion: Score,
}

/// `scores.csv`: id, label and out-of-fold score of every row, in the order of the data.
///
/// # Errors
/// [`NotMeasured`] when a row is not a flat record.
pub(crate) fn scores_csv<R: Record>(policy: &Policy, judged: &Judged<R>) -> Result<Vec<u8>, NotMeasured> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines(policy, judged, &judged.candidate.scores)? {
        writer.serialize(line).map_err(|error| NotMeasured(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| NotMeasured(error.to_string()))
}

/// The metric that a gate's id asks for: `accuracy.challenger.auc`.
pub(crate) fn metric(id: &GateId) -> Option<Metric> {
    match (id.family(), id.question()) {
        ("accuracy", ("challenger", Some("accuracy"))) => Some(Metric::Accuracy),
        ("accuracy", ("challenger", Some("auc"))) => Some(Metric::Auc),
        ("accuracy", ("challenger", Some("brier"))) => Some(Metric::Brier),
        _ => None,
    }
}

/// The lead of the candidate over the champion on the rows that both were judged by.
///
/// # Errors
/// [`NotMeasured`] when nothing was released yet, when fewer rows are common than the policy judges a group by, or when
/// ids do not name rows.
pub(crate) fn improvement<R: Record>(
    policy: &Policy,
    judged: &Judged<R>,
    released: Option<&PreviousRelease>,
    by: Metric,
) -> Measured {
    let nothing = "nothing was released yet, so there is no champion: require this gate from the second release on";
    let released = released.ok_or_else(|| NotMeasured(nothing.to_owned()))?;
    let file = |name: &str| released.files.get(name).map(Vec::as_slice).unwrap_or_default();
    let champion = threshold_of(released)?;
    let theirs = read(file(SCORES))?;
    let pairs = common(&lines(policy, judged, &judged.candidate.scores)?, &theirs)?;
    let least = policy.evaluation.minimum_group_rows;
    if (pairs.len() as u64) < least {
        let title = released.title();
        return Err(NotMeasured(format!(
            "{} rows are common with {title}, the policy judges from {least} on",
            pairs.len()
        )));
    }
    let thresholds = (judged.sample.threshold, champion);
    let measured = compared(&pairs, thresholds, by, (judged.sample.draws, judged.sample.seed))?;
    let repeat = |scores: &[Score]| {
        let pairs = common(&lines(policy, judged, scores)?, &theirs)?;
        Ok(compared(&pairs, thresholds, by, (0, judged.sample.seed))?.value())
    };
    let values = judged.candidate.repeats.try_map(repeat)?;
    // The champion's training was as lucky or not, and there are no repeats of it.
    let spread = Spread::of(&values).map(Spread::doubled);
    spread.map_or_else(|| Ok(measured.clone()), |spread| spread.widen(&measured, (-1.0, 1.0)))
}

/// The threshold that the champion answered by: its model holds it, or the policy of scores alone.
fn threshold_of(released: &PreviousRelease) -> Result<Score, NotMeasured> {
    let failed = |error: &dyn std::fmt::Display| NotMeasured(error.to_string());
    if released.manifest.decision.outcome == Outcome::GoForScores {
        let policy = released.policy().map_err(|error| failed(&error))?;
        return Score::nearest(policy.answer.threshold).ok_or_else(|| failed(&"the champion has no threshold"));
    }
    let json = released.files.get(layout::MODEL).map(Vec::as_slice).unwrap_or_default();
    Model::from_json(json).map(|model| model.threshold()).map_err(|error| failed(&error))
}

fn lines<R: Record>(policy: &Policy, judged: &Judged<R>, scores: &[Score]) -> Result<Vec<Line>, NotMeasured> {
    let mut names = RowNames { id: policy.data.id.as_deref(), seen: BTreeMap::new() };
    let rows = judged.dataset.rows.iter().zip(&judged.frame.labels).zip(scores);
    rows.map(|((row, label), score)| {
        let cells = cells::read(row).map_err(|error| NotMeasured(error.to_string()))?;
        Ok(Line { id: names.name(&cells), label: *label, score: *score })
    })
    .collect()
}

/// The names of rows. A row without an id is named by the digest of its values, and its equals are counted: rows that
/// are added to a file or move in it keep their names, and equal rows have equal scores.
struct RowNames<'a> {
    id: Option<&'a str>,
    seen: BTreeMap<String, usize>,
}

impl RowNames<'_> {
    fn name(&mut self, cells: &[(&'static str, Cell)]) -> String {
        if let Some(id) = self.id {
            let cell = cells.iter().find(|(name, _)| *name == id).map(|(_, cell)| cell.to_string());
            return cell.unwrap_or_default();
        }
        let values: String = cells.iter().map(|(name, cell)| format!("{name}={cell}\n")).collect();
        let digest = sha256_hex(values.as_bytes());
        let seen = self.seen.entry(digest.clone()).or_default();
        *seen += 1;
        format!("{}-{seen}", &digest[..32])
    }
}

fn read(scores: &[u8]) -> Result<Vec<Line>, NotMeasured> {
    let lines: Result<Vec<Line>, csv::Error> = csv::Reader::from_reader(scores).deserialize().collect();
    lines.map_err(|error| NotMeasured(format!("{SCORES} cannot be read: {error}")))
}

/// The rows with the same id and the same label on both sides.
fn common(candidate: &[Line], champion: &[Line]) -> Result<Vec<PairedScores>, NotMeasured> {
    let ours = by_id(candidate)?;
    let theirs = by_id(champion)?;
    let pair = |(id, line): (&&str, &&Line)| {
        let other = theirs.get(*id).filter(|other| other.label == line.label)?;
        Some(PairedScores { candidate: line.score, label: line.label, champion: other.score })
    };
    Ok(ours.iter().filter_map(pair).collect())
}

fn by_id(lines: &[Line]) -> Result<BTreeMap<&str, &Line>, NotMeasured> {
    let mut named = BTreeMap::new();
    for line in lines {
        if named.insert(line.id.as_str(), line).is_some() {
            return Err(NotMeasured(format!("the id `{}` names two rows: rows cannot be paired", line.id)));
        }
    }
    Ok(named)
}

/// Value of both models and the difference with its interval, or the point alone without draws; thresholds and pairs as
/// (candidate, champion).
fn compared(pairs: &[PairedScores], thresholds: (Score, Score), by: Metric, (draws, seed): (usize, u64)) -> Measured {
    let (rows, counts) = counted(pairs);
    let sides = (
        ModelScores::new(&rows, |pair| pair.candidate, thresholds.0),
        ModelScores::new(&rows, |pair| pair.champion, thresholds.1),
    );
    let undefined = || NotMeasured("the comparison is undefined: one label is absent".to_owned());
    let (ours, theirs) = sides.0.value(by, &counts).zip(sides.1.value(by, &counts)).ok_or_else(undefined)?;
    let better = |ours: f64, theirs: f64| if by == Metric::Brier { theirs - ours } else { ours - theirs };
    let n = pairs.len() as u64;
    let part = |name: &str, value| Part { name: name.to_owned(), value, n };
    let parts = vec![part("candidate", ours), part("champion", theirs)];
    let measured = if sides.0.is_same(&sides.1, by) {
        Measurement::exact(0.0, Unit::Score, n)
    } else if draws == 0 {
        Measurement::exact(better(ours, theirs), Unit::Score, n)
    } else {
        let statistic = |counts: &[u64]| Some(better(sides.0.value(by, counts)?, sides.1.value(by, counts)?));
        Measurement::with_interval(better(ours, theirs), percentile(&counts, draws, seed, statistic)?, Unit::Score, n)
    };
    Ok(measured?.with_parts(parts))
}

/// The pairs that occur, in order, and how often each does.
fn counted(pairs: &[PairedScores]) -> (Vec<PairedScores>, Vec<u64>) {
    let mut counts: BTreeMap<PairedScores, u64> = BTreeMap::new();
    pairs.iter().for_each(|pair| *counts.entry(*pair).or_default() += 1);
    counts.into_iter().unzip()
}

/// One model's half of the pairs.
struct ModelScores {
    /// Score and label of every pair, by score.
    entries: Vec<LabelledScore>,
    /// The pair of every entry, as a place among the counts.
    pair_of: Vec<usize>,
    threshold: usize,
}

impl ModelScores {
    fn new(pairs: &[PairedScores], score: impl Fn(&PairedScores) -> Score, threshold: Score) -> Self {
        let mut pair_of: Vec<usize> = (0..pairs.len()).collect();
        pair_of.sort_by_key(|pair| score(&pairs[*pair]));
        let entry = |pair: &usize| LabelledScore { score: score(&pairs[*pair]).index(), label: pairs[*pair].label };
        Self { entries: pair_of.iter().map(entry).collect(), pair_of, threshold: threshold.index() }
    }

    fn value(&self, by: Metric, counts: &[u64]) -> Option<f64> {
        if by == Metric::Auc {
            let ordered: Vec<u64> = self.pair_of.iter().map(|pair| counts[*pair]).collect();
            return area_under_curve(&self.entries, &ordered);
        }
        let entries = self.entries.iter().zip(&self.pair_of);
        let sum: u64 = entries.map(|(entry, pair)| self.of_row(*entry, by) * counts[*pair]).sum();
        let rows = counts.iter().sum::<u64>();
        let scale = if by == Metric::Brier { Score::STEPS.pow(2) } else { 1 };
        (rows > 0).then(|| sum as f64 / (rows as f64 * scale as f64))
    }

    /// The contribution of one row: 1 for a right answer, or its squared distance in ten-thousandths.
    fn of_row(&self, entry: LabelledScore, by: Metric) -> u64 {
        let truth = if entry.label { Score::STEPS } else { 0 };
        match by {
            Metric::Brier => entry.score.abs_diff(truth).pow(2) as u64,
            Metric::Accuracy | Metric::Auc => u64::from((entry.score >= self.threshold) == entry.label),
        }
    }

    /// True if no row tells the two models apart, so that there is nothing to estimate.
    fn is_same(&self, other: &Self, by: Metric) -> bool {
        let rows = |side: &Self| {
            let values = match by {
                Metric::Auc => side.blocks(),
                Metric::Accuracy | Metric::Brier => side.entries.iter().map(|entry| side.of_row(*entry, by)).collect(),
            };
            let mut rows: Vec<(usize, u64)> = side.pair_of.iter().copied().zip(values).collect();
            rows.sort_unstable();
            rows
        };
        rows(self) == rows(other)
    }

    /// The part of each entry that the area under the curve sees: its place in the order, in which scores that follow
    /// each other and carry one and the same label count as one place. Equal places mean equal areas in every resample.
    fn blocks(&self) -> Vec<u64> {
        let mut places = Vec::with_capacity(self.entries.len());
        let mut place = 0;
        let mut before = None;
        for tied in self.entries.chunk_by(|a, b| a.score == b.score) {
            let label = tied.iter().all(|entry| entry.label == tied[0].label).then_some(tied[0].label);
            place += u64::from(before.is_some_and(|before| before != label || label.is_none()));
            before = Some(label);
            places.extend(tied.iter().map(|_| place));
        }
        places
    }
}

#[cfg(test)]
mod tests;
