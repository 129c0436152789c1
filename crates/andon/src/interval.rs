//! 95 % intervals. For shares, their differences and their ratios in closed form (Wilson, Newcombe, Koopman); for
//! everything else by bootstrap on a table of counts ([`crate::bootstrap`]).
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
/// let (low, high) = andon::interval::wilson(10, 10);
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
/// assert!((andon::interval::normal_point(0.975) - andon::interval::Z).abs() < 1e-12);
/// ```
#[must_use]
pub fn normal_point(share: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        return if share <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    bisect(-40.0, 40.0, |z| normal_share(z) < share)
}

/// Hits of rows in one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Rows that count.
    pub hits: u64,
    /// All rows; never 0.
    pub n: u64,
}

impl Rate {
    /// The share of hits.
    #[must_use]
    pub fn share(self) -> f64 {
        self.hits as f64 / self.n as f64
    }
}

/// The interval of `a - b`, two independent shares, with `z` standard errors to each side (Newcombe 1998, method 10).
///
/// ```
/// use andon::interval::{Rate, Z, difference};
/// // Newcombe 1998, table II, row (a): 56/70 - 48/80.
/// let (low, high) = difference(Rate { hits: 56, n: 70 }, Rate { hits: 48, n: 80 }, Z);
/// assert!((low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5);
/// ```
#[must_use]
pub fn difference(a: Rate, b: Rate, z: f64) -> (f64, f64) {
    let (shares, ends) = ((a.share(), b.share()), [a, b].map(|r| wilson_at(r.hits as f64, r.n as f64, z)));
    let distance = |one: f64, other: f64| (one * one + other * other).sqrt();
    let between = shares.0 - shares.1;
    let low = between - distance(shares.0 - ends[0].0, ends[1].1 - shares.1);
    let high = between + distance(ends[0].1 - shares.0, shares.1 - ends[1].0);
    (low, high)
}

/// The interval of `a / b`, two independent shares, with `z` standard errors to each side: the ratios that a score test
/// does not reject (Koopman 1984). From 0 where `a` has no hit, to infinity where `b` has none.
#[must_use]
pub fn ratio(a: Rate, b: Rate, z: f64) -> (f64, f64) {
    let point = if b.hits == 0 { f64::INFINITY } else { a.share() / b.share() };
    let rejected = |log: f64| koopman(a, b, libm::exp(log)) > z * z;
    // exp(+-40) is beyond any ratio of counts.
    let middle = libm::log(point.clamp(1e-17, 1e17));
    let low = if a.hits == 0 { 0.0 } else { libm::exp(bisect(-40.0, middle, rejected)) };
    let high = if b.hits == 0 { f64::INFINITY } else { libm::exp(bisect(middle, 40.0, |log| !rejected(log))) };
    (low, high)
}

/// Koopman's statistic: chi-squared distance of both shares from the likeliest ones with the given ratio.
fn koopman(a: Rate, b: Rate, ratio: f64) -> f64 {
    let (xa, na, xb, nb) = (a.hits as f64, a.n as f64, b.hits as f64, b.n as f64);
    let (square, linear) = (ratio * (na + nb), ratio * (na + xb) + xa + nb);
    let root = (linear * linear - 4.0 * square * (xa + xb)).max(0.0).sqrt();
    // The smaller root, in the form that does not cancel.
    let pb = 2.0 * (xa + xb) / (linear + root);
    let pa = ratio * pb;
    let part = |x: f64, n: f64, p: f64| {
        let miss = x - n * p;
        if miss.abs() < 1e-12 * n { 0.0 } else { miss * miss / (n * p * (1.0 - p)).max(f64::MIN_POSITIVE) }
    };
    part(xa, na, pa) + part(xb, nb, pb)
}

/// Where `below` turns from true to false between two ends.
fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
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

    #[test]
    fn koopman_matches_published_figures() {
        // Koopman 1984, the worked example: 36 of 40 against 16 of 80.
        let (low, high) = ratio(Rate { hits: 36, n: 40 }, Rate { hits: 16, n: 80 }, Z);
        assert!((low - 2.939).abs() < 5e-3 && (high - 7.152).abs() < 5e-3, "{low} {high}");
    }

    #[test]
    fn everybody_or_nobody_selected_still_has_a_width() {
        let all = Rate { hits: 100, n: 100 };
        let (low, high) = ratio(all, all, Z);
        assert!(low < 0.97 && high > 1.03 && (low * high - 1.0).abs() < 1e-9, "{low} {high}");
        let (low, high) = difference(all, all, Z);
        assert!(low < -0.03 && high > 0.03);
        let none = Rate { hits: 0, n: 100 };
        assert_eq!(ratio(none, all, Z).0.to_bits(), 0.0_f64.to_bits());
        assert!(ratio(none, all, Z).1 < 0.05 && ratio(all, none, Z).1.is_infinite());
    }

    #[test]
    fn ratios_turn_over_with_their_groups() {
        let (a, b) = (Rate { hits: 178, n: 195 }, Rate { hits: 1658, n: 1673 });
        let ((low, high), (turned_low, turned_high)) = (ratio(a, b, Z), ratio(b, a, Z));
        assert!((low * turned_high - 1.0).abs() < 1e-9 && (high * turned_low - 1.0).abs() < 1e-9);
    }
}
