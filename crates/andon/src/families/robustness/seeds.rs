//! Answers that another seed would have turned, though no applicant and no figure is another one.
//!
//! Many models fit the same data about equally well and disagree about some people: predictive multiplicity (Marx,
//! Calmon and Ustun 2020), or churn from one training to the next (Milani Fard et al. 2016). The repeats of the
//! cross-validation are such models. Their folds come from another seed as their trees do.
//!
//! A share above one half has a meaning that no policy need choose: of the people who get that answer, most would get
//! the other one from most trainings, so the answer says more about the seed than about them.
//!
//! The gate does not ask if the shipped seed was picked as the best of many. With ten repeats the best of eleven is so
//! by chance in one case of eleven, which no level of significance can tell from a pick. The ledger counts the
//! candidates instead. The last part says where the judged training stands among the others, for a person to read.

use andon_evidence::judge::normal::Z_95;
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::families::accuracy::ranking::auc;
use crate::measure::sample::{Measured, Sample};
use crate::measure::spread::widened;
use crate::model::repeats::{Repeated, RepeatedScores};
use crate::model::score::Score;
use crate::release::Judged;
use crate::statistics::share::wilson_at;

/// Share of the answers of one kind that a [repeat](crate::model::repeats) of the cross-validation turns, on average
/// over the repeats; of the two kinds of answer the one with the greater share. Few are of the rarer kind, so a share
/// of all rows would hide how many of them are luck.
///
/// The interval is Wilson's, which holds for a mean of shares too because no share between 0 and 1 varies more than a
/// yes or no. It is widened as every interval is, by how far the statistic moves if another training is the judged one
/// and the rest turn its answers.
///
/// The parts are the shares of both kinds, that of all rows, the share of rows that at least one repeat answers
/// otherwise (ambiguity), the row that most repeats turn, and the share of the repeats that rank the rows worse than
/// the judged training does.
///
/// # Errors
/// Not measured without two repeats, or if every row is answered alike.
pub fn seeds<R>(judged: &Judged<R>) -> Measured {
    let measured = turned(&judged.candidate.scores, &judged.candidate.repeats, judged.sample.threshold)?;
    let mut parts = measured.parts().to_vec();
    parts.push(standing(&judged.sample)?);
    Ok(measured.with_parts(parts))
}

/// The share of the repeats with a smaller area under the curve than the first, whose trees are the judged ones.
fn standing(sample: &Sample) -> Result<Part, NotMeasured> {
    let areas = sample.repeats.whole.iter().map(|repeat| auc(repeat).map(|area| area.value()));
    let areas = areas.collect::<Result<Vec<f64>, _>>()?;
    let (judged, others) = areas.split_first().ok_or_else(too_few)?;
    let below = others.iter().filter(|area| *area < judged).count() as f64;
    let name = "of the repeats, a smaller area under the curve".to_owned();
    Ok(Part { name, value: below / others.len().max(1) as f64, n: others.len() as u64 })
}

fn too_few() -> NotMeasured {
    NotMeasured("the candidate has fewer than two repeats: set `evaluation.repeats`".to_owned())
}

/// The rows of one kind of answer, and the share of them that another training turns, on average over the others.
#[derive(Clone, Copy)]
struct Turned {
    rows: u64,
    share: f64,
}

impl Turned {
    /// `others` has at least one training.
    fn count(scores: &[Score], others: &[&Vec<Score>], threshold: Score, is_of_kind: impl Fn(Score) -> bool) -> Self {
        let rows: Vec<usize> = (0..scores.len()).filter(|row| is_of_kind(scores[*row])).collect();
        let is_turned = |row: usize, other: &[Score]| (scores[row] >= threshold) != (other[row] >= threshold);
        let turned = |other: &&Vec<Score>| rows.iter().filter(|row| is_turned(**row, other)).count();
        let all: usize = others.iter().map(turned).sum();
        let share = all as f64 / (rows.len() * others.len()).max(1) as f64;
        Self { rows: rows.len() as u64, share }
    }

    fn part(self, name: &str) -> Part {
        Part { name: name.to_owned(), value: self.share, n: self.rows }
    }
}

/// The negative and the positive answers of one training, and how many of them the others turn.
struct Kinds {
    negative: Turned,
    positive: Turned,
}

impl Kinds {
    fn of(scores: &[Score], others: &[&Vec<Score>], threshold: Score) -> Self {
        let count = |is_of_kind: fn(Score, Score) -> bool| {
            Turned::count(scores, others, threshold, |score| is_of_kind(score, threshold))
        };
        Self {
            negative: count(|score, threshold| score < threshold),
            positive: count(|score, threshold| score >= threshold),
        }
    }
}

fn turned(scores: &[Score], repeats: &RepeatedScores, threshold: Score) -> Measured {
    // The first repeat has the trees by which the rows are judged.
    let others: Vec<&Vec<Score>> = repeats.whole.iter().skip(1).collect();
    if others.len() < 2 {
        return Err(too_few());
    }
    let Kinds { negative, positive } = Kinds::of(scores, &others, threshold);
    if negative.rows == 0 || positive.rows == 0 {
        return Err(NotMeasured("every row is answered alike".to_owned()));
    }
    let is_negative = negative.share >= positive.share;
    let worse = if is_negative { negative } else { positive };
    let n = worse.rows as f64;
    let measured =
        Measurement::with_interval(worse.share, wilson_at(worse.share * n, n, Z_95), Unit::Share, worse.rows)?;
    let measured = widened(&measured, Ok(if_judged(repeats, threshold, is_negative)), (0.0, 1.0))?;
    let whole = &repeats.whole[1..];
    let all = Turned::count(scores, &others, threshold, |_| true);
    let mut parts = vec![
        negative.part("of the negative answers"),
        positive.part("of the positive answers"),
        all.part("of all rows"),
        Part { name: "of all rows, in any repeat".to_owned(), value: ambiguity(scores, whole, threshold), n: all.rows },
    ];
    parts.extend(most_turned(scores, whole, threshold));
    Ok(measured.with_parts(parts))
}

/// The share for each training, and each mixture of them, as if it were the judged one and the other trainings turned
/// its answers.
fn if_judged(repeats: &RepeatedScores, threshold: Score, is_negative: bool) -> Repeated<f64> {
    let share = |scores: &[Score], others: &[&Vec<Score>]| {
        let Kinds { negative, positive } = Kinds::of(scores, others, threshold);
        if is_negative { negative.share } else { positive.share }
    };
    let all_but = |place: usize| repeats.whole.iter().enumerate().filter(move |(other, _)| *other != place);
    let of_whole = |(place, scores): (usize, &Vec<Score>)| {
        share(scores, &all_but(place).map(|(_, other)| other).collect::<Vec<_>>())
    };
    let all: Vec<&Vec<Score>> = repeats.whole.iter().collect();
    Repeated {
        whole: repeats.whole.iter().enumerate().map(of_whole).collect(),
        mixed: repeats.mix(|scores| share(scores, &all)),
    }
}

/// The number of repeats that answer a row otherwise.
fn turns(scores: &[Score], repeats: &[Vec<Score>], threshold: Score, row: usize) -> usize {
    let answer = scores[row] >= threshold;
    repeats.iter().filter(|repeat| (repeat[row] >= threshold) != answer).count()
}

/// The share of rows that at least one repeat answers otherwise.
fn ambiguity(scores: &[Score], repeats: &[Vec<Score>], threshold: Score) -> f64 {
    let turned = (0..scores.len()).filter(|row| turns(scores, repeats, threshold, *row) > 0).count();
    turned as f64 / scores.len().max(1) as f64
}

/// The row that most repeats answer otherwise, the first of several; none if no row is.
fn most_turned(scores: &[Score], repeats: &[Vec<Score>], threshold: Score) -> Option<Part> {
    let turns = |row: &usize| turns(scores, repeats, threshold, *row);
    let row = (0..scores.len()).rev().max_by_key(turns).filter(|row| turns(row) > 0)?;
    let answer = if scores[row] >= threshold { "positive" } else { "negative" };
    let name = format!("furthest: row {}, {answer} at {}, in so many repeats not", row + 1, scores[row].share());
    Some(Part { name, value: turns(&row) as f64 / repeats.len() as f64, n: repeats.len() as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(of: &[u16]) -> Vec<Score> {
        of.iter().map(|score| Score::try_from(*score).unwrap()).collect()
    }

    /// Trainings of which the first is the judged one.
    fn repeats(whole: &[Vec<Score>]) -> RepeatedScores {
        RepeatedScores::new(whole.to_vec(), 7)
    }

    #[test]
    fn turned_answers_by_hand() {
        // Of two denials and two approvals, the first repeat turns a denial, the second that denial and an approval.
        let judged = scores(&[4_999, 100, 5_000, 9_000]);
        let others = [scores(&[5_000, 200, 5_100, 9_100]), scores(&[6_000, 4_999, 5_000, 4_000])];
        let repeats = repeats(&[judged.clone(), others[0].clone(), others[1].clone()]);
        let measured = turned(&judged, &repeats, Score::middle()).unwrap();
        assert!((measured.value() - 0.5).abs() < 1e-12, "half of the denials in each repeat");
        let parts: Vec<(f64, u64)> = measured.parts().iter().map(|part| (part.value, part.n)).collect();
        assert_eq!(parts, [(0.5, 2), (0.25, 2), (0.375, 4), (0.5, 4), (1.0, 2)]);
        assert_eq!(measured.parts()[4].name, "furthest: row 1, negative at 0.4999, in so many repeats not");
        // The judged one has half of its denials turned by either; the first repeat's one denial is turned by none; of
        // the two denials of the second, the one that no other has is turned by both.
        let if_judged = if_judged(&repeats, Score::middle(), true);
        assert_eq!(if_judged.whole, [0.5, 0.0, 0.5]);
    }

    /// How lucky the judged training was is not known from the mean over the others, which is the same here.
    #[test]
    fn an_interval_holds_how_far_trainings_differ_when_they_are_judged() {
        let judged = scores(&[100, 100, 9_000, 9_000]);
        let half = scores(&[100, 6_000, 9_000, 9_000]);
        let wholly = scores(&[6_000, 6_000, 100, 9_000]);
        let differ = repeats(&[judged.clone(), half, wholly]);
        let measured = turned(&judged, &differ, Score::middle()).unwrap();
        assert!((measured.value() - 0.75).abs() < 1e-12);
        let (low, high) = wilson_at(1.5, 2.0, Z_95);
        assert!(measured.interval().0 < low && measured.interval().1 > high, "{measured}");
    }

    #[test]
    fn the_same_answers_are_no_luck_and_nothing_to_compare_is_not_measured() {
        let judged = scores(&[100, 9_000]);
        let alike = |n: usize| repeats(&vec![judged.clone(); n]);
        let same = turned(&judged, &alike(3), Score::middle()).unwrap();
        assert_eq!((same.value(), same.interval().0), (0.0, 0.0));
        assert!(same.interval().1 > 0.5, "one denial says little");
        assert!(turned(&judged, &alike(2), Score::middle()).is_err());
        assert!(turned(&judged, &alike(0), Score::middle()).is_err());
        assert!(turned(&scores(&[100, 200]), &repeats(&vec![scores(&[100, 200]); 3]), Score::middle()).is_err());
    }
}
