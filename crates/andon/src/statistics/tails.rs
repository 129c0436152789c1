//! Exact tails of counts: the probability of so many hits or more, by chance alone.

/// The probability of `hits` or more among `n` independent draws that hit with probability `share`.
#[must_use]
pub(crate) fn binomial(hits: u64, n: u64, share: f64) -> f64 {
    if hits == 0 || share >= 1.0 {
        return 1.0;
    }
    let term = |hit: u64| {
        let odds = hit as f64 * libm::log(share) + (n - hit) as f64 * libm::log1p(-share);
        libm::exp(ln_choose(n, hit) + odds)
    };
    (hits..=n).map(term).sum::<f64>().min(1.0)
}

/// The probability of `hits` or more among `drawn` of `all`, of which `marked` hit, drawn without putting back: the
/// tail of Fisher's exact test.
#[must_use]
pub(crate) fn hypergeometric(hits: u64, drawn: u64, marked: u64, all: u64) -> f64 {
    let least = (drawn + marked).saturating_sub(all);
    let ways = ln_choose(all, drawn);
    let term = |hit: u64| libm::exp(ln_choose(marked, hit) + ln_choose(all - marked, drawn - hit) - ways);
    if hits <= least { 1.0 } else { (hits..=drawn.min(marked)).map(term).sum::<f64>().min(1.0) }
}

/// The logarithm of the number of ways to choose `k` of `n`.
fn ln_choose(n: u64, k: u64) -> f64 {
    let ln_factorial = |number: u64| libm::lgamma(number as f64 + 1.0);
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hypergeometric_by_hand() {
        // Fisher's tea: 4 of 4 cups is one way of 70, and 3 or more are 16 + 1.
        assert!((hypergeometric(4, 4, 4, 8) - 1.0 / 70.0).abs() < 1e-12);
        assert!((hypergeometric(3, 4, 4, 8) - 17.0 / 70.0).abs() < 1e-12);
        assert!((hypergeometric(0, 4, 4, 8) - 1.0).abs() < 1e-12 && (hypergeometric(3, 7, 4, 8) - 1.0).abs() < 1e-12);
        // SciPy 1.17.1: hypergeom.sf(14, 1979, 239, 20).
        let tail = hypergeometric(15, 20, 239, 1_979);
        assert!((tail / 1.005741549380e-10 - 1.0).abs() < 1e-9, "{tail:e}");
    }

    #[test]
    fn binomial_by_hand() {
        // 5 * 0.5^5 + 0.5^5; all of them; none is always reached.
        assert!((binomial(4, 5, 0.5) - 6.0 / 32.0).abs() < 1e-12);
        assert!((binomial(3, 3, 0.1) - 0.001).abs() < 1e-12);
        assert!((binomial(0, 3, 0.1) - 1.0).abs() < 1e-12 && (binomial(2, 3, 1.0) - 1.0).abs() < 1e-12);
        // SciPy 1.17.1: binom.sf(19, 30, 1 / 11).
        assert!(
            (binomial(20, 30, 1.0 / 11.0) / 1.807302931895e-14 - 1.0).abs() < 1e-9,
            "{:e}",
            binomial(20, 30, 1.0 / 11.0)
        );
    }
}
