//! The mean of draws, with Student's interval.

use crate::statistics::estimate::Estimate;
use crate::statistics::student;

/// The mean of draws with its 95 % interval; without two draws there is no interval, and without one no mean.
#[must_use]
pub(crate) fn mean(draws: &[f64]) -> Estimate {
    let (value, error) = mean_and_error(draws);
    let half = student::point_95(draws.len() as f64 - 1.0) * error;
    Estimate { value, low: value - half, high: value + half }
}

/// True if the mean of draws is above 0 at a normal point `z` of one side, as Student corrects it.
#[must_use]
pub(crate) fn is_above_zero(draws: &[f64], z: f64) -> bool {
    let (value, error) = mean_and_error(draws);
    value - student::point(z, draws.len() as f64 - 1.0) * error > 0.0
}

/// The mean and its standard error.
fn mean_and_error(draws: &[f64]) -> (f64, f64) {
    let n = draws.len() as f64;
    let value = draws.iter().sum::<f64>() / n;
    let squares: f64 = draws.iter().map(|draw| (draw - value).powi(2)).sum();
    (value, (squares / (n - 1.0) / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 1, 2, 3, 4 the mean is 2.5 and its standard error sqrt(5 / 3 / 4) = 0.6455; three degrees of freedom have
    /// the point 3.182.
    #[test]
    fn by_hand() {
        let Estimate { value, low, high } = mean(&[1.0, 2.0, 3.0, 4.0]);
        assert!((value - 2.5).abs() < 1e-12 && (low - 0.446).abs() < 4e-3 && (high - 4.554).abs() < 4e-3);
        assert!(is_above_zero(&[1.0, 2.0, 3.0, 4.0], 1.96) && !is_above_zero(&[-1.0, 2.0, 3.0, 4.0], 1.96));
        assert_eq!(mean(&[0.25; 9]), Estimate { value: 0.25, low: 0.25, high: 0.25 });
        assert!(!is_above_zero(&[], 1.96) && !is_above_zero(&[1.0], 1.96), "NaN is above nothing");
    }
}
