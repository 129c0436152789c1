//! Intervals in closed form for what two-sided shares do not cover: one side, pairs, differences.

use crate::interval::wilson;

/// Two-sided 95 % point of the normal distribution.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// The upper end of the one-sided score interval of a share at the normal distribution's point `z` (Wilson 1927); 1
/// without rows.
///
/// ```
/// let (_, high) = andon::interval::wilson(81, 263);
/// assert!((andon::shares::wilson_upper(81, 263, 1.959_963_984_540_054) - high).abs() < 1e-12);
/// assert_eq!(andon::shares::wilson_upper(0, 0, 1.0), 1.0);
/// ```
#[must_use]
pub fn wilson_upper(hits: u64, n: u64, z: f64) -> f64 {
    if hits >= n {
        return 1.0;
    }
    let (n, share) = (n as f64, hits as f64 / n as f64);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    ((share + z * z / (2.0 * n) + half) / (1.0 + z * z / n)).min(1.0)
}

/// The point of the normal distribution that is passed with a probability of `tail`, 0 to 0.5; by bisection.
///
/// ```
/// assert!((andon::shares::normal_point(0.025) - 1.959_963_984_540_054).abs() < 1e-12);
/// assert!((andon::shares::normal_point(1e-6) - 4.753_424_308_822_9).abs() < 1e-9);
/// ```
#[must_use]
pub fn normal_point(tail: f64) -> f64 {
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        let passed = 0.5 * libm::erfc(middle / std::f64::consts::SQRT_2);
        if passed > tail { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The difference of two shares of the same `n` rows, from the rows in which only the first or only the second holds,
/// with its 95 % interval: Wald's, half a row added to each of the four cells (Agresti and Min 2005, "Simple improved
/// confidence intervals for comparing matched proportions"). `n` is not 0.
#[must_use]
pub fn paired_difference(first: u64, second: u64, n: u64) -> (f64, (f64, f64)) {
    let value = (first as f64 - second as f64) / n as f64;
    let (first, second, n) = (first as f64 + 0.5, second as f64 + 0.5, n as f64 + 2.0);
    let middle = (first - second) / n;
    let half = Z * (((first + second) / n - middle * middle).max(0.0) / n).sqrt();
    // The half rows pull the middle towards 0; the point is never left outside.
    (value, ((middle - half).min(value), (middle + half).max(value)))
}

/// The distance between the shares of two separate sets of rows, given as hits and rows, with its 95 % interval: the
/// square-and-add of Wilson's (Newcombe 1998, "Interval estimation for the difference between independent
/// proportions", method 10), folded at 0. Neither set is empty.
///
/// ```
/// // Newcombe 1998, table II: 56 of 70 and 48 of 80, 0.0524 to 0.3339.
/// let (value, (low, high)) = andon::shares::distance((56, 70), (48, 80));
/// assert!((value - 0.2).abs() < 1e-12 && (low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5);
/// ```
#[must_use]
pub fn distance(first: (u64, u64), second: (u64, u64)) -> (f64, (f64, f64)) {
    let share = |(hits, n): (u64, u64)| hits as f64 / n as f64;
    let (a, b) = (share(first), share(second));
    let ((a_low, a_high), (b_low, b_high)) = (wilson(first.0, first.1), wilson(second.0, second.1));
    let root = |x: f64, y: f64| (x * x + y * y).sqrt();
    let (low, high) = (a - b - root(a - a_low, b_high - b), a - b + root(a_high - a, b - b_low));
    let interval = if low <= 0.0 && high >= 0.0 {
        (0.0, high.max(-low))
    } else {
        (low.abs().min(high.abs()), low.abs().max(high.abs()))
    };
    ((a - b).abs(), interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paired_difference_by_hand() {
        // 2.5 and 1.5 of 8 rows: the middle is 1/8, its variance (4/8 - 1/64)/8.
        let (value, (low, high)) = paired_difference(2, 1, 6);
        let half = Z * (31.0_f64 / 64.0 / 8.0).sqrt();
        assert!((value - 1.0 / 6.0).abs() < 1e-12);
        assert!((low - (0.125 - half)).abs() < 1e-12 && (high - (0.125 + half)).abs() < 1e-12);
    }

    #[test]
    fn a_distance_is_symmetric_and_starts_at_nothing_where_it_may_be_nothing() {
        assert_eq!(distance((5, 10), (4, 10)), distance((4, 10), (5, 10)));
        let (_, (low, high)) = distance((5, 10), (4, 10));
        assert!(low.abs() < 1e-12 && high > 0.4, "{high}");
    }
}
