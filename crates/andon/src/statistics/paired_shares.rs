//! Differences of shares in closed form: of the same rows, and of two sets of rows whichever is higher.

use andon_evidence::judge::normal::Z_95;

use crate::statistics::estimate::Estimate;
use crate::statistics::two_shares::{Rate, difference};

/// The difference of two shares of the same `n` rows, from the rows in which only the first or only the second holds,
/// with its 95 % interval: Wald's, half a row added to each of the four cells (Agresti and Min 2005, "Simple improved
/// confidence intervals for comparing matched proportions"). `n` is not 0.
#[must_use]
pub(crate) fn paired_difference(first: u64, second: u64, n: u64) -> Estimate {
    let value = (first as f64 - second as f64) / n as f64;
    let first = first as f64 + 0.5;
    let second = second as f64 + 0.5;
    let n = n as f64 + 2.0;
    let middle = (first - second) / n;
    let half = Z_95 * (((first + second) / n - middle * middle).max(0.0) / n).sqrt();
    // The half rows pull the middle towards 0; the point is never left outside.
    Estimate { value, low: (middle - half).min(value), high: (middle + half).max(value) }
}

/// The distance between the shares of two separate sets of rows with its 95 % interval: that of their
/// difference, turned to the side above 0.
///
/// ```
/// use andon::statistics::two_shares::Rate;
/// use andon::statistics::paired_shares::distance;
/// let apart = distance(Rate { hits: 48, n: 80 }, Rate { hits: 56, n: 70 });
/// assert!((apart.value - 0.2).abs() < 1e-12 && apart.low > 0.04 && apart.high < 0.35);
/// assert_eq!(distance(Rate { hits: 4, n: 8 }, Rate { hits: 5, n: 9 }).low, 0.0);
/// ```
#[must_use]
pub fn distance(a: Rate, b: Rate) -> Estimate {
    let (low, high) = difference(a, b, Z_95);
    let (low, high) = if low <= 0.0 && high >= 0.0 {
        (0.0, high.max(-low))
    } else {
        (low.abs().min(high.abs()), low.abs().max(high.abs()))
    };
    Estimate { value: (a.share() - b.share()).abs(), low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paired_difference_by_hand() {
        // 2.5 and 1.5 of 8 rows: the middle is 1/8, its variance (4/8 - 1/64)/8.
        let Estimate { value, low, high } = paired_difference(2, 1, 6);
        let half = Z_95 * (31.0_f64 / 64.0 / 8.0).sqrt();
        assert!((value - 1.0 / 6.0).abs() < 1e-12);
        assert!((low - (0.125 - half)).abs() < 1e-12 && (high - (0.125 + half)).abs() < 1e-12);
    }

    #[test]
    fn a_distance_is_symmetric_and_starts_at_nothing_where_it_may_be_nothing() {
        let five = Rate { hits: 5, n: 10 };
        let four = Rate { hits: 4, n: 10 };
        assert_eq!(distance(five, four), distance(four, five));
        let Estimate { low, high, .. } = distance(five, four);
        assert!(low.abs() < 1e-12 && high > 0.4, "{high}");
    }
}
