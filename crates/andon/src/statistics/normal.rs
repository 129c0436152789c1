//! The normal distribution, and Wilson's 95 % interval of a share. Two shares are compared in [`crate::statistics::two_shares`];
//! what has no interval in closed form is resampled in [`crate::statistics::bootstrap`].
//!
//! Score intervals are taken wherever there is one: they hold their level also where everybody or nobody is counted,
//! which is where a resampled interval shrinks to nothing and approves too much.

/// Two-sided 95 % point of the normal distribution.
pub const Z: f64 = 1.959_963_984_540_054;

/// Steps of a bisection: enough to halve any interval of floats down to its last bits.
const HALVINGS: usize = 80;

/// The 95 % score interval of a share, `hits` of `n` (Wilson 1927); sensible also at 0 and 1.
///
/// ```
/// let (low, high) = andon::statistics::normal::wilson(10, 10);
/// assert!((low - 0.7225).abs() < 1e-4 && high == 1.0);
/// ```
#[must_use]
pub fn wilson(hits: u64, n: u64) -> (f64, f64) {
    wilson_at(hits as f64, n as f64, Z)
}

/// Wilson's interval with `z` standard errors to each side; `hits` and `n` need not be whole.
#[must_use]
pub fn wilson_at(hits: f64, n: f64, z: f64) -> (f64, f64) {
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

/// The share of a normal distribution below `z` standard errors.
#[must_use]
pub fn normal_share(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// The point below which a share of a normal distribution lies; infinite at 0 and 1.
///
/// ```
/// assert!((andon::statistics::normal::normal_point(0.975) - andon::statistics::normal::Z).abs() < 1e-12);
/// ```
#[must_use]
pub fn normal_point(share: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        return if share <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    bisect(-40.0, 40.0, |z| normal_share(z) < share)
}

/// Where `below` turns from true to false between two ends.
pub(crate) fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        *(if below(middle) { &mut low } else { &mut high }) = middle;
    }
    0.5 * (low + high)
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
