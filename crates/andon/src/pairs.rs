//! The worst of several comparisons, with an interval that holds for the worst.
//!
//! A lowest ratio over three groups, resampled, is lower than the ratio it estimates, most of all where the groups are
//! equal, and shrinks to a point where everybody is selected. So nothing is resampled here. That the lowest of all
//! ratios is at least 0.8 says that every one of them is, and that may be said once each is shown at the full level: no
//! correction for their number is needed (intersection-union test, Berger 1982). The other end, at which *some* ratio
//! is below, is corrected for their number (Bonferroni).

use crate::interval::{Z, normal_point};

/// An estimate with the ends of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What is compared: pairs of places, each in both directions unless there is a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pairs {
    pairs: Vec<(usize, usize)>,
    /// In how many independent ways the worst can be wrong.
    chances: usize,
}

impl Pairs {
    /// All pairs of so many groups, or each group with the reference.
    pub(crate) fn of(groups: usize, reference: Option<usize>) -> Self {
        let each = |one: usize| (0..groups).filter(move |other| *other != one).map(move |other| (one, other));
        match reference {
            Some(reference) => {
                let pairs = each(reference).map(|(reference, other)| (other, reference)).collect();
                Self { pairs, chances: groups - 1 }
            }
            None => Self { pairs: (0..groups).flat_map(each).collect(), chances: groups * (groups - 1) / 2 },
        }
    }

    /// The lowest estimate; `None` when one of them is not defined. `estimate` gets the two places and how many standard
    /// errors to reach to each side.
    pub(crate) fn lowest(&self, estimate: impl Fn(usize, usize, f64) -> Option<Estimate>) -> Option<Estimate> {
        let full = self.each(Z, &estimate)?;
        let corrected = self.each(self.corrected(1), &estimate)?;
        let least = |of: fn(&Estimate) -> f64, all: &[Estimate]| all.iter().map(of).fold(f64::INFINITY, f64::min);
        let value = least(|e| e.value, &full);
        Some(Estimate {
            value,
            low: least(|e| e.low, &full).min(value),
            high: least(|e| e.high, &corrected).max(value),
        })
    }

    /// The highest of the estimates of one or more questions, each over all pairs; as [`Pairs::lowest`].
    pub(crate) fn highest(&self, questions: &[&dyn Fn(usize, usize, f64) -> Option<Estimate>]) -> Option<Estimate> {
        let all = |z: f64| -> Option<Vec<Estimate>> {
            Some(questions.iter().map(|estimate| self.each(z, estimate)).collect::<Option<Vec<_>>>()?.concat())
        };
        let (full, corrected) = (all(Z)?, all(self.corrected(questions.len()))?);
        let most = |of: fn(&Estimate) -> f64, all: &[Estimate]| all.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        let value = most(|e| e.value, &full);
        Some(Estimate { value, low: most(|e| e.low, &corrected).min(value), high: most(|e| e.high, &full).max(value) })
    }

    fn each(&self, z: f64, estimate: &impl Fn(usize, usize, f64) -> Option<Estimate>) -> Option<Vec<Estimate>> {
        self.pairs.iter().map(|(one, other)| estimate(*one, *other, z)).collect()
    }

    fn corrected(&self, questions: usize) -> f64 {
        normal_point(1.0 - 0.025 / (self.chances * questions).max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_in_both_directions_or_each_with_the_reference() {
        assert_eq!(Pairs::of(2, None), Pairs { pairs: vec![(0, 1), (1, 0)], chances: 1 });
        assert_eq!(Pairs::of(3, Some(1)), Pairs { pairs: vec![(0, 1), (2, 1)], chances: 2 });
        assert_eq!(Pairs::of(3, None).pairs.len(), 6);
    }

    #[test]
    fn the_worst_end_is_not_corrected_and_the_other_is() {
        // The value of a pair is the difference of its places, with standard error 1.
        let estimate = |one: usize, other: usize, z: f64| {
            let value = one as f64 - other as f64;
            Some(Estimate { value, low: value - z, high: value + z })
        };
        let lowest = Pairs::of(3, None).lowest(estimate).unwrap();
        assert!((lowest.value, lowest.low) == (-2.0, -2.0 - Z));
        assert!((lowest.high - (-2.0 + normal_point(1.0 - 0.025 / 3.0))).abs() < 1e-12);
        let highest = Pairs::of(3, None).highest(&[&estimate]).unwrap();
        assert!((highest.value + lowest.value).abs() < 1e-12 && (highest.high + lowest.low).abs() < 1e-12);
    }
}
