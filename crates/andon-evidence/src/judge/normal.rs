//! The standard normal distribution, with the same bits on every machine: `exp` and its kin come from `libm`.

/// The two-sided 95 % point: a standard normal variable lies between `-Z_95` and `Z_95` with a probability of 0.95.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// Steps of a bisection: enough to halve any interval of floats down to its last bits.
const HALVINGS: usize = 80;

/// The probability that a standard normal variable is at least `z`.
///
/// ```
/// assert_eq!(andon_evidence::judge::normal::upper_tail(0.0), 0.5);
/// ```
#[must_use]
pub fn upper_tail(z: f64) -> f64 {
    0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
}

/// The probability that a standard normal variable is at most `z`.
#[must_use]
pub fn lower_tail(z: f64) -> f64 {
    upper_tail(-z)
}

/// The point that a standard normal variable stays below with probability `p`; infinite at 0 and 1. The inverse of
/// [`lower_tail`].
///
/// ```
/// use andon_evidence::judge::normal::{Z_95, quantile};
/// assert!((quantile(0.975) - Z_95).abs() < 1e-12);
/// ```
#[must_use]
pub fn quantile(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    bisect(-40.0, 40.0, |z| lower_tail(z) < p)
}

/// The point that a standard normal variable exceeds with probability `p`, 0 to 0.5; the inverse of [`upper_tail`].
///
/// ```
/// assert!(andon_evidence::judge::normal::critical(0.5) < 1e-12);
/// assert!((andon_evidence::judge::normal::critical(0.025) - 1.959_963_984_540_054).abs() < 1e-12);
/// ```
#[must_use]
pub fn critical(p: f64) -> f64 {
    halve(0.0, 40.0, 100, |z| upper_tail(z) > p).1
}

/// The point between `low` and `high` at which `is_below` turns from true to false.
#[must_use]
pub fn bisect(low: f64, high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    let (low, high) = halve(low, high, HALVINGS, is_below);
    0.5 * (low + high)
}

/// The last interval around the point at which `is_below` turns from true to false.
fn halve(mut low: f64, mut high: f64, times: usize, is_below: impl Fn(f64) -> bool) -> (f64, f64) {
    for _ in 0..times {
        let middle = 0.5 * (low + high);
        *(if is_below(middle) { &mut low } else { &mut high }) = middle;
    }
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1: `scipy.stats.norm.sf` and `norm.isf`.
    #[test]
    fn tail_and_critical_value_match_scipy() {
        let tails =
            [(1.0, 0.158_655_253_931_457_07), (3.5, 0.000_232_629_079_035_525_02), (-1.2, 0.884_930_329_778_291_8)];
        for (z, p) in tails {
            assert!((upper_tail(z) - p).abs() < 1e-15, "{z}");
        }
        for (p, z) in [(0.0125, 2.241_402_727_604_945), (0.025 / 3.0, 2.393_979_799_818_509_5)] {
            assert!((critical(p) - z).abs() < 1e-12, "{p}");
        }
    }
}
