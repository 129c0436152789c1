//! The worth of the model's complexity: against rote, against its own memory, against one feature alone.

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::data::contract::Record;
use crate::families::contract::leakage;
use crate::measure::sample::Measured;
use crate::measure::spread::widened;
use crate::model::random_forest::Grow;
use crate::model::score::Score;
use crate::release::Judged;
use crate::statistics::auc::{self, Area, Tie};
use crate::statistics::estimate::Estimate;
use crate::statistics::paired_shares::paired_difference;

/// The model's accuracy minus that of always giving the more frequent answer, on out-of-fold scores. Above 0 is better
/// than rote. Interval by Wald, half a row added to each cell, and widened by the spread over the repeats of the
/// cross-validation. The parts are the two accuracies.
///
/// # Errors
/// Not measured without rows.
pub fn over_majority<R: Record>(judged: &Judged<R>) -> Measured {
    let lead = |scores: &[Score]| more_right(scores, judged.sample.threshold, &judged.frame.labels);
    over_repeats(judged, &lead(&judged.candidate.scores)?, |scores| Ok(lead(scores)?.value()))
}

/// A statistic of the scores that rows are judged by, its interval widened by how far its value moves over the repeats.
fn over_repeats<R>(
    judged: &Judged<R>,
    measured: &Measurement,
    value: impl Fn(&[Score]) -> Result<f64, NotMeasured>,
) -> Measured {
    widened(measured, judged.candidate.repeats.try_map(|scores| value(scores)), (-1.0, 1.0))
}

fn more_right(scores: &[Score], threshold: Score, labels: &[bool]) -> Measured {
    let positives = labels.iter().filter(|label| **label).count();
    let majority = 2 * positives >= labels.len();
    let mut model_alone = 0_u64;
    let mut rote_alone = 0_u64;
    let mut model_right = 0_u64;
    for (score, label) in scores.iter().zip(labels) {
        let model = (*score >= threshold) == *label;
        let rote = majority == *label;
        model_alone += u64::from(model && !rote);
        rote_alone += u64::from(rote && !model);
        model_right += u64::from(model);
    }
    let n = labels.len() as u64;
    let share = |rows: u64| rows as f64 / n as f64;
    let lead = paired_difference(model_alone, rote_alone, n);
    let part = |name: &str, rows| Part { name: name.to_owned(), value: share(rows), n };
    let parts =
        vec![part("the model", model_right), part("the more frequent answer", model_right + rote_alone - model_alone)];
    Ok(Measurement::with_interval(lead.value, lead.interval(), Unit::Probability, n)?.with_parts(parts))
}

/// The area under the ROC curve on the rows that the model was fitted on, minus that on rows it did not see. A
/// model that learned rows by heart does worse on new ones. Interval by DeLong for paired areas. The parts are the two
/// areas.
///
/// # Errors
/// Not measured when a label has fewer than two rows, and of a model from a file, whose own rows are not there.
pub fn overfit_gap<R: Record>(judged: &Judged<R>) -> Measured {
    if judged.decider.policy().model.is_some() {
        let problem =
            "the model comes from a file, and the rows that it was fitted on are not there: leave this gate out";
        return Err(NotMeasured(problem.to_owned()));
    }
    let seen = judged.candidate.model.score_all(&judged.frame.matrix);
    let seen: Option<Vec<f64>> = seen.into_iter().map(|score| score.map(Score::share)).collect();
    let seen = seen.ok_or_else(|| NotMeasured("a score is not a number".to_owned()))?;
    let labels = &judged.frame.labels;
    let unseen = shares(&judged.candidate.scores);
    let measured = areas(("rows it was fitted on", &seen), ("rows it did not see", &unseen), labels)?;
    let of_seen = measured.parts()[0].value;
    over_repeats(judged, &measured, |scores| Ok(of_seen - area(scores, labels)?))
}

/// The model's area under the ROC curve minus the best that one feature alone reaches, both on rows not seen. Interval
/// by DeLong for paired areas; that the best feature was picked from all works against the model. The parts are the
/// two areas.
///
/// # Errors
/// Not measured when a label has fewer than two rows.
pub fn over_single_feature<R: Record>(judged: &Judged<R>, grow: Grow) -> Measured {
    let alone = leakage::alone(judged, grow)?;
    let (feature, best) = &alone.features[0];
    let labels = &judged.frame.labels;
    let of_model = shares(&judged.candidate.scores);
    let measured = areas(("the model", &of_model), (feature, &alone.best_scores), labels)?;
    over_repeats(judged, &measured, |scores| Ok(area(scores, labels)? - best.value))
}

/// The area under the ROC curve of scores, from counts of them: in the time of one look at each row.
fn area(scores: &[Score], labels: &[bool]) -> Result<f64, NotMeasured> {
    let mut ties = vec![Tie::default(); Score::STEPS];
    for (score, label) in scores.iter().zip(labels) {
        let tie = &mut ties[score.index()];
        *(if *label { &mut tie.positives } else { &mut tie.negatives }) += 1;
    }
    Ok(Area::from_ties(ties.into_iter()).ok_or_else(undefined)?.value)
}

fn undefined() -> NotMeasured {
    NotMeasured("a label has fewer than two rows, so there is no area to compare".to_owned())
}

fn shares(scores: &[Score]) -> Vec<f64> {
    scores.iter().map(|score| score.share()).collect()
}

fn areas(first: (&str, &[f64]), second: (&str, &[f64]), labels: &[bool]) -> Measured {
    let n = labels.len() as u64;
    let part = |(name, scores): (&str, &[f64])| {
        let area = auc::auc(scores, labels).ok_or_else(undefined)?;
        Ok(Part { name: name.to_owned(), value: area.value, n })
    };
    let parts = vec![part(first)?, part(second)?];
    let Estimate { value, low, high } = auc::auc_difference(first.1, second.1, labels).ok_or_else(undefined)?;
    Ok(Measurement::with_interval(value, (low, high), Unit::Score, n)?.with_parts(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(shares: &[f64]) -> Vec<Score> {
        shares.iter().map(|share| Score::nearest(*share).unwrap()).collect()
    }

    #[test]
    fn the_lead_over_rote_by_hand() {
        // Rote says yes: right on the first four. The model is right on all but the fourth.
        let labels = [true, true, true, true, false, false];
        let measured = more_right(&scores(&[0.9, 0.8, 0.5, 0.2, 0.1, 0.4]), Score::middle(), &labels).unwrap();
        assert!((measured.value() - 1.0 / 6.0).abs() < 1e-12);
        assert!((measured.parts()[0].value - 5.0 / 6.0).abs() < 1e-12);
        assert!((measured.parts()[1].value - 4.0 / 6.0).abs() < 1e-12);
        assert_eq!(measured.interval(), paired_difference(2, 1, 6).interval());
    }

    #[test]
    fn a_model_that_is_rote_leads_by_nothing_and_no_rows_are_not_measured() {
        let measured = more_right(&scores(&[0.9; 4]), Score::middle(), &[true, true, true, false]).unwrap();
        assert!(measured.value().abs() < 1e-12 && measured.interval().0 < 0.0);
        assert!(more_right(&[], Score::middle(), &[]).is_err());
        assert!(areas(("a", &[0.1, 0.2]), ("b", &[0.1, 0.2]), &[true, true]).is_err());
    }
}
