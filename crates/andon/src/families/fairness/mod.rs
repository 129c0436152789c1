//! The family `fairness`: equal treatment of groups. The gate's subject names the groups, see
//! [`crate::measure::subject`]. The worst of several comparisons has an interval that holds for all of them, as
//! `statistics/worst_of.rs` explains. Rows that no judged group holds widen it, as `unjudged.rs` explains.

pub mod alternatives;
pub(crate) mod conditional;
pub(crate) mod denial;
pub mod proxy;
pub(crate) mod score_gap;
mod strong_probe;
pub(crate) mod unjudged;

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::families::calibration::EQUAL_WIDTH;
use crate::families::fairness::unjudged::{Unjudged, lowered, raised};
use crate::measure::sample::{Measured, Sample};
use crate::measure::subject::Subject;
use crate::measure::table::Outcomes;
use crate::measure::tally::GroupCounts;
use crate::statistics::estimate::Estimate;
use crate::statistics::share;
use crate::statistics::two_shares::{self, Rate};
use crate::statistics::worst_of::{PairQuestion, Pairs};

/// A share of the rows of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    /// Selected, of all.
    Selected,
    /// Selected, of those with label 1.
    TruePositive,
    /// Selected, of those with label 0.
    FalsePositive,
    /// With label 1, of those selected.
    Precision,
}

impl Share {
    fn rate(self, group: &Outcomes) -> Rate {
        let (hits, n) = match self {
            Self::Selected => (group.selected(), group.rows()),
            Self::TruePositive => (group.above[1], group.labelled(true)),
            Self::FalsePositive => (group.above[0], group.labelled(false)),
            Self::Precision => (group.above[1], group.selected()),
        };
        Rate { hits, n }
    }

    /// The property of a row that counts; none if fewer are better.
    fn hit(self) -> Option<&'static str> {
        match self {
            Self::Selected | Self::TruePositive => Some("selected"),
            Self::FalsePositive => None,
            Self::Precision => Some("with label 1"),
        }
    }

    fn rows(self) -> &'static str {
        match self {
            Self::Selected => "rows",
            Self::TruePositive => "rows with label 1",
            Self::FalsePositive => "rows with label 0",
            Self::Precision => "rows answered positively",
        }
    }
}

/// The groups of a subject with what happened to them.
struct ComparedGroups {
    groups: Vec<GroupCounts>,
    outcomes: Vec<Outcomes>,
    pairs: Pairs,
    reference: Option<usize>,
    unjudged: Unjudged,
}

impl ComparedGroups {
    fn new(sample: &Sample, subject: &Subject<'_>) -> Result<Self, NotMeasured> {
        let (groups, reference) = subject.groups(sample)?;
        let outcomes: Vec<Outcomes> = groups.iter().map(|group| group.outcomes(sample.threshold)).collect();
        let unjudged = Unjudged::new(sample, subject);
        let pairs = Pairs::among(groups.len(), reference).point(sample.draws == 0);
        Ok(Self { pairs, groups, outcomes, reference, unjudged })
    }

    /// Within bands of a control feature only selections and denials are compared.
    fn plain(sample: &Sample, subject: &str) -> Result<Self, NotMeasured> {
        let parsed = Subject::parse(subject, &sample.tally)?;
        match parsed.given {
            Some(_) => Err(NotMeasured(format!(
                "{subject}: given a control feature only disparate_impact, denial_ratio and denial_odds_ratio are measured"
            ))),
            None => Self::new(sample, &parsed),
        }
    }

    /// The share of each group; its rows must be as many as the policy wants under a rate.
    fn rates(&self, sample: &Sample, share: Share) -> Result<Vec<Rate>, NotMeasured> {
        let rates: Vec<Rate> = self.outcomes.iter().map(|group| share.rate(group)).collect();
        match rates.iter().position(|rate| rate.n < sample.minimum_denominator.max(1)) {
            None => Ok(rates),
            Some(place) => Err(NotMeasured(format!(
                "group {} has {} {}, the policy takes rates of {} and more",
                self.outcomes[place].group,
                rates[place].n,
                share.rows(),
                sample.minimum_denominator
            ))),
        }
    }

    fn parts(&self, rates: &[Rate]) -> Vec<Part> {
        let part =
            |(group, rate): (&Outcomes, &Rate)| Part { name: group.group.clone(), value: rate.share(), n: rate.n };
        self.outcomes.iter().zip(rates).map(part).collect()
    }

    /// The share of the unjudged rows.
    fn unjudged(&self, share: Share) -> Rate {
        share.rate(&self.unjudged.outcomes)
    }

    /// The shares with those of the unjudged groups behind them that are large enough for one, and their pairs.
    fn with_unjudged_groups(&self, sample: &Sample, share: Share, rates: &[Rate]) -> (Vec<Rate>, Pairs) {
        let further = self.unjudged.large.iter().map(|group| share.rate(&group.outcomes(sample.threshold)));
        let large = further.filter(|rate| rate.n >= sample.minimum_denominator.max(1));
        let rates: Vec<Rate> = rates.iter().copied().chain(large).collect();
        let pairs = Pairs::among(rates.len(), self.reference).point(sample.draws == 0);
        (rates, pairs)
    }
}

fn measurement(estimate: Estimate, unit: Unit, rates: &[Rate], parts: Vec<Part>) -> Measured {
    let n = rates.iter().map(|rate| rate.n).sum();
    let measured = Measurement::with_interval(estimate.value, (estimate.low, estimate.high), unit, n)?;
    Ok(measured.with_parts(parts))
}

/// Disparate impact: the lowest over the highest selection rate of the groups, so that bias against any of them shows
/// (four fifths, 29 CFR 1607.4(D)); against a reference, the lowest ratio of a group's rate to the reference's.
/// Ratios of two groups have the intervals of [`two_shares::ratio`]. The parts are the selection rates.
///
/// Given a control feature it is the lowest ratio of two groups pooled over its bands (Mantel and Haenszel 1959), with
/// the interval of Greenland and Robins 1985; the parts are then the selection rates of each group in each band.
///
/// # Errors
/// Not measured when the subject names no groups, a group has fewer rows than the sample's minimum, or nobody is
/// selected.
pub fn disparate_impact(sample: &Sample, subject: &str) -> Measured {
    let parsed = Subject::parse(subject, &sample.tally)?;
    if parsed.given.is_some() {
        return conditional::disparate_impact(sample, &parsed);
    }
    let compared = ComparedGroups::new(sample, &parsed)?;
    let rates = compared.rates(sample, Share::Selected)?;
    let symmetric = parsed.against.is_none();
    let nobody = || NotMeasured(format!("{subject}: nobody is selected, so there is no ratio of rates"));
    let estimate = worst_ratio(&rates, NO_ROWS, &compared.pairs, symmetric).ok_or_else(nobody)?;
    let unjudged = compared.unjudged(Share::Selected);
    let worst = worst_ratio(&rates, unjudged, &compared.pairs, symmetric);
    let further = compared.with_unjudged_groups(sample, Share::Selected, &rates);
    let as_groups = worst_ratio(&further.0, NO_ROWS, &further.1, symmetric);
    let (estimate, part) = compared.unjudged.lower(estimate, worst, as_groups);
    measurement(estimate, Unit::Ratio, &rates, compared.parts(&rates).into_iter().chain(part).collect())
}

/// A share of no rows.
const NO_ROWS: Rate = Rate { hits: 0, n: 0 };

/// The lowest ratio under the worst assignment of unjudged rows. `None` where the ratio has no denominator: nobody is
/// selected at all, or in the reference group.
fn worst_ratio(rates: &[Rate], unjudged: Rate, pairs: &Pairs, symmetric: bool) -> Option<Estimate> {
    if rates.iter().all(|rate| rate.hits == 0) {
        return None;
    }
    let one = |a: usize, b: usize, z: f64| {
        let low = lowered(rates[a], unjudged);
        let high = raised(rates[b], unjudged);
        if high.hits == 0 {
            // Of two directions the other one is the lower.
            let none = Estimate { value: f64::INFINITY, low: f64::INFINITY, high: f64::INFINITY };
            return symmetric.then_some(none);
        }
        let value = low.share() / high.share();
        let (low, high) = two_shares::ratio(low, high, z);
        Some(Estimate { value, low, high })
    };
    let worst = pairs.lowest(&one)?;
    Some(if symmetric { Estimate { high: worst.high.min(1.0), ..worst } } else { worst })
}

/// The greatest difference of a share between two groups, with the interval of [`two_shares::difference`] for each.
/// If there is no hit in any group, nothing was shared out, and that does not mean equal treatment.
fn worst_difference(sample: &Sample, subject: &str, shares: &[Share]) -> Measured {
    let compared = ComparedGroups::plain(sample, subject)?;
    let rates = shares.iter().map(|share| compared.rates(sample, *share)).collect::<Result<Vec<_>, _>>()?;
    for (share, rates) in shares.iter().zip(&rates) {
        if let Some(hit) = share.hit().filter(|_| rates.iter().all(|rate| rate.hits == 0)) {
            return Err(NotMeasured(format!("{subject}: of the {} nobody is {hit} in any group", share.rows())));
        }
    }
    let judged: Vec<_> = rates.iter().map(|rates| (rates.clone(), NO_ROWS)).collect();
    let assigned: Vec<_> =
        rates.iter().zip(shares).map(|(rates, share)| (rates.clone(), compared.unjudged(*share))).collect();
    let further = rates.iter().zip(shares).map(|(rates, share)| compared.with_unjudged_groups(sample, *share, rates));
    let as_groups = further.filter_map(|(rates, pairs)| greatest_difference(&[(rates, NO_ROWS)], &pairs));
    let as_groups = as_groups.max_by(|a, b| a.high.total_cmp(&b.high));
    let undefined = || NotMeasured(format!("{subject}: there is nothing to compare"));
    let worst = greatest_difference(&judged, &compared.pairs).ok_or_else(undefined)?;
    let assigned = greatest_difference(&assigned, &compared.pairs).ok_or_else(undefined)?;
    let (worst, part) = compared.unjudged.raise(worst, assigned, as_groups);
    let mut parts: Vec<Part> = rates.iter().flat_map(|rates| compared.parts(rates)).collect();
    if let [_, share] = shares {
        parts.iter_mut().skip(compared.groups.len()).for_each(|part| part.name += &format!(", {}", share.rows()));
    }
    parts.extend(part);
    let within = Estimate { low: worst.low.max(0.0), high: worst.high.min(1.0), ..worst };
    measurement(within, Unit::Probability, &rates[0], parts)
}

/// The greatest difference of two groups in any of some shares, each under the worst assignment of its unjudged rows.
fn greatest_difference(shares: &[(Vec<Rate>, Rate)], pairs: &Pairs) -> Option<Estimate> {
    let question = |(rates, unjudged): &(Vec<Rate>, Rate), a: usize, b: usize, z: f64| {
        let high = raised(rates[a], *unjudged);
        let low = lowered(rates[b], *unjudged);
        let value = high.share() - low.share();
        let (low, high) = two_shares::difference(high, low, z);
        Some(Estimate { value, low, high })
    };
    let questions: Vec<_> = shares.iter().map(|share| move |a, b, z| question(share, a, b, z)).collect();
    let questions: Vec<PairQuestion<'_>> = questions.iter().map(|ask| ask as PairQuestion<'_>).collect();
    pairs.clone().both_ways().highest(&questions)
}

/// Demographic parity difference: the greatest difference of selection rates (Dwork et al. 2012; as fairlearn's), 0 to
/// 1. The parts are the selection rates.
///
/// # Errors
/// Not measured when the subject names no groups, a group has fewer rows than the sample's minimum, or nobody is
/// selected.
pub(crate) fn demographic_parity_difference(sample: &Sample, subject: &str) -> Measured {
    worst_difference(sample, subject, &[Share::Selected])
}

/// Equal opportunity difference: the greatest difference of true positive rates (Hardt, Price and Srebro 2016,
/// definition 2.2), 0 to 1. The parts are the true positive rates.
///
/// # Errors
/// Not measured as above, and when a group has too few rows with label 1, or nobody of them is selected.
pub(crate) fn equal_opportunity_difference(sample: &Sample, subject: &str) -> Measured {
    worst_difference(sample, subject, &[Share::TruePositive])
}

/// Equalized odds difference: the greater of the greatest differences of true and of false positive rates (Hardt, Price
/// and Srebro 2016, definition 2.1; as fairlearn's), 0 to 1. The parts are the true, then the false positive rates.
///
/// # Errors
/// Not measured as above, and when a group has too few rows with either label. That nobody with label 0 is selected is
/// as it should be.
pub(crate) fn equalized_odds_difference(sample: &Sample, subject: &str) -> Measured {
    worst_difference(sample, subject, &[Share::TruePositive, Share::FalsePositive])
}

/// Predictive parity difference: the greatest difference of precision (Chouldechova 2017, section 2), 0 to 1. The parts
/// are the precisions.
///
/// # Errors
/// Not measured as above, and when too few rows of a group are answered positively, or none of them rightly.
pub(crate) fn predictive_parity_difference(sample: &Sample, subject: &str) -> Measured {
    worst_difference(sample, subject, &[Share::Precision])
}

/// The lowest selection rate of a group, with Wilson's interval. The parts are the selection rates.
///
/// # Errors
/// Not measured when the subject names no groups or a group has fewer rows than the sample's minimum.
pub(crate) fn selection_rate(sample: &Sample, subject: &str) -> Measured {
    let compared = ComparedGroups::plain(sample, subject)?;
    let rates = compared.rates(sample, Share::Selected)?;
    let nothing = || NotMeasured(format!("{subject}: there is nothing to compare"));
    let lowest = lowest_share(&rates, NO_ROWS).ok_or_else(nothing)?;
    let unjudged = compared.unjudged(Share::Selected);
    let further = compared.with_unjudged_groups(sample, Share::Selected, &rates);
    let as_groups = lowest_share(&further.0, NO_ROWS);
    let (lowest, part) = compared.unjudged.lower(lowest, lowest_share(&rates, unjudged), as_groups);
    measurement(lowest, Unit::Share, &rates, compared.parts(&rates).into_iter().chain(part).collect())
}

/// The lowest share under the worst assignment of unjudged rows.
fn lowest_share(rates: &[Rate], unjudged: Rate) -> Option<Estimate> {
    // Each group is compared with nothing but itself: pairs with a reference that stands behind the last group.
    let one = |group: usize, _: usize, z: f64| {
        let rate = lowered(rates[group], unjudged);
        let (low, high) = share::wilson_at(rate.hits as f64, rate.n as f64, z);
        Some(Estimate { value: rate.share(), low, high })
    };
    Pairs::among(rates.len() + 1, Some(rates.len())).lowest(&one)
}

/// Calibration within groups: the greatest expected calibration error of a group, over ten bins of equal width
/// (Kleinberg, Mullainathan and Raghavan 2017, section 1.1). The parts are the groups' errors; small groups overstate
/// theirs. An unjudged group with the policy's fewest rows counts as a group in the interval.
///
/// # Errors
/// Not measured when the subject names no groups or a group has fewer rows than the sample's minimum.
pub(crate) fn calibration_within_groups(sample: &Sample, subject: &str) -> Measured {
    let compared = ComparedGroups::plain(sample, subject)?;
    let missed = compared.unjudged.missed();
    let mut most = 0.0_f64;
    let mut worst = Estimate { value: 0.0, low: 0.0, high: 0.0 };
    let mut parts = Vec::new();
    for group in &compared.groups {
        let (error, n) = EQUAL_WIDTH.measure_table(sample, &group.table)?;
        // An unjudged row adds at most its own miss to the sum of a group.
        most = most.max(error.value + missed / n as f64);
        let error = Estimate { high: error.high + missed / n as f64, ..error };
        worst = Estimate {
            value: worst.value.max(error.value),
            low: worst.low.max(error.low),
            high: worst.high.max(error.high),
        };
        parts.push(Part { name: group.name.clone(), value: error.value, n });
    }
    for group in &compared.unjudged.large {
        let (error, _) = EQUAL_WIDTH.measure_table(sample, &group.table)?;
        most = most.max(error.value);
        worst.high = worst.high.max(error.high);
    }
    let n = parts.iter().map(|part| part.n).sum();
    parts.extend((compared.unjudged.outcomes.rows() > 0).then(|| compared.unjudged.part(most)));
    let interval = (worst.low.min(worst.value), worst.high.max(worst.value));
    Ok(Measurement::with_interval(worst.value, interval, Unit::Probability, n)?.with_parts(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(rates: &[(u64, u64)], reference: Option<usize>) -> Option<Estimate> {
        let rates: Vec<Rate> = rates.iter().map(|(hits, n)| Rate { hits: *hits, n: *n }).collect();
        worst_ratio(&rates, NO_ROWS, &Pairs::among(rates.len(), reference), reference.is_none())
    }

    fn value(rates: &[(u64, u64)], reference: Option<usize>) -> Option<f64> {
        ratio(rates, reference).map(|estimate| estimate.value)
    }

    #[test]
    fn the_ratio_is_symmetric_and_by_hand() {
        assert_eq!(value(&[(4, 8), (5, 5)], None), Some(0.5));
        assert_eq!(value(&[(5, 5), (4, 8)], None), Some(0.5));
        assert_eq!(value(&[(0, 3), (1, 1)], None), Some(0.0));
    }

    #[test]
    fn unjudged_rows_are_assigned_in_the_worst_way_by_hand() {
        let rates = [Rate { hits: 40, n: 50 }, Rate { hits: 45, n: 50 }];
        let unjudged = Rate { hits: 6, n: 10 };
        let pairs = Pairs::among(2, None);
        // All 4 that were denied in the first group, all 6 that were selected in the second.
        let lowest = worst_ratio(&rates, unjudged, &pairs, true).unwrap();
        assert!((lowest.value - (40.0 / 54.0) / (51.0 / 56.0)).abs() < 1e-12, "{lowest:?}");
        let highest = greatest_difference(&[(rates.to_vec(), unjudged)], &pairs).unwrap();
        assert!((highest.value - (51.0 / 56.0 - 40.0 / 54.0)).abs() < 1e-12, "{highest:?}");
        let share = lowest_share(&rates, unjudged).unwrap();
        assert!((share.value - 40.0 / 54.0).abs() < 1e-12, "{share:?}");
    }

    #[test]
    fn against_a_reference_only_that_ratio_counts() {
        assert_eq!(value(&[(4, 8), (5, 5)], Some(1)), Some(0.5));
        assert_eq!(value(&[(4, 8), (5, 5)], Some(0)), Some(2.0));
        assert_eq!(value(&[(4, 8), (0, 5)], Some(1)), None);
    }

    #[test]
    fn nobody_selected_is_no_parity_and_everybody_has_a_width() {
        assert_eq!(value(&[(0, 3), (0, 9)], None), None);
        let all = ratio(&[(150, 150), (111, 111), (1_600, 1_600)], None).unwrap();
        assert!(all.value >= 1.0 && all.high >= 1.0 && all.low > 0.95 && all.low < 0.98, "{all:?}");
    }
}
