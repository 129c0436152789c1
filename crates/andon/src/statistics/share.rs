//! Wilson's 95 % interval of a share. Two shares are compared in [`crate::statistics::two_shares`]; a statistic that
//! has no interval in closed form is resampled in [`crate::statistics::bootstrap`].
//!
//! A score interval is taken wherever there is one. It holds its level also where everybody or nobody is counted, and
//! there a resampled interval shrinks to nothing and approves too much.

use andon_evidence::judge::normal::Z_95;

/// The 95 % score interval of a share, `hits` of `n` (Wilson 1927); sensible also at 0 and 1.
///
/// ```
/// let (low, high) = andon::statistics::share::wilson(10, 10);
/// assert!((low - 0.7225).abs() < 1e-4 && high == 1.0);
/// ```
#[must_use]
pub fn wilson(hits: u64, n: u64) -> (f64, f64) {
    wilson_at(hits as f64, n as f64, Z_95)
}

/// Wilson's interval with `z` standard errors to each side; `hits` and `n` need not be whole.
#[must_use]
pub(crate) fn wilson_at(hits: f64, n: f64, z: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let share = hits / n;
    let denominator = 1.0 + z * z / n;
    let middle = (share + z * z / (2.0 * n)) / denominator;
    let half = z / denominator * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends the formula meets 0 and 1 but for rounding.
    let low = if hits <= 0.0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if share >= 1.0 { 1.0 } else { (middle + half).min(1.0) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_matches_published_figures() {
        // statsmodels 0.14 proportion_confint(81, 263, method="wilson"); Newcombe 1998, table I.
        let (low, high) = wilson(81, 263);
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5, "{low} {high}");
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert!(wilson(0, 20).0 == 0.0 && (wilson(0, 20).1 - 0.1611).abs() < 5e-5);
    }
}
