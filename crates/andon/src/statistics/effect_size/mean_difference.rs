//! Standardised differences of two means.

use crate::statistics::estimate::Estimate;

/// The moments of the scores of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moments {
    n: f64,
    mean: f64,
    /// Central moments of order two to four, over the rows.
    central: [f64; 3],
}

impl Moments {
    /// The moments of values with their counts; `None` of no rows.
    #[must_use]
    pub(crate) fn new(values: &[(f64, u64)]) -> Option<Self> {
        let n: f64 = values.iter().map(|(_, count)| *count as f64).sum();
        let mean = values.iter().map(|(value, count)| value * *count as f64).sum::<f64>() / n;
        let central = [2, 3, 4].map(|order| {
            values.iter().map(|(value, count)| (value - mean).powi(order) * *count as f64).sum::<f64>() / n
        });
        (n > 0.0).then_some(Self { n, mean, central })
    }

    /// The mean.
    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> u64 {
        self.n as u64
    }
}

/// The mean of `a` less that of `b`, in pooled standard deviations (Cohen 1988, section 2.2), with `z` standard errors
/// to each side by the delta method, which asks for neither normal values nor equal variances. `None` where nothing
/// varies.
#[must_use]
pub(crate) fn standardised_difference(a: &Moments, b: &Moments, z: f64) -> Option<Estimate> {
    let free = a.n + b.n - 2.0;
    let pooled = (a.n * a.central[0] + b.n * b.central[0]) / free;
    if free <= 0.0 || pooled <= f64::MIN_POSITIVE {
        return None;
    }
    let deviation = pooled.sqrt();
    let value = (a.mean - b.mean) / deviation;
    // The derivatives by a group's mean and by its variance.
    let variance = |group: &Moments, by_mean: f64| {
        let [second, third, fourth] = group.central;
        let by_variance = -value * group.n / free / (2.0 * pooled);
        let squares = by_mean * by_mean * second + by_variance * by_variance * (fourth - second * second);
        (squares + 2.0 * by_mean * by_variance * third) / group.n
    };
    let error = (variance(a, 1.0 / deviation) + variance(b, -1.0 / deviation)).max(0.0).sqrt();
    Some(Estimate { value, low: value - z * error, high: value + z * error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use andon_evidence::judge::normal::Z_95;

    #[test]
    fn the_difference_by_hand() {
        let a = Moments::new(&[(1.0, 2), (3.0, 2)]).unwrap();
        let b = Moments::new(&[(0.0, 2), (2.0, 2)]).unwrap();
        // Both variances are 4/3 with n - 1: the difference of 1 is 1 / sqrt(4/3).
        let found = standardised_difference(&a, &b, Z_95).unwrap();
        assert!((found.value - (3.0_f64 / 4.0).sqrt()).abs() < 1e-12, "{found:?}");
        let turned = standardised_difference(&b, &a, Z_95).unwrap();
        assert!((found.value + turned.value).abs() < 1e-12 && (found.low + turned.high).abs() < 1e-12);
    }

    #[test]
    fn of_nearly_normal_values_the_interval_is_that_of_hedges_and_olkin() {
        // The binomial of 16 throws, in 65,536 rows, and the same shifted by 1.
        let ways = |k: u32| (0..k).fold(1.0, |ways, at| ways * f64::from(16 - at) / f64::from(at + 1));
        let values = |shift: f64| (0..=16).map(|k| (f64::from(k) + shift, ways(k) as u64)).collect::<Vec<_>>();
        let a = Moments::new(&values(1.0)).unwrap();
        let b = Moments::new(&values(0.0)).unwrap();
        let found = standardised_difference(&a, &b, 1.0).unwrap();
        // Hedges and Olkin 1985, 5.14: (na + nb) / (na nb) + d^2 / (2 (na + nb)).
        let n = 65_536.0_f64;
        let error = (2.0 / n + found.value.powi(2) / (4.0 * n)).sqrt();
        assert!((found.high - found.value - error).abs() / error < 0.01, "{found:?} {error}");
    }

    #[test]
    fn what_does_not_vary_has_no_scale() {
        let same = Moments::new(&[(1.0, 9)]).unwrap();
        assert_eq!(standardised_difference(&same, &same, Z_95), None);
        assert_eq!(Moments::new(&[]), None);
    }
}
