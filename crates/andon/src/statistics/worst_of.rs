//! The worst of several comparisons, with an interval that holds for the worst.
//!
//! A lowest ratio over three groups, resampled, is lower than the ratio it estimates, most of all where the groups are
//! equal, and shrinks to a point where everybody is selected. So nothing is resampled here. That the lowest of all
//! ratios is at least 0.8 says that every one of them is, and that may be said once each is shown at the full level: no
//! correction for their number is needed (intersection-union test, Berger 1982). The other end, at which *some* ratio
//! is below, is corrected for the number of those that may be the lowest (Bonferroni).

use andon_evidence::judge::normal::{Z_95, quantile};

use crate::statistics::estimate::Estimate;

/// The estimate for two places, with so many standard errors to each side.
pub(crate) type PairQuestion<'a> = &'a dyn Fn(usize, usize, f64) -> Option<Estimate>;

/// The comparisons: pairs of places, each in both directions unless there is a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pairs {
    pairs: Vec<(usize, usize)>,
    /// In how many independent ways the worst can be wrong.
    chances: usize,
    /// True if the worst is wanted without its interval.
    is_point: bool,
}

impl Pairs {
    /// All pairs of so many groups, or each group with the reference.
    pub(crate) fn among(groups: usize, reference: Option<usize>) -> Self {
        let each = |one: usize| (0..groups).filter(move |other| *other != one).map(move |other| (one, other));
        match reference {
            Some(reference) => {
                let pairs = each(reference).map(|(reference, other)| (other, reference)).collect();
                Self { pairs, chances: groups - 1, is_point: false }
            }
            None => Self {
                pairs: (0..groups).flat_map(each).collect(),
                chances: groups * (groups - 1) / 2,
                is_point: false,
            },
        }
    }

    /// The same comparisons, for the worst without its interval; an interval costs a hundred times as much.
    pub(crate) fn point(self, is_point: bool) -> Self {
        Self { is_point, ..self }
    }

    /// Adds the other direction of each pair, for differences: one direction is the negative of the other.
    pub(crate) fn both_ways(mut self) -> Self {
        let turned: Vec<(usize, usize)> = self.pairs.iter().map(|(one, other)| (*other, *one)).collect();
        self.pairs.extend(turned);
        self.pairs.sort_unstable();
        self.pairs.dedup();
        self
    }

    /// The highest of the estimates of one or more questions, each asked of all pairs; `None` when one of them is not
    /// defined. A question gets the two places and how many standard errors to reach to each side.
    pub(crate) fn highest(&self, questions: &[PairQuestion<'_>]) -> Option<Estimate> {
        let all = |z: f64| -> Option<Vec<Estimate>> {
            let each = questions.iter().flat_map(|ask| self.pairs.iter().map(move |(one, other)| ask(*one, *other, z)));
            each.collect()
        };
        let full = all(if self.is_point { 0.0 } else { Z_95 })?;
        let best = full.iter().copied().max_by(|a, b| a.value.total_cmp(&b.value))?;
        if self.is_point {
            return Some(Estimate { low: best.value, high: best.value, ..best });
        }
        let contenders = full.iter().filter(|estimate| estimate.high >= best.low).count();
        let number = contenders.min(self.chances * questions.len()).max(1);
        let corrected = all(quantile(1.0 - 0.025 / number as f64))?;
        let most = |ends: &mut dyn Iterator<Item = f64>| ends.fold(f64::NEG_INFINITY, f64::max);
        let low = most(&mut corrected.iter().map(|estimate| estimate.low)).min(best.value);
        let high = most(&mut full.iter().map(|estimate| estimate.high)).max(best.value);
        Some(Estimate { value: best.value, low, high })
    }

    /// The lowest estimate of one question; as [`Pairs::highest`].
    pub(crate) fn lowest(&self, question: PairQuestion<'_>) -> Option<Estimate> {
        let turn = |e: Estimate| Estimate { value: -e.value, low: -e.high, high: -e.low };
        self.highest(&[&|one, other, z| question(one, other, z).map(turn)]).map(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_in_both_directions_or_each_with_the_reference() {
        assert_eq!(Pairs::among(2, None), Pairs { pairs: vec![(0, 1), (1, 0)], chances: 1, is_point: false });
        assert_eq!(Pairs::among(3, Some(1)), Pairs { pairs: vec![(0, 1), (2, 1)], chances: 2, is_point: false });
        assert_eq!(Pairs::among(3, None).pairs.len(), 6);
        assert_eq!(Pairs::among(3, None).both_ways(), Pairs::among(3, None));
        assert_eq!(Pairs::among(3, Some(1)).both_ways().pairs, [(0, 1), (1, 0), (1, 2), (2, 1)]);
    }

    #[test]
    fn the_worst_end_is_not_corrected_and_the_other_is() {
        // The value of a pair is the difference of its places, with standard error 1.
        let estimate = |one: usize, other: usize, z: f64| {
            let value = one as f64 - other as f64;
            Some(Estimate { value, low: value - z, high: value + z })
        };
        let lowest = Pairs::among(3, None).lowest(&estimate).unwrap();
        assert!((lowest.value, lowest.low) == (-2.0, -2.0 - Z_95));
        // 0 - 2 is the lowest; 0 - 1, 1 - 2 and, at 1, 1 - 0 and 2 - 1 may be, but there are three chances.
        assert!((lowest.high - (-2.0 + quantile(1.0 - 0.025 / 3.0))).abs() < 1e-12);
        let far = |one: usize, other: usize, z: f64| {
            let value = 100.0 * (one as f64 - other as f64);
            Some(Estimate { value, low: value - z, high: value + z })
        };
        assert!((Pairs::among(3, None).lowest(&far).unwrap().high - (Z_95 - 200.0)).abs() < 1e-9);
        let point = Pairs::among(3, None).point(true).lowest(&estimate).unwrap();
        assert!((point.low, point.value, point.high) == (-2.0, -2.0, -2.0));
        let highest = Pairs::among(3, None).highest(&[&estimate]).unwrap();
        assert!((highest.value + lowest.value).abs() < 1e-12 && (highest.high + lowest.low).abs() < 1e-12);
    }
}
