//! Differences and ratios of two shares: score intervals corrected for skewness.
//!
//! A plain score interval (Koopman 1984, Miettinen and Nurminen 1985) covers 95 % in all, yet leaves 3 % and more at
//! the side where a small group is the favoured one. That side is the one a verdict rests on, so an end that is too
//! near is moved out for the skewness of what is compared (Gart and Nam 1988, 1990; Laud 2017).

use andon_evidence::judge::normal::bisect;

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

    fn counts(self) -> (f64, f64) {
        (self.hits as f64, self.n as f64)
    }
}

/// The interval of `a - b`, two independent shares, with `z` standard errors to each side; of none, the point.
#[must_use]
pub(crate) fn difference(a: Rate, b: Rate, z: f64) -> (f64, f64) {
    let between = a.share() - b.share();
    if z <= 0.0 {
        return (between, between);
    }
    let score = |difference: f64| {
        let pb = likeliest(a, b, difference);
        ScoreTest::new(between - difference, (pb + difference, a.n), (pb, b.n), 1.0)
    };
    let low = bisect(-1.0, between, |difference| score(difference).above(z));
    let high = bisect(between, 1.0, |difference| !score(difference).below(z));
    (low, high)
}

/// The likeliest second share of two that differ by this much: where the likelihood stops to rise.
fn likeliest(a: Rate, b: Rate, difference: f64) -> f64 {
    let ((xa, na), (xb, nb)) = (a.counts(), b.counts());
    let slope = |hits: f64, n: f64, p: f64| {
        let rise = if hits > 0.0 { hits / p } else { 0.0 };
        rise - if hits < n { (n - hits) / (1.0 - p) } else { 0.0 }
    };
    bisect((-difference).max(0.0), (1.0 - difference).min(1.0), |pb| {
        slope(xa, na, pb + difference) + slope(xb, nb, pb) > 0.0
    })
}

/// The interval of `a / b`, two independent shares, with `z` standard errors to each side; of none, the point. From 0
/// where `a` has no hit, to infinity where `b` has none.
///
/// ```
/// use andon::statistics::two_shares::{Rate, ratio};
/// let all = Rate { hits: 100, n: 100 };
/// let (low, high) = ratio(all, all, andon::evidence::judge::normal::Z_95);
/// assert!(low < 0.97 && high > 1.03);
/// ```
#[must_use]
pub fn ratio(a: Rate, b: Rate, z: f64) -> (f64, f64) {
    let point = if b.hits == 0 { f64::INFINITY } else { a.share() / b.share() };
    if z <= 0.0 {
        return (point, point);
    }
    let score = |log: f64| {
        let ratio = libm::exp(log);
        let pb = likeliest_of_ratio(a, b, ratio);
        ScoreTest::new(a.share() - ratio * b.share(), (ratio * pb, a.n), (pb, b.n), ratio)
    };
    // exp(+-40) is beyond any ratio of counts.
    let middle = libm::log(point.clamp(1e-17, 1e17));
    let low = if a.hits == 0 { 0.0 } else { libm::exp(bisect(-40.0, middle, |log| score(log).above(z))) };
    let high = if b.hits == 0 { f64::INFINITY } else { libm::exp(bisect(middle, 40.0, |log| !score(log).below(z))) };
    (low, high)
}

/// The likeliest second share of two with this ratio (Koopman 1984): the smaller root of a quadratic equation, in the
/// form that does not cancel.
fn likeliest_of_ratio(a: Rate, b: Rate, ratio: f64) -> f64 {
    let ((xa, na), (xb, nb)) = (a.counts(), b.counts());
    let square = ratio * (na + nb);
    let linear = ratio * (na + xb) + xa + nb;
    let root = (linear * linear - 4.0 * square * (xa + xb)).max(0.0).sqrt();
    2.0 * (xa + xb) / (linear + root)
}

/// The distance of the observed contrast from a supposed one, `a - weight * b`, in standard errors, and its skewness.
struct ScoreTest {
    errors: f64,
    skewness: f64,
}

impl ScoreTest {
    fn new(distance: f64, (pa, na): (f64, u64), (pb, nb): (f64, u64), weight: f64) -> Self {
        let na = na as f64;
        let nb = nb as f64;
        let va = (pa * (1.0 - pa)).max(0.0) / na;
        let vb = (pb * (1.0 - pb)).max(0.0) / nb;
        let variance = va + weight * weight * vb;
        if distance.abs() < 1e-15 || variance <= f64::MIN_POSITIVE {
            let errors = if distance.abs() < 1e-15 { 0.0 } else { distance.signum() * f64::INFINITY };
            return Self { errors, skewness: 0.0 };
        }
        let third = va * (1.0 - 2.0 * pa) / na - weight.powi(3) * vb * (1.0 - 2.0 * pb) / nb;
        Self { errors: distance / variance.sqrt(), skewness: third / (variance * variance.sqrt()) }
    }

    /// The addition for skewness to the point at `z` standard errors (Cornish and Fisher 1938, the first term). Taken
    /// only where it widens the interval: where nearly everybody is selected it would say more than the rows do.
    fn shift(&self, z: f64) -> f64 {
        self.skewness * (z * z - 1.0) / 6.0
    }

    fn above(&self, z: f64) -> bool {
        self.errors > z + self.shift(z).max(0.0)
    }

    fn below(&self, z: f64) -> bool {
        self.errors < -z + self.shift(z).min(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use andon_evidence::judge::normal::Z_95;

    #[test]
    fn without_skewness_the_ratio_is_koopmans() {
        // Koopman 1984, the worked example: 36 of 40 against 16 of 80, 2.939 to 7.152.
        let a = Rate { hits: 36, n: 40 };
        let b = Rate { hits: 16, n: 80 };
        for ratio in [2.939, 7.152] {
            let pb = likeliest_of_ratio(a, b, ratio);
            let score = ScoreTest::new(a.share() - ratio * b.share(), (ratio * pb, a.n), (pb, b.n), ratio);
            assert!((score.errors.abs() - Z_95).abs() < 2e-3, "{}", score.errors);
        }
    }

    #[test]
    fn everybody_or_nobody_selected_still_has_a_width() {
        let all = Rate { hits: 100, n: 100 };
        let none = Rate { hits: 0, n: 100 };
        let (low, high) = ratio(all, all, Z_95);
        assert!(low < 0.97 && high > 1.03 && (low * high - 1.0).abs() < 1e-9, "{low} {high}");
        let (low, high) = difference(all, all, Z_95);
        assert!(low < -0.03 && high > 0.03 && (low + high).abs() < 1e-9, "{low} {high}");
        assert!(ratio(none, all, Z_95).0 <= 0.0 && ratio(none, all, Z_95).1 < 0.06);
        assert!(ratio(all, none, Z_95).1.is_infinite() && ratio(all, none, Z_95).0 > 15.0);
    }

    #[test]
    fn both_turn_over_with_their_groups() {
        let a = Rate { hits: 178, n: 195 };
        let b = Rate { hits: 1658, n: 1673 };
        let ((low, high), (turned_low, turned_high)) = (ratio(a, b, Z_95), ratio(b, a, Z_95));
        assert!((low * turned_high - 1.0).abs() < 1e-6 && (high * turned_low - 1.0).abs() < 1e-6);
        let ((low, high), (turned_low, turned_high)) = (difference(a, b, Z_95), difference(b, a, Z_95));
        assert!((low + turned_high).abs() < 1e-9 && (high + turned_low).abs() < 1e-9);
    }

    /// Chances of 0 to n hits.
    fn binomial(n: u64, p: f64) -> Vec<f64> {
        let log = |x: u64| {
            let ways = libm::lgamma(n as f64 + 1.0) - libm::lgamma(x as f64 + 1.0) - libm::lgamma((n - x) as f64 + 1.0);
            ways + x as f64 * p.ln() + (n - x) as f64 * (1.0 - p).ln()
        };
        (0..=n).map(|x| log(x).exp()).collect()
    }

    /// The exact chance that the lower end of the ratio, and the upper end of the difference, passes the truth.
    fn misses((na, pa): (u64, f64), (nb, pb): (u64, f64)) -> (f64, f64) {
        let chances_a = binomial(na, pa);
        let chances_b = binomial(nb, pb);
        let ratio = pa / pb;
        let difference = pb - pa;
        let mut misses = (0.0, 0.0);
        for (xa, ca) in chances_a.iter().enumerate().filter(|(_, chance)| **chance > 1e-9) {
            for (xb, cb) in chances_b.iter().enumerate().filter(|(_, chance)| **chance > 1e-9) {
                let a = Rate { hits: xa as u64, n: na };
                let b = Rate { hits: xb as u64, n: nb };
                let p = likeliest_of_ratio(a, b, ratio);
                let of_ratio = ScoreTest::new(a.share() - ratio * b.share(), (ratio * p, na), (p, nb), ratio);
                let p = likeliest(b, a, difference);
                let of_difference =
                    ScoreTest::new(b.share() - a.share() - difference, (p + difference, nb), (p, na), 1.0);
                misses.0 += ca * cb * f64::from(u8::from(of_ratio.above(Z_95)));
                misses.1 += ca * cb * f64::from(u8::from(of_difference.below(Z_95)));
            }
        }
        misses
    }

    /// Without the correction the first two are 3 % and more.
    #[test]
    fn the_deciding_end_passes_the_truth_in_no_more_than_the_level() {
        for (a, b) in [
            ((800, 0.76), (111, 0.95)),
            ((800, 0.72), (111, 0.9)),
            ((111, 0.792), (800, 0.99)),
            ((195, 0.72), (111, 0.9)),
        ] {
            let (of_ratio, of_difference) = misses(a, b);
            assert!((0.014..=0.0255).contains(&of_ratio), "{a:?} {b:?}: {of_ratio}");
            assert!((0.014..=0.0255).contains(&of_difference), "{a:?} {b:?}: {of_difference}");
        }
    }
}
