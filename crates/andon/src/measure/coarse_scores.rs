//! Coarser scores for the repeats of a cross-validation on large data: they tell how far a statistic moves from one
//! training to the next, which 0.002 of a score does not change. So the tallies of all repeats and of their 40
//! mixtures take little room.

use std::borrow::Cow;

use crate::model::score::Score;

/// Rows from which the scores of repeats are coarser.
const MIN_ROWS: usize = 50_000;

/// Ten-thousandths that a coarse score spans.
const SPAN: usize = 20;

/// The scores, each in the middle of its span if there are many. Spans begin at the threshold and run away from it, so
/// that no answer changes; the lowest and the highest score stay.
pub(crate) fn coarse_scores(scores: &[Score], threshold: Score) -> Cow<'_, [Score]> {
    if scores.len() < MIN_ROWS {
        return Cow::Borrowed(scores);
    }
    let middles: Vec<Score> = (0..Score::STEPS).map(|score| middle(score, threshold.index())).collect();
    scores.iter().map(|score| middles[score.index()]).collect()
}

fn middle(score: usize, threshold: usize) -> Score {
    let [lowest, highest] = [Score::lowest(), Score::highest()].map(Score::index);
    let middle = match score {
        score if score <= lowest || score == highest => score,
        score if score >= threshold => threshold + (score - threshold) / SPAN * SPAN + SPAN / 2,
        // The nearest score below the threshold is the first of its span.
        score => (threshold - 1).saturating_sub((threshold - 1 - score) / SPAN * SPAN + SPAN / 2),
    };
    Score::nearest(middle.clamp(lowest, highest) as f64 / Score::STEPS as f64).unwrap_or_else(Score::middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_and_no_order_changes_and_few_rows_stay_as_they_are() {
        for threshold in [1, 7, 5_000, 5_013, 9_999] {
            let coarse: Vec<usize> = (0..Score::STEPS).map(|score| middle(score, threshold).index()).collect();
            assert!((1..Score::STEPS).all(|score| (coarse[score] >= threshold) == (score >= threshold)), "{threshold}");
            assert!(coarse.is_sorted() && (1..Score::STEPS).all(|score| coarse[score].abs_diff(score) <= SPAN));
            assert_eq!((coarse[1], coarse[Score::STEPS - 1]), (1, Score::STEPS - 1));
        }
        let few = vec![Score::highest(); 3];
        assert!(matches!(coarse_scores(&few, Score::middle()), Cow::Borrowed(_)));
        assert_eq!(coarse_scores(&vec![Score::highest(); MIN_ROWS], Score::middle())[7], Score::highest());
    }
}
