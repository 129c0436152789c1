//! A fixed probe that tells the rows of one group from the rest by the features.
//!
//! If an attribute can be told is a question to the data, so the probe does not depend on the learner of the release,
//! its recipe or its seed. One model joins what two methods find: a logistic regression takes in weighted sums, such as
//! the loan against the value of the house, and boosted stumps add bends and steps on top of it. Each row is scored by
//! the probe of the other folds. There is no choice between methods, so no maximum that luck could raise.
//!
//! Nothing is drawn except the folds, whose seeds are fixed, and `exp` comes from `libm`: the same rows give the same
//! bits.

mod ridge;
mod stumps;

use andon_evidence::judge::NotMeasured;

use crate::data::frame::{Feature, Frame};
use crate::data::matrix::{Matrix, is_missing};
use crate::model::candidate::assign_folds;
use crate::threads::share_out;

use self::ridge::Ridge;
use self::stumps::{Binned, Stumps};

/// The number of folds.
const FOLDS: usize = 5;

/// The seeds of the folds. The score of a row is its mean over them, so that it owes little to one split.
const SEEDS: [u64; 3] = [1, 2, 3];

/// The ridge penalty on standardised variables; as much as ten rows know.
const PENALTY: f64 = 10.0;

/// Most rows that a probe is fitted on; more are thinned evenly.
const MAX_FITTED_ROWS: usize = 10_000;

/// The probe on fixed folds.
#[derive(Debug, Clone)]
pub(crate) struct StrongProbe<'a> {
    frame: &'a Frame,
    /// The fold of each row, for each seed.
    folds: Vec<Vec<usize>>,
}

impl<'a> StrongProbe<'a> {
    pub(crate) fn new(frame: &'a Frame) -> Self {
        Self { frame, folds: SEEDS.iter().map(|seed| assign_folds(frame, FOLDS, *seed)).collect() }
    }

    /// For each question and each row the log-odds of the answer, from the probes that were fitted on other folds than
    /// the row's own; on so many threads. The questions, whose answers are given row by row, share what does not depend
    /// on the answers. A question is not measured if a fold has only one answer outside of it.
    pub(crate) fn out_of_fold(&self, questions: &[Vec<bool>], threads: usize) -> Vec<Result<Vec<f64>, NotMeasured>> {
        let folds: Vec<(&Vec<usize>, usize)> =
            self.folds.iter().flat_map(|fold_of| (0..FOLDS).map(move |fold| (fold_of, fold))).collect();
        let scored = share_out(folds.len(), threads, |at| self.score_fold(folds[at], questions));
        let one = |question: usize| {
            let mut scores = vec![0.0; self.frame.matrix.len()];
            for ((_, place), fold) in folds.iter().zip(&scored) {
                let alike = || NotMeasured(format!("outside of fold {} the rows are all alike", place + 1));
                let log_odds = fold.log_odds[question].as_ref().ok_or_else(alike)?;
                let rows = fold.inside.iter().zip(log_odds);
                rows.for_each(|(row, log_odds)| scores[*row] += log_odds / SEEDS.len() as f64);
            }
            Ok(scores)
        };
        (0..questions.len()).map(one).collect()
    }

    /// The rows of a fold, scored by the probes of the other folds.
    fn score_fold(&self, (fold_of, fold): (&Vec<usize>, usize), questions: &[Vec<bool>]) -> ScoredFold {
        let matrix = &self.frame.matrix;
        let (inside, outside): (Vec<usize>, Vec<usize>) = (0..matrix.len()).partition(|row| fold_of[*row] == fold);
        let rows = thinned(outside);
        let known = KnownRows::new(&self.frame.features, matrix.select(&rows));
        let asked: Vec<_> = inside.iter().map(|row| known.encoding.variables(matrix.row(*row))).collect();
        let log_odds = |answers: &Vec<bool>| {
            let labels: Vec<bool> = rows.iter().map(|row| answers[*row]).collect();
            let fitted = known.fit(&labels)?;
            let rows = inside.iter().zip(&asked);
            Some(rows.map(|(row, variables)| fitted.log_odds(matrix.row(*row), variables)).collect())
        };
        let log_odds = questions.iter().map(log_odds).collect();
        ScoredFold { inside, log_odds }
    }
}

/// The rows of a fold, and for each question the log-odds of its answer in these rows; none if the probe has no fit.
struct ScoredFold {
    inside: Vec<usize>,
    log_odds: Vec<Option<Vec<f64>>>,
}

/// At most [`MAX_FITTED_ROWS`] of the rows, evenly over their order.
fn thinned(rows: Vec<usize>) -> Vec<usize> {
    let most = MAX_FITTED_ROWS.min(rows.len());
    (0..most).map(|place| rows[place * rows.len() / most]).collect()
}

/// The rows outside of a fold as both methods take them, whatever is asked of them.
struct KnownRows {
    rows: Matrix,
    encoding: Encoding,
    encoded: Matrix,
    binned: Vec<Binned>,
}

impl KnownRows {
    fn new(features: &[Feature], rows: Matrix) -> Self {
        let encoding = Encoding::new(features, &rows);
        let mut encoded = Matrix::new(encoding.scales.len());
        (0..rows.len()).for_each(|row| encoded.push(&encoding.variables(rows.row(row))));
        let binned = (0..rows.columns()).map(|column| Binned::new(&rows, column)).collect();
        Self { rows, encoding, encoded, binned }
    }

    fn fit(&self, labels: &[bool]) -> Option<FittedProbe> {
        let line = Ridge::fit(&self.encoded, labels, PENALTY)?;
        let log_odds = (0..self.rows.len()).map(|row| line.log_odds(self.encoded.row(row))).collect();
        let stumps = Stumps::fit(&self.rows, &self.binned, labels, log_odds);
        Some(FittedProbe { line, stumps })
    }
}

/// A probe that knows some rows.
struct FittedProbe {
    line: Ridge,
    stumps: Stumps,
}

impl FittedProbe {
    /// The log-odds of a row, given its variables too.
    fn log_odds(&self, row: &[f64], variables: &[f64]) -> f64 {
        self.line.log_odds(variables) + self.stumps.apply(row)
    }
}

/// The variables of a feature in a weighted sum.
enum Variables {
    /// A category: one for each level that it could have.
    Levels(usize),
    /// A number: its value, its rank among the known values, and if it is missing. Holds the known values in order.
    Number(Vec<f64>),
}

/// The mean and the spread of a variable.
struct Scale {
    mean: f64,
    /// Infinite for a variable that does not vary.
    deviation: f64,
}

/// Rows as standardised variables.
struct Encoding {
    features: Vec<Variables>,
    scales: Vec<Scale>,
}

impl Encoding {
    fn new(features: &[Feature], x: &Matrix) -> Self {
        let variables = |(column, feature): (usize, &Feature)| {
            if !feature.levels.is_empty() {
                return Variables::Levels(feature.levels.len());
            }
            let values = (0..x.len()).map(|row| x.row(row)[column]);
            let mut known: Vec<f64> = values.filter(|value| !is_missing(*value)).collect();
            known.sort_unstable_by(f64::total_cmp);
            Variables::Number(known)
        };
        let mut encoding = Self { features: features.iter().enumerate().map(variables).collect(), scales: Vec::new() };
        let rows: Vec<Vec<f64>> = (0..x.len()).map(|row| encoding.raw(x.row(row))).collect();
        let count = rows.first().map_or(0, Vec::len);
        encoding.scales = (0..count).map(|place| Scale::of(rows.iter().map(|row| row[place]))).collect();
        encoding
    }

    fn raw(&self, row: &[f64]) -> Vec<f64> {
        self.features.iter().zip(row).flat_map(|(feature, value)| feature.of(*value)).collect()
    }

    fn variables(&self, row: &[f64]) -> Vec<f64> {
        let raw = self.raw(row).into_iter();
        raw.zip(&self.scales).map(|(value, scale)| (value - scale.mean) / scale.deviation).collect()
    }
}

impl Variables {
    fn of(&self, value: f64) -> Vec<f64> {
        match self {
            Self::Levels(levels) => {
                (0..*levels).map(|level| f64::from(u8::from((value - level as f64).abs() < 0.5))).collect()
            }
            Self::Number(known) => {
                let below = known.partition_point(|other| *other < value);
                let up_to = known.partition_point(|other| *other <= value);
                let median = known.get(known.len() / 2).copied().unwrap_or(0.0);
                match is_missing(value) {
                    true => vec![median, 0.5, 1.0],
                    false => vec![value, (below + up_to) as f64 / (2 * known.len()).max(1) as f64, 0.0],
                }
            }
        }
    }
}

impl Scale {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let n = values.clone().count().max(1) as f64;
        let mean = values.clone().sum::<f64>() / n;
        let deviation = (values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / n).sqrt();
        // Rounding leaves a constant some deviation from its mean.
        let varies = deviation > 1e-12 * mean.abs();
        Self { mean, deviation: if varies { deviation } else { f64::INFINITY } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::contract::rows::frame;

    #[test]
    fn threads_change_no_bit_and_a_question_without_an_answer_fails_alone() {
        let column = |by: u32, of: u32| (0..400_u32).map(|row| f64::from(row * by % of)).collect::<Vec<f64>>();
        let (first, second) = (column(37, 101), column(53, 17));
        let frame = frame(&[("first", &first), ("second", &second)], &[true; 400]);
        let questions = [first.iter().map(|value| *value > 60.0).collect(), vec![true; 400]];
        let probe = StrongProbe::new(&frame);
        let alone = probe.out_of_fold(&questions, 1);
        assert_eq!(probe.out_of_fold(&questions, 3), alone);
        assert_eq!(probe.out_of_fold(&questions[..1], 16), alone[..1]);
        let scores = alone[0].as_ref().unwrap();
        let mean = |is_yes: bool| {
            let of: Vec<f64> =
                scores.iter().zip(&questions[0]).filter(|row| *row.1 == is_yes).map(|row| *row.0).collect();
            of.iter().sum::<f64>() / of.len() as f64
        };
        assert!(mean(true) > mean(false) + 2.0);
        assert!(alone[1].as_ref().unwrap_err().0.contains("the rows are all alike"), "{:?}", alone[1]);
    }
}
