//! Logistic regression on many variables with a ridge penalty, fitted by Newton's method.

use crate::data::matrix::Matrix;
use crate::statistics::logistic::logistic;

/// Most steps of a fit; one that has a solution meets it in ten.
const MAX_STEPS: usize = 50;

/// A step that moves no coefficient by more than this is the last.
const SETTLED: f64 = 1e-9;

/// Rows whose part of the information is added at once, so that a sum is fetched and written once for all of them.
const ROWS_AT_ONCE: usize = 4;

/// The log-odds as a weighted sum of the variables. The coefficients begin with the intercept.
#[derive(Debug, Clone)]
pub(crate) struct Ridge {
    coefficients: Vec<f64>,
}

/// The gradient of the penalised likelihood and its information, whose rows follow each other.
struct Slope {
    gradient: Vec<f64>,
    information: Vec<f64>,
}

impl Ridge {
    /// Fits the likelihood less `penalty / 2` times the squared slopes; the intercept is free. `None` if the fit does
    /// not settle, as where all labels are the same.
    pub(crate) fn fit(x: &Matrix, labels: &[bool], penalty: f64) -> Option<Self> {
        let mut ridge = Self { coefficients: vec![0.0; x.columns() + 1] };
        for _ in 0..MAX_STEPS {
            let Slope { gradient, information } = ridge.slope(x, labels, penalty);
            let step = solve(information, gradient)?;
            let furthest = step.iter().map(|one| one.abs()).fold(0.0, f64::max);
            // A longer step than this comes from where the likelihood is flat, and is walked in parts.
            let share = if furthest > 1.0 { 1.0 / furthest } else { 1.0 };
            ridge.coefficients.iter_mut().zip(&step).for_each(|(coefficient, step)| *coefficient += share * step);
            if furthest < SETTLED {
                return Some(ridge);
            }
        }
        None
    }

    /// The log-odds of a row.
    pub(crate) fn log_odds(&self, row: &[f64]) -> f64 {
        let slopes = self.coefficients.iter().skip(1);
        self.coefficients[0] + slopes.zip(row).map(|(slope, value)| slope * value).sum::<f64>()
    }

    fn slope(&self, x: &Matrix, labels: &[bool], penalty: f64) -> Slope {
        let size = self.coefficients.len();
        let mut gradient: Vec<f64> = self.coefficients.iter().map(|coefficient| -penalty * coefficient).collect();
        gradient[0] = 0.0;
        let mut information = vec![0.0; size * size];
        (1..size).for_each(|place| information[place * size + place] = penalty);
        // A row that is missing in the last block weighs nothing.
        let mut variables = [0; ROWS_AT_ONCE].map(|_| vec![0.0; size]);
        for (block, labels) in labels.chunks(ROWS_AT_ONCE).enumerate() {
            let mut weights = [0.0; ROWS_AT_ONCE];
            for (at, label) in labels.iter().enumerate() {
                let row = x.row(block * ROWS_AT_ONCE + at);
                variables[at][0] = 1.0;
                variables[at][1..].copy_from_slice(row);
                let probability = logistic(self.log_odds(row));
                let error = f64::from(u8::from(*label)) - probability;
                gradient.iter_mut().zip(&variables[at]).for_each(|(sum, value)| *sum += error * value);
                weights[at] = probability * (1.0 - probability);
            }
            add_products(&mut information, &variables, weights);
        }
        Slope { gradient, information }
    }
}

/// Adds the products of each two variables of some rows, by the weight of the row, to the lower half of a matrix.
fn add_products(information: &mut [f64], variables: &[Vec<f64>; ROWS_AT_ONCE], weights: [f64; ROWS_AT_ONCE]) {
    let [a, b, c, d] = variables;
    let size = a.len();
    for i in 0..size {
        let [wa, wb, wc, wd] = [weights[0] * a[i], weights[1] * b[i], weights[2] * c[i], weights[3] * d[i]];
        let lower = information[i * size..=i * size + i].iter_mut();
        let others = a.iter().zip(b).zip(c.iter().zip(d));
        lower.zip(others).for_each(|(sum, ((a, b), (c, d)))| *sum += (wa * a + wb * b) + (wc * c + wd * d));
    }
}

/// Solves `a x = b` for a positive definite `a`, of which the lower half is given, by Cholesky's decomposition. `None`
/// if it is not positive definite, or not finite.
fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let product: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            let rest = a[i * n + j] - product;
            a[i * n + j] = if i == j { rest.sqrt() } else { rest / a[j * n + j] };
        }
        // The root of a negative number is NaN.
        if !a[i * n + i].is_finite() || a[i * n + i] <= 0.0 {
            return None;
        }
    }
    for i in 0..n {
        let known: f64 = (0..i).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - known) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| a[k * n + i] * b[k]).sum();
        b[i] = (b[i] - known) / a[i * n + i];
    }
    b.iter().all(|one| one.is_finite()).then_some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(of: &[(f64, f64, bool, usize)]) -> (Matrix, Vec<bool>) {
        let mut x = Matrix::new(2);
        let mut labels = Vec::new();
        for (first, second, label, times) in of {
            (0..*times).for_each(|_| x.push(&[*first, *second]));
            labels.extend(vec![*label; *times]);
        }
        (x, labels)
    }

    #[test]
    fn a_system_by_hand() {
        // 4x + 2y = 10, 2x + 3y = 11.
        let solved = solve(vec![4.0, 0.0, 2.0, 3.0], vec![10.0, 11.0]).unwrap();
        assert!((solved[0] - 1.0).abs() < 1e-12 && (solved[1] - 3.0).abs() < 1e-12, "{solved:?}");
        assert!(solve(vec![1.0, 0.0, 2.0, 1.0], vec![1.0, 1.0]).is_none(), "not positive definite");
        assert!(solve(vec![f64::NAN], vec![1.0]).is_none());
    }

    #[test]
    fn shares_at_four_places_are_met_exactly_without_a_penalty() {
        // Log-odds ln 3 times the first variable; nothing by the second.
        let (x, labels) = rows(&[
            (1.0, 1.0, true, 30),
            (1.0, 1.0, false, 10),
            (1.0, -1.0, true, 30),
            (1.0, -1.0, false, 10),
            (-1.0, 1.0, true, 10),
            (-1.0, 1.0, false, 30),
            (-1.0, -1.0, true, 10),
            (-1.0, -1.0, false, 30),
        ]);
        let ridge = Ridge::fit(&x, &labels, 0.0).unwrap();
        let expected = [0.0, 3.0_f64.ln(), 0.0];
        assert!(ridge.coefficients.iter().zip(expected).all(|(is, at)| (is - at).abs() < 1e-9), "{ridge:?}");
        assert!((ridge.log_odds(&[2.0, 5.0]) - 2.0 * 3.0_f64.ln()).abs() < 1e-8);
        // At the optimum with a penalty of 40, its slope is where 160 rows' errors balance it: 160 (3/4 - p) = 40 b.
        let slope = Ridge::fit(&x, &labels, 40.0).unwrap().coefficients[1];
        assert!((160.0 * (0.75 - logistic(slope)) - 40.0 * slope).abs() < 1e-6, "{slope}");
    }

    #[test]
    fn labels_that_do_not_vary_have_no_fit_and_separated_ones_have_one_with_a_penalty() {
        let (x, labels) = rows(&[(1.0, 0.0, true, 9), (-1.0, 0.0, true, 9)]);
        assert!(Ridge::fit(&x, &labels, 1.0).is_none());
        let (x, labels) = rows(&[(1.0, 0.0, true, 9), (-1.0, 0.0, false, 9)]);
        assert!(Ridge::fit(&x, &labels, 1.0).unwrap().coefficients[1] > 1.0);
    }
}
