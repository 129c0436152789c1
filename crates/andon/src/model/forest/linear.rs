//! Features that move a sum in proportion to their values: a logistic regression is a model without trees.

use serde::{Deserialize, Serialize};

use crate::data::matrix::{MISSING, Matrix, is_missing};
use crate::model::forest::combine::{Combine, Precision, Sum};

/// A feature of a linear model, with its coefficient.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearTerm {
    /// The feature, as a place in the row.
    pub feature: u32,
    /// The number that each unit of the value adds to the sum.
    pub weight: f64,
    /// The value that stands for a missing one. Without it a row that lacks the feature has no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<f64>,
    /// The mean value over the rows of the data, against which Shapley values are counted.
    pub mean: f64,
}

impl LinearTerm {
    /// The value that a row has for the feature.
    fn value(self, row: &[f64]) -> f64 {
        let value = row.get(self.feature as usize).copied().unwrap_or(MISSING);
        if is_missing(value) { self.missing.unwrap_or(f64::NAN) } else { value }
    }

    /// The number that the feature adds to the sum of a row.
    pub(crate) fn adds(self, row: &[f64]) -> f64 {
        self.weight * self.value(row)
    }

    /// The number that the feature adds before it is known.
    pub(crate) fn expectation(self) -> f64 {
        self.weight * self.mean
    }

    /// A number that the feature adds to no more than in any row between two others.
    pub(super) fn most_between(self, low: &[f64], high: &[f64]) -> f64 {
        let is_blank = |row: &[f64]| row.get(self.feature as usize).is_none_or(|value| is_missing(*value));
        // Below every number stands the missing value, whose own is somewhere among them.
        if is_blank(low) == is_blank(high) { self.adds(low).max(self.adds(high)) } else { f64::INFINITY }
    }

    /// The term with the mean of its values over the rows of a matrix.
    pub(super) fn counting(self, matrix: &Matrix) -> Self {
        let sum: f64 = (0..matrix.len()).map(|row| self.value(matrix.row(row))).sum();
        Self { mean: sum / matrix.len().max(1) as f64, ..self }
    }
}

/// The fault of the terms of a model, if they are none.
pub(super) fn fault(terms: &[LinearTerm], columns: usize, combine: Combine) -> Option<&'static str> {
    let is_double = matches!(combine, Combine::Sum(Sum { precision: Precision::Double, .. }));
    let is_known = |term: &LinearTerm| (term.feature as usize) < columns;
    let is_number = |term: &LinearTerm| [Some(term.weight), term.missing, Some(term.mean)].iter().flatten().all(finite);
    if terms.is_empty() {
        None
    } else if !is_double {
        Some("a linear model is no sum of double precision")
    } else if !terms.is_sorted_by(|a, b| a.feature < b.feature) || !terms.iter().all(is_known) {
        Some("its linear terms are not one for each of some features, in their order")
    } else if !terms.iter().all(is_number) {
        Some("a number of a linear term is not finite")
    } else {
        None
    }
}

fn finite(number: &f64) -> bool {
    number.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::forest::{Forest, Link};

    const SUM: Sum = Sum { base: 0.25, link: Link::Logistic, precision: Precision::Double };

    fn term(feature: u32, weight: f64, missing: Option<f64>) -> LinearTerm {
        LinearTerm { feature, weight, missing, mean: 0.0 }
    }

    fn forest() -> Forest {
        let terms = vec![term(0, 2.0, None), term(2, -0.5, Some(4.0))];
        Forest::linear(3, terms, SUM).unwrap()
    }

    #[test]
    fn a_missing_value_is_replaced_or_has_no_score() {
        let forest = forest();
        assert!((forest.score(&[1.0, 9.0, 3.0]) - 0.75).abs() < 1e-15);
        assert!((forest.score(&[1.0, MISSING, MISSING]) - 0.25).abs() < 1e-15);
        assert!(forest.score(&[MISSING, 0.0, 3.0]).is_nan());
        assert!(forest.highest_between(&[0.0, 0.0, MISSING], &[0.0, 0.0, 1.0]).is_infinite());
        assert!((forest.highest_between(&[-9.0; 3], &[9.0; 3]) - 22.75).abs() < 1e-12);
        let json = serde_json::to_string(&forest).unwrap();
        assert_eq!(serde_json::from_str::<Forest>(&json).unwrap(), forest);
    }

    #[test]
    fn what_is_no_linear_model_is_refused() {
        let refusal = |terms, sum| Forest::linear(2, terms, sum).unwrap_err().to_string();
        assert!(refusal(vec![], SUM).contains("neither trees nor linear terms"));
        assert!(refusal(vec![term(2, 1.0, None)], SUM).contains("not one for each"));
        assert!(refusal(vec![term(0, 1.0, None); 2], SUM).contains("not one for each"));
        assert!(refusal(vec![term(0, f64::NAN, None)], SUM).contains("not finite"));
        assert!(refusal(vec![term(0, 1.0, Some(f64::INFINITY))], SUM).contains("not finite"));
        let single = Sum { precision: Precision::Single, ..SUM };
        assert!(refusal(vec![term(0, 1.0, None)], single).contains("double precision"));
    }
}
