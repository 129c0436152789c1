//! The order in which the candidate puts rows.

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::measure::resampled::{IntervalMethod, TableStatistic};
use crate::measure::sample::{Measured, Sample};
use crate::measure::table::LabelledScore;
use crate::model::score::Score;
use crate::statistics::auc::{Area, Tie};

/// The rows of each score; `entries` must be ordered by score.
fn ties<'a>(entries: &'a [LabelledScore], counts: &'a [u64]) -> impl Iterator<Item = Tie> + Clone + 'a {
    let mut at = 0;
    std::iter::from_fn(move || {
        let score = entries.get(at)?.score;
        let mut tie = Tie::default();
        while entries.get(at).is_some_and(|entry| entry.score == score) {
            *(if entries[at].label { &mut tie.positives } else { &mut tie.negatives }) += counts[at];
            at += 1;
        }
        Some(tie)
    })
}

/// Most points of a drawn curve.
const MAX_CURVE_POINTS: usize = 200;

/// The points of a curve from its start to its end.
type CurvePoints = Vec<(f64, f64)>;

/// The ROC curve, from (0, 0) to (1, 1), and the precision-recall curve, recall first; both by falling threshold, and
/// at most 200 points of each. Empty when one label is absent.
pub(crate) fn curves(sample: &Sample) -> (CurvePoints, CurvePoints) {
    let (entries, counts) = sample.tally.entries();
    let ties: Vec<Tie> = ties(&entries, &counts).collect();
    let Tie { negatives, positives } = ties.iter().copied().sum();
    if negatives == 0 || positives == 0 {
        return (Vec::new(), Vec::new());
    }
    let mut roc = vec![(0.0, 0.0)];
    let mut precision_recall = Vec::new();
    let mut wrong = 0;
    let mut right = 0;
    let every = ties.len().div_ceil(MAX_CURVE_POINTS - 1);
    for (place, tie) in ties.iter().enumerate().rev() {
        (wrong, right) = (wrong + tie.negatives, right + tie.positives);
        if place % every == 0 {
            let recall = right as f64 / positives as f64;
            roc.push((wrong as f64 / negatives as f64, recall));
            precision_recall.push((recall, right as f64 / (right + wrong) as f64));
        }
    }
    (roc, precision_recall)
}

/// Area under the ROC curve: the probability that a positive row scores above a negative one, ties counting half
/// (Mann and Whitney 1947; Hanley and McNeil 1982).
///
/// The interval holds every area that a score test does not reject, computed in one pass over the tally. Its variance
/// is the greater of two: DeLong's (DeLong, DeLong and Clarke-Pearson 1988), which is the data's own and is too small
/// where one label is rare or the area near 1, and Newcombe's (2006, part 2, method 5), which follows from the area and
/// also has a width where the scores separate the labels.
///
/// The parts are the scores whose rows do most harm: rows of label 0, with the share of label 1 below them, and rows of
/// label 1, with the share of label 0 above them.
///
/// # Errors
/// Not measured when one label is absent.
pub fn auc(sample: &Sample) -> Measured {
    let (entries, counts) = sample.tally.entries();
    let undefined = || NotMeasured("the area under the ROC curve is undefined: one label is absent".to_owned());
    let area = Area::from_ties(ties(&entries, &counts)).ok_or_else(undefined)?;
    let measured = Measurement::with_interval(area.value, area.score_interval(), Unit::Score, counts.iter().sum())?;
    Ok(measured.with_parts(misplaced(&entries, &counts)))
}

/// Most scores of each label that an area names.
const MAX_NAMED_SCORES: usize = 2;

/// The scores at which most pairs of a label 0 and a label 1 stand in the wrong order; `entries` must be ordered by
/// score.
fn misplaced(entries: &[LabelledScore], counts: &[u64]) -> Vec<Part> {
    let Tie { negatives, positives } = ties(entries, counts).sum();
    let mut passed = Tie::default();
    let mut of_label = [Vec::new(), Vec::new()];
    for (entry, n) in entries.iter().zip(counts) {
        let (wrong, of) =
            if entry.label { (negatives - passed.negatives, negatives) } else { (passed.positives, positives) };
        of_label[usize::from(entry.label)].push((wrong * n, entry.score, wrong as f64 / of.max(1) as f64, *n));
        *(if entry.label { &mut passed.positives } else { &mut passed.negatives }) += n;
    }
    let part = |(label, place): (usize, &str), (_, score, value, n)| {
        let score = score as f64 / Score::STEPS as f64;
        Part { name: format!("label {label} scored {score:.4}, {place} a share of the other label"), value, n }
    };
    let mut parts = Vec::new();
    for (at, mut scores) in [(0, "above"), (1, "below")].into_iter().zip(of_label) {
        scores.sort_by_key(|(pairs, ..)| std::cmp::Reverse(*pairs));
        parts.extend(
            scores.into_iter().filter(|(pairs, ..)| *pairs > 0).take(MAX_NAMED_SCORES).map(|score| part(at, score)),
        );
    }
    parts
}

/// The area alone; `entries` must be ordered by score.
pub(crate) fn area_under_curve(entries: &[LabelledScore], counts: &[u64]) -> Option<f64> {
    Area::from_ties(ties(entries, counts)).map(|area| area.value)
}

/// Gini coefficient of the scores, or accuracy ratio: 2 AUC - 1, -1 to 1, 0 is chance (Engelmann, Hayden and Tasche
/// 2003). Interval and parts are those of the area.
///
/// # Errors
/// As [`auc`].
pub(crate) fn gini(sample: &Sample) -> Measured {
    let area = auc(sample)?;
    let of = |area: f64| 2.0 * area - 1.0;
    let (low, high) = area.interval();
    let parts = area.parts().to_vec();
    Ok(Measurement::with_interval(of(area.value()), (of(low), of(high)), Unit::Score, area.n())?.with_parts(parts))
}

/// Area under the precision-recall curve as average precision: precision at each score from the highest down, weighted
/// by the recall gained there, without interpolation (Manning, Raghavan and Schuetze 2008, section 8.4); chance is the
/// base rate. Interval by bootstrap.
///
/// # Errors
/// Not measured when one label is absent.
pub(crate) fn average_precision(sample: &Sample) -> Measured {
    TableStatistic {
        name: "average precision",
        unit: Unit::Score,
        method: IntervalMethod::Percentile,
        compute: average_precision_of,
    }
    .measure(sample)
}

fn average_precision_of(entries: &[LabelledScore], counts: &[u64]) -> Option<f64> {
    let all = ties(entries, counts).sum::<Tie>();
    let mut positives = all.positives;
    let mut rows = all.positives + all.negatives;
    if all.positives == 0 || all.negatives == 0 {
        return None;
    }
    // From the lowest score up, what is left is what a threshold at this score selects.
    let mut area = 0.0;
    for tie in ties(entries, counts).filter(|tie| tie.positives + tie.negatives > 0) {
        area += tie.positives as f64 * (positives as f64 / rows as f64);
        positives -= tie.positives;
        rows -= tie.positives + tie.negatives;
    }
    Some(area / all.positives as f64)
}

/// Kolmogorov-Smirnov distance: the greatest gap between the shares of positive and of negative rows at or below a
/// score (Kolmogorov 1933; Hand 2009 for its use on scorecards), 0 to 1. Interval by bootstrap, less the bias that a
/// greatest gap has: the point is what is customarily stated, and overstates the gap of the population.
///
/// # Errors
/// Not measured when one label is absent.
pub(crate) fn ks(sample: &Sample) -> Measured {
    TableStatistic {
        name: "the Kolmogorov-Smirnov distance",
        unit: Unit::Share,
        method: IntervalMethod::WithoutBias,
        compute: ks_of,
    }
    .measure(sample)
}

fn ks_of(entries: &[LabelledScore], counts: &[u64]) -> Option<f64> {
    let Tie { negatives, positives } = ties(entries, counts).sum();
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut gap = 0.0_f64;
    let mut below = (0_u64, 0_u64);
    for tie in ties(entries, counts) {
        below = (below.0 + tie.positives, below.1 + tie.negatives);
        gap = gap.max((below.0 as f64 / positives as f64 - below.1 as f64 / negatives as f64).abs());
    }
    Some(gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(rows: &[(usize, bool)]) -> Vec<LabelledScore> {
        rows.iter().map(|(score, label)| LabelledScore { score: *score, label: *label }).collect()
    }

    #[test]
    fn a_red_gate_says_which_scores_are_out_of_order() {
        // One of two denials is above both approvals at 0.5; the approvals are below half of the denials.
        let entries = entries(&[(2_000, false), (5_000, false), (5_000, true), (9_000, false)]);
        let parts = misplaced(&entries, &[1, 0, 2, 1]);
        let parts: Vec<(&str, f64, u64)> = parts.iter().map(|part| (part.name.as_str(), part.value, part.n)).collect();
        let denied = ("label 0 scored 0.9000, above a share of the other label", 1.0, 1);
        assert_eq!(parts, [denied, ("label 1 scored 0.5000, below a share of the other label", 0.5, 2)]);
    }

    #[test]
    fn auc_by_hand_with_a_tie() {
        // Negatives at 0.2 and 0.5, positives at 0.5 and 0.9: of 4 pairs 3 are won and 1 is tied.
        let entries = entries(&[(2_000, false), (5_000, false), (5_000, true), (9_000, true)]);
        assert_eq!(area_under_curve(&entries, &[1, 1, 1, 1]), Some(0.875));
        // The tie doubled on both sides: negatives 1+2, positives 2+1: (3 + 3 + 3 - 2*2/2) of 9.
        assert_eq!(area_under_curve(&entries, &[1, 2, 2, 1]), Some(7.0 / 9.0));
        assert_eq!(area_under_curve(&entries, &[0, 0, 1, 1]), None);
    }

    #[test]
    fn gini_is_the_area_stretched_from_chance_to_perfect() {
        let policy = include_str!("../../../examples/shipped/release.toml");
        let policy = andon_evidence::policy::Policy::parse(policy, std::path::Path::new("release.toml")).unwrap();
        let attributes = Vec::new();
        let labels: Vec<bool> = (0..100).map(|row| row % 3 > 0).collect();
        let scores: Vec<Score> =
            (0..100).map(|row| Score::nearest(f64::from(row * 37 % 100) / 101.0).unwrap()).collect();
        let frame = crate::data::frame::Frame {
            features: Vec::new(),
            matrix: crate::data::matrix::Matrix::new(1),
            labels,
            attributes,
            persons: Vec::new(),
        };
        let sample = Sample::new(&policy, crate::measure::tally::Tally::count(&frame, &scores), Score::middle());
        let area = auc(&sample).unwrap();
        let gini = gini(&sample).unwrap();
        assert!((gini.value() - (2.0 * area.value() - 1.0)).abs() < 1e-12);
        assert!((gini.interval().1 - (2.0 * area.interval().1 - 1.0)).abs() < 1e-12);
        assert_eq!(gini.n(), 100);
    }

    #[test]
    fn average_precision_and_ks_by_hand() {
        // From the top: positive (1/1), tie of both (2/3), negative: 0.5 * 1 + 0.5 * 2/3.
        let entries = entries(&[(2_000, false), (5_000, false), (5_000, true), (9_000, true)]);
        assert!((average_precision_of(&entries, &[1, 1, 1, 1]).unwrap() - 5.0 / 6.0).abs() < 1e-15);
        // At or below 0.2: none of the positives, half of the negatives; at 0.5: half and all.
        assert_eq!(ks_of(&entries, &[1, 1, 1, 1]), Some(0.5));
        assert_eq!((average_precision_of(&entries, &[1, 1, 0, 0]), ks_of(&entries, &[0, 0, 1, 1])), (None, None));
    }
}
