//! The family `accuracy`: the share of right answers. The order of rows is in [`ranking`], the distance of scores from
//! labels in [`loss`], the answers to the failures of the past in [`golden`].

pub mod baseline;
pub mod challenger;
pub mod golden;
pub mod loss;
pub mod ranking;
pub mod slices;

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::policy::Cost;

use crate::measure::sample::{Measured, Sample};
use crate::statistics::bootstrap::percentile;
use crate::statistics::share::wilson;

/// Rows by label and answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ConfusionMatrix {
    /// Label 0, negative answer.
    true_negatives: u64,
    /// Label 1, negative answer.
    false_negatives: u64,
    /// Label 0, positive answer.
    false_positives: u64,
    /// Label 1, positive answer.
    true_positives: u64,
}

impl ConfusionMatrix {
    fn count(sample: &Sample) -> Self {
        let outcomes = sample.tally.table().outcomes(sample.threshold);
        Self::from([outcomes.below[0], outcomes.below[1], outcomes.above[0], outcomes.above[1]])
    }

    fn cells(self) -> [u64; 4] {
        [self.true_negatives, self.false_negatives, self.false_positives, self.true_positives]
    }

    fn positives(self) -> u64 {
        self.true_positives + self.false_negatives
    }

    fn negatives(self) -> u64 {
        self.true_negatives + self.false_positives
    }

    fn selected(self) -> u64 {
        self.true_positives + self.false_positives
    }

    /// The wrong answers, as the share of either label's rows; none of a label without rows.
    fn errors(self) -> Vec<Part> {
        let of = |label: &str, wrong: u64, n: u64| {
            (n > 0).then(|| Part { name: format!("wrong, of label {label}"), value: wrong as f64 / n as f64, n })
        };
        let errors = [of("0", self.false_positives, self.negatives()), of("1", self.false_negatives, self.positives())];
        errors.into_iter().flatten().collect()
    }
}

impl From<[u64; 4]> for ConfusionMatrix {
    fn from([true_negatives, false_negatives, false_positives, true_positives]: [u64; 4]) -> Self {
        Self { true_negatives, false_negatives, false_positives, true_positives }
    }
}

/// Share of rows whose answer equals their label; interval by Wilson.
///
/// # Errors
/// Not measured without rows.
pub fn accuracy(sample: &Sample) -> Measured {
    let c = ConfusionMatrix::count(sample);
    let measured = share(c.true_positives + c.true_negatives, c.positives() + c.negatives(), "there are no rows")?;
    Ok(measured.with_parts(c.errors()))
}

/// Share of positive answers whose label is 1 (positive predictive value; Fawcett 2006, section 2); interval by Wilson
/// over the rows answered positively.
///
/// # Errors
/// Not measured when nobody is selected.
pub(crate) fn precision(sample: &Sample) -> Measured {
    let c = ConfusionMatrix::count(sample);
    share(c.true_positives, c.selected(), "nobody is selected, so there is no precision")
}

/// Share of rows with label 1 that are answered positively (true positive rate; Fawcett 2006, section 2); interval by
/// Wilson over the rows with label 1.
///
/// # Errors
/// Not measured without a label of 1.
pub(crate) fn recall(sample: &Sample) -> Measured {
    let c = ConfusionMatrix::count(sample);
    share(c.true_positives, c.positives(), "no label is 1, so there is no recall")
}

/// Share of rows that are answered positively; interval by Wilson.
///
/// # Errors
/// Not measured without rows.
pub(crate) fn selection_rate(sample: &Sample) -> Measured {
    let c = ConfusionMatrix::count(sample);
    share(c.selected(), c.positives() + c.negatives(), "there are no rows")
}

fn share(hits: u64, n: u64, without: &str) -> Measured {
    if n == 0 {
        return Err(NotMeasured(without.to_owned()));
    }
    Measurement::with_interval(hits as f64 / n as f64, wilson(hits, n), Unit::Share, n)
}

/// Mean of the true positive and the true negative rate: accuracy as if both labels were as frequent (Brodersen et al.
/// 2010, section 2); 0.5 is chance. Interval by bootstrap.
///
/// # Errors
/// Not measured when one label is absent.
pub(crate) fn balanced_accuracy(sample: &Sample) -> Measured {
    confused(sample, Unit::Share, "balanced accuracy is undefined: one label is absent", balanced_accuracy_of)
}

fn balanced_accuracy_of(c: ConfusionMatrix) -> Option<f64> {
    let rate = |hits: u64, n: u64| (n > 0).then(|| hits as f64 / n as f64);
    Some((rate(c.true_positives, c.positives())? + rate(c.true_negatives, c.negatives())?) / 2.0)
}

/// Harmonic mean of precision and recall (van Rijsbergen 1979, chapter 7); interval by bootstrap.
///
/// # Errors
/// Not measured when no label is 1 or nobody is selected.
pub(crate) fn f1(sample: &Sample) -> Measured {
    confused(sample, Unit::Score, "F1 is undefined: no label is 1, or nobody is selected", f1_of)
}

fn f1_of(c: ConfusionMatrix) -> Option<f64> {
    let twice = 2 * c.true_positives;
    (c.positives() > 0 && c.selected() > 0).then(|| twice as f64 / (c.positives() + c.selected()) as f64)
}

/// Correlation of answer and label, -1 to 1 (Matthews 1975); 0 is chance. Interval by bootstrap.
///
/// # Errors
/// Not measured when all labels or all answers are the same.
pub(crate) fn mcc(sample: &Sample) -> Measured {
    confused(sample, Unit::Score, "MCC is undefined: all labels or all answers are the same", mcc_of)
}

fn mcc_of(c: ConfusionMatrix) -> Option<f64> {
    let [tn, fn_, fp, tp] = c.cells().map(|count| count as f64);
    let spread = ((tp + fp) * (tp + fn_) * (tn + fp) * (tn + fn_)).sqrt();
    (spread > 0.0).then(|| (tp * tn - fp * fn_) / spread)
}

/// Mean cost of an answer under the policy's `[cost]`, in its unit (Elkan 2001, section 1); interval by bootstrap.
///
/// # Errors
/// Not measured without rows, or when the policy declares no costs.
pub(crate) fn expected_cost(sample: &Sample) -> Measured {
    let cost = sample.cost.clone().ok_or_else(|| NotMeasured("the policy declares no [cost]".to_owned()))?;
    confused(sample, Unit::Score, "there are no rows", move |c| expected_cost_of(c, &cost))
}

fn expected_cost_of(c: ConfusionMatrix, cost: &Cost) -> Option<f64> {
    let each = [cost.true_negative, cost.false_negative, cost.false_positive, cost.true_positive];
    let rows: u64 = c.cells().iter().sum();
    let total: f64 = c.cells().iter().zip(each).map(|(count, cost)| *count as f64 * cost).sum();
    (rows > 0).then(|| total / rows as f64)
}

/// A statistic of the four cells. The resampled cells hold one row more each (as Agresti and Coull 1998 do for a
/// share), so that a cell nobody is in still has a say.
fn confused(
    sample: &Sample,
    unit: Unit,
    undefined: &str,
    statistic: impl Fn(ConfusionMatrix) -> Option<f64> + Sync,
) -> Measured {
    let confusion = ConfusionMatrix::count(sample);
    let value = statistic(confusion).ok_or_else(|| NotMeasured(undefined.to_owned()))?;
    let n = confusion.cells().iter().sum();
    if sample.draws == 0 {
        return Ok(Measurement::exact(value, unit, n)?.with_parts(confusion.errors()));
    }
    let cells = |counts: &[u64]| statistic(ConfusionMatrix::from([counts[0], counts[1], counts[2], counts[3]]));
    let (low, high) = percentile(&confusion.cells().map(|count| count + 1), sample.draws, sample.seed, cells)?;
    let measured = Measurement::with_interval(value, (low.min(value), high.max(value)), unit, n)?;
    Ok(measured.with_parts(confusion.errors()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 5 true negatives, 2 false negatives, 3 false positives, 10 true positives.
    const CELLS: [u64; 4] = [5, 2, 3, 10];

    #[test]
    fn a_red_gate_says_which_answers_were_wrong() {
        let errors = ConfusionMatrix::from(CELLS).errors();
        let parts: Vec<(&str, f64, u64)> = errors.iter().map(|part| (part.name.as_str(), part.value, part.n)).collect();
        assert_eq!(parts, [("wrong, of label 0", 3.0 / 8.0, 8), ("wrong, of label 1", 2.0 / 12.0, 12)]);
        assert_eq!(ConfusionMatrix::from([0, 2, 0, 10]).errors().len(), 1);
    }

    fn near(value: Option<f64>, expected: f64) {
        assert!((value.unwrap() - expected).abs() < 1e-12, "{value:?} is not {expected}");
    }

    #[test]
    fn the_four_cells_by_hand() {
        let c = ConfusionMatrix::from(CELLS);
        near(balanced_accuracy_of(c), (10.0 / 12.0 + 5.0 / 8.0) / 2.0);
        near(f1_of(c), 2.0 * (10.0 / 13.0) * (10.0 / 12.0) / (10.0 / 13.0 + 10.0 / 12.0));
        near(mcc_of(c), (50.0 - 6.0) / (13.0_f64 * 12.0 * 8.0 * 7.0).sqrt());
        let cost = Cost { false_positive: 5.0, false_negative: 1.0, true_positive: -1.0, true_negative: 0.0 };
        near(expected_cost_of(c, &cost), (2.0 + 15.0 - 10.0) / 20.0);
    }

    #[test]
    fn an_absent_label_or_answer_leaves_no_number() {
        assert_eq!(balanced_accuracy_of(ConfusionMatrix::from([0, 1, 0, 1])), None);
        assert_eq!(f1_of(ConfusionMatrix::from([3, 0, 1, 0])), None);
        assert_eq!(f1_of(ConfusionMatrix::from([3, 1, 0, 0])), None);
        assert_eq!(mcc_of(ConfusionMatrix::from([3, 1, 0, 0])), None);
        assert!(share(0, 0, "").is_err());
    }
}
