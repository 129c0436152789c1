//! Odds ratios of two groups, over one table or pooled over bands.

use crate::statistics::estimate::Estimate;
use crate::statistics::two_shares::Rate;

/// The odds of a hit in one group over those in another, pooled over bands (Mantel and Haenszel 1959), with `z`
/// standard errors of Robins, Breslow and Greenland 1986 to each side on the log scale. Of one band it is the plain
/// odds ratio with Woolf's interval (1955). `None` where it has no number or no end: nobody or everybody is a hit.
#[must_use]
pub(crate) fn odds_ratio(bands: &[(Rate, Rate)], z: f64) -> Option<Estimate> {
    let mut over = 0.0;
    let mut under = 0.0;
    let mut terms = [0.0; 3];
    for (a, b) in bands.iter().filter(|(a, b)| a.n > 0 && b.n > 0) {
        let [hit, missed, other_hit, other_missed] =
            [a.hits, a.n - a.hits, b.hits, b.n - b.hits].map(|count| count as f64);
        let all = (a.n + b.n) as f64;
        let concordant = (hit + other_missed) / all;
        let r = hit * other_missed / all;
        let s = missed * other_hit / all;
        over += r;
        under += s;
        terms[0] += concordant * r;
        terms[1] += concordant * s + (1.0 - concordant) * r;
        terms[2] += (1.0 - concordant) * s;
    }
    if over <= 0.0 || under <= 0.0 {
        return None;
    }
    let variance = terms[0] / (2.0 * over * over) + terms[1] / (2.0 * over * under) + terms[2] / (2.0 * under * under);
    let value = over / under;
    let half = z * variance.sqrt();
    Some(Estimate { value, low: value * libm::exp(-half), high: value * libm::exp(half) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use andon_evidence::judge::normal::Z_95;

    fn rate(hits: u64, n: u64) -> Rate {
        Rate { hits, n }
    }

    #[test]
    fn one_band_is_woolfs_by_hand() {
        let found = odds_ratio(&[(rate(20, 100), rate(10, 100))], Z_95).unwrap();
        assert!((found.value - (20.0 * 90.0) / (80.0 * 10.0)).abs() < 1e-12);
        let error = (1.0 / 20.0 + 1.0 / 80.0 + 1.0 / 10.0 + 1.0 / 90.0_f64).sqrt();
        assert!((found.low - 2.25 * (-Z_95 * error).exp()).abs() < 1e-9, "{found:?}");
        assert!((found.high - 2.25 * (Z_95 * error).exp()).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn bands_of_equal_odds_pool_to_one() {
        // In each band both groups have the same odds; the first has more rows in the harder band.
        let bands = [(rate(30, 60), rate(20, 40)), (rate(4, 40), rate(6, 60))];
        let found = odds_ratio(&bands, Z_95).unwrap();
        assert!((found.value - 1.0).abs() < 1e-12 && found.low < 1.0 && found.high > 1.0, "{found:?}");
    }

    #[test]
    fn nobody_or_everybody_has_no_odds() {
        assert_eq!(odds_ratio(&[(rate(0, 50), rate(5, 50))], Z_95), None);
        assert_eq!(odds_ratio(&[(rate(50, 50), rate(50, 50))], Z_95), None);
        assert_eq!(odds_ratio(&[], Z_95), None);
    }
}
