//! Family-wise error control, against multiple testing within a family of gates.
//!
//! A release goes only when every gate says Go, so more gates make a wrong release no likelier. What more gates do make
//! likelier is that one of many claims is wrong: each alone is with a probability of at most [`LEVEL`], and of twenty
//! that a release just misses, some gate says Go in every third release, and the card prints it. Under Holm's procedure
//! the probability that *any* Go of the family is wrong is at most [`LEVEL`], however the gates depend on each other.
//!
//! The family is known only when all its gates have finished, so the rule is part of the
//! [decision](crate::decision::Decision): a gate's own test judges by its interval alone, and the decision is
//! never more lenient than that.

use std::fmt;

use crate::judge::significance::{LEVEL, p_value};
use crate::judge::{Bar, DecideOn, Measurement};

/// Holm's adjusted p-values, in the order given: each is compared with the level of the whole family.
///
/// The smallest of m is multiplied by m, the next by m - 1 and so on; none is smaller than one ranked before it, nor
/// above 1 (Holm 1979; Wright 1992, "Adjusted p-values for simultaneous inference"). What is not a number counts as 1.
///
/// ```
/// assert_eq!(andon_evidence::decision::family::holm(&[0.04, 0.01]), [0.04, 0.02]);
/// ```
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let p: Vec<f64> = p.iter().map(|p| if p.is_nan() { 1.0 } else { *p }).collect();
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest = 0.0_f64;
    for (rank, at) in order.into_iter().enumerate() {
        largest = largest.max(p[at] * (p.len() - rank) as f64).min(1.0);
        adjusted[at] = largest;
    }
    adjusted
}

/// One gate of a family: its bar, and its measurement if it has one.
pub type Member<'a> = (&'a Bar, Option<&'a Measurement>);

/// The result of Holm's procedure for one gate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// Its adjusted p-value.
    pub p: f64,
    /// The number of gates of the family that are decided on an interval or have no measurement yet.
    pub members: usize,
}

impl Adjusted {
    /// True if the gate may still say Go.
    ///
    /// An interval that ends on the bar to the bit has a p-value that equals [`LEVEL`] but for rounding.
    #[must_use]
    pub fn clears(self) -> bool {
        self.p <= LEVEL * (1.0 + 1e-9)
    }

    /// The level at which a gate passes whatever the others do: the family's level shared out evenly (Bonferroni).
    #[must_use]
    pub fn sufficient_level(self) -> f64 {
        LEVEL / self.members as f64
    }
}

/// As shown beside a gate. Far out in the tail the normal approximation has no digits to give.
impl fmt::Display for Adjusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = if self.p < 1e-4 { "below 0.0001".to_owned() } else { format!("{:.4}", self.p) };
        write!(f, "Holm over {}: adjusted p {p}, at most {LEVEL}", self.members)
    }
}

/// Holm's procedure over a family; `None` for a gate that is not decided on an interval.
///
/// A gate without a measurement counts with a p-value of 1, so that its absence makes it easier for no other gate.
#[must_use]
pub fn control_error(members: &[Member<'_>]) -> Vec<Option<Adjusted>> {
    let p: Vec<Option<f64>> = members.iter().map(|(bar, measured)| member_p(bar, *measured)).collect();
    let known: Vec<f64> = p.iter().copied().flatten().collect();
    let mut adjusted = holm(&known).into_iter();
    let next = |p: &Option<f64>| p.and_then(|_| adjusted.next()).map(|p| Adjusted { p, members: known.len() });
    p.iter().map(next).collect()
}

fn member_p(bar: &Bar, measured: Option<&Measurement>) -> Option<f64> {
    match measured {
        Some(measurement) => p_value(bar, measurement),
        None => (bar.decide_on == DecideOn::Interval).then_some(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Unit, Verdict};
    use proptest::prelude::*;

    /// statsmodels 0.15.0: `multipletests(p, method="holm")[1]`.
    #[test]
    fn adjusted_p_values_match_statsmodels() {
        let cases: [(&[f64], &[f64]); 4] = [
            (&[0.01, 0.04, 0.03, 0.005], &[0.03, 0.06, 0.06, 0.02]),
            (&[0.001, 0.001, 0.02, 1.0], &[0.004, 0.004, 0.04, 1.0]),
            (&[0.2, 0.024, 0.012, 0.6, 0.0001, 0.012], &[0.4, 0.072, 0.06, 0.6, 0.0006, 0.06]),
            (&[0.025], &[0.025]),
        ];
        for (p, expected) in cases {
            let close = holm(p).iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-15);
            assert!(close, "{p:?}: {:?}", holm(p));
        }
        assert!(holm(&[]).is_empty());
        assert_eq!(holm(&[f64::NAN, 0.01]), [1.0, 0.02]);
    }

    fn measured(value: f64, low: f64) -> Measurement {
        Measurement::with_interval(value, (low, value + 0.1), Unit::Ratio, 100).unwrap()
    }

    #[test]
    fn a_family_of_one_is_judged_as_if_alone_also_on_the_bar() {
        let bar = Bar::at_least(0.8, "test");
        for (low, clears) in [(0.8, true), (0.799_9, false)] {
            assert_eq!(control_error(&[(&bar, Some(&measured(0.9, low)))])[0].unwrap().clears(), clears);
        }
    }

    #[test]
    fn a_gate_that_has_not_spoken_counts_and_one_with_an_exact_number_does_not() {
        let bar = Bar::at_least(0.8, "test");
        let just = measured(0.9, 0.8);
        let exact = Measurement::exact(0.9, Unit::Count, 1).unwrap();
        let missing = control_error(&[(&bar, Some(&just)), (&bar, None)]);
        assert!(!missing[0].unwrap().clears() && !missing[1].unwrap().clears());
        let with_exact = control_error(&[(&bar, Some(&just)), (&bar, Some(&exact))]);
        assert!(with_exact[0].unwrap().clears() && with_exact[1].is_none());
    }

    fn any_family() -> impl Strategy<Value = Vec<(f64, f64)>> {
        prop::collection::vec((0.5..1.1, 0.01..0.3), 1..6)
    }

    fn cleared(family: &[(f64, f64)]) -> Vec<bool> {
        let bar = Bar::at_least(0.8, "test");
        let all: Vec<Measurement> = family.iter().map(|(value, below)| measured(*value, value - below)).collect();
        let members: Vec<Member<'_>> = all.iter().map(|measured| (&bar, Some(measured))).collect();
        control_error(&members).into_iter().map(|adjusted| adjusted.unwrap().clears()).collect()
    }

    proptest! {
        #[test]
        fn holm_is_never_more_lenient_than_each_gate_alone_nor_stricter_than_bonferroni(family in any_family()) {
            let level = LEVEL / family.len() as f64;
            let bar = Bar::at_least(0.8, "test");
            for ((value, below), clears) in family.iter().zip(cleared(&family)) {
                let alone = measured(*value, value - below);
                prop_assume!((value - below - 0.8).abs() > 1e-9);
                prop_assert!(!clears || bar.judge(&alone) == Verdict::Go);
                prop_assert!(clears || p_value(&bar, &alone).unwrap() > level);
            }
        }

        #[test]
        fn a_better_or_surer_measurement_makes_no_gate_of_the_family_worse(
            family in any_family(), at in any::<prop::sample::Index>(), shift in 0.0..0.2, surer in 0.5..1.0
        ) {
            let mut better = family.clone();
            let one = at.index(family.len());
            better[one] = (family[one].0 + shift, family[one].1);
            // Surer counts as better only for a number on the good side of its bar.
            if better[one].0 > 0.8 {
                better[one].1 *= surer;
            }
            prop_assert!(cleared(&family).iter().zip(cleared(&better)).all(|(before, after)| after || !before));
        }
    }
}
