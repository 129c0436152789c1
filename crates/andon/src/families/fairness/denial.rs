//! The denied, group by group: where nearly everybody is selected, a ratio of selections asks nothing. All of these are
//! better the lower they are, and 1 (or 0, of a difference) is equal treatment. Unjudged rows are assigned in the worst
//! way, as `unjudged.rs` explains.

use std::collections::BTreeMap;

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::families::fairness::conditional::{bands, pooled, unjudged_bands};
use crate::families::fairness::unjudged::{Unjudged, lowered, raised};
use crate::measure::sample::{Measured, Sample};
use crate::measure::subject::Subject;
use crate::measure::tally::GroupCounts;
use crate::statistics::estimate::Estimate;
use crate::statistics::odds::odds_ratio;
use crate::statistics::two_shares::{self, Rate};
use crate::statistics::worst_of::Pairs;

/// The way in which the denials of two groups are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DenialContrast {
    /// Shares of the rows.
    Ratio,
    /// Odds.
    Odds,
}

impl DenialContrast {
    /// The comparison over bands; of one band it is the plain one.
    fn estimate(self, a: &[Rate], b: &[Rate], least: u64, z: f64) -> Option<Estimate> {
        match (self, a, b) {
            (Self::Ratio, [a], [b]) => {
                let (low, high) = two_shares::ratio(*a, *b, z);
                (b.hits > 0).then(|| Estimate { value: a.share() / b.share(), low, high })
            }
            (Self::Ratio, ..) => pooled(a, b, least, z),
            (Self::Odds, ..) => {
                let shared: Vec<(Rate, Rate)> = a.iter().copied().zip(b.iter().copied()).collect();
                let rows = shared.iter().filter(|(a, b)| a.n > 0 && b.n > 0);
                let (of_a, of_b) = rows.fold((0, 0), |sum, (a, b)| (sum.0 + a.n, sum.1 + b.n));
                odds_ratio(&shared, z).filter(|_| of_a.min(of_b) >= least)
            }
        }
    }
}

/// The ratio of denial rates: the highest of two groups, 1 and more; against a reference, the highest of a group's rate
/// to that of the reference. Ratios of two groups have the intervals of [`two_shares::ratio`]. Given a control feature
/// it is pooled over its bands, as `disparate_impact` is. The parts are the denial rates.
///
/// # Errors
/// Not measured when the subject names no groups, a group has fewer rows than the sample's minimum, or nobody of a
/// group is denied, so that there is no ratio.
pub(crate) fn denial_ratio(sample: &Sample, subject: &str) -> Measured {
    compare_denials(sample, subject, DenialContrast::Ratio)
}

/// The odds ratio of denial: the highest of two groups, 1 and more; otherwise as [`denial_ratio`], with the intervals
/// of [`odds_ratio`]. It does not depend on whether denials or approvals are counted, and hardly on how many are
/// denied.
///
/// # Errors
/// As [`denial_ratio`], and when everybody of a group is denied.
pub(crate) fn denial_odds_ratio(sample: &Sample, subject: &str) -> Measured {
    compare_denials(sample, subject, DenialContrast::Odds)
}

/// Denials instead of selections.
fn denied(rates: &[Rate]) -> Vec<Rate> {
    rates.iter().map(|rate| Rate { hits: rate.n - rate.hits, n: rate.n }).collect()
}

/// The denials of each group in each band, and of the unjudged rows.
struct Denials {
    groups: Vec<GroupCounts>,
    of_groups: Vec<Vec<Rate>>,
    of_unjudged: Vec<Rate>,
    unjudged: Unjudged,
    reference: Option<usize>,
    least: u64,
    is_point: bool,
}

impl Denials {
    fn new(sample: &Sample, subject: &Subject<'_>) -> Result<Self, NotMeasured> {
        let (mut groups, reference) = subject.groups(sample)?;
        let unjudged = Unjudged::new(sample, subject);
        groups.extend(unjudged.large.iter().cloned());
        let selected: BTreeMap<String, Vec<Rate>> = bands(sample, subject);
        let of_groups = groups.iter().map(|group| denied(selected.get(&group.name).map_or(&[][..], Vec::as_slice)));
        Ok(Self {
            of_groups: of_groups.collect(),
            of_unjudged: denied(&unjudged_bands(&unjudged, &selected)),
            reference,
            least: sample.minimum_group_rows,
            is_point: sample.draws == 0,
            unjudged,
            groups,
        })
    }

    /// The groups that are judged; the large unjudged ones stand behind them.
    fn judged(&self) -> usize {
        self.groups.len() - self.unjudged.large.len()
    }

    /// The highest contrast of the first groups, with unjudged rows in their worst assignment if they are given.
    fn highest(&self, contrast: DenialContrast, groups: usize, unjudged: &[Rate]) -> Option<Estimate> {
        let one = |a: usize, b: usize, z: f64| {
            let with = |rates: &[Rate], assign: fn(Rate, Rate) -> Rate| -> Vec<Rate> {
                let rows = |band: usize| unjudged.get(band).copied().unwrap_or(Rate { hits: 0, n: 0 });
                rates.iter().enumerate().map(|(band, rate)| assign(*rate, rows(band))).collect()
            };
            let high = with(&self.of_groups[a], raised);
            contrast.estimate(&high, &with(&self.of_groups[b], lowered), self.least, z)
        };
        let pairs = Pairs::among(groups, self.reference).point(self.is_point);
        pairs.highest(&[&one])
    }
}

fn compare_denials(sample: &Sample, subject: &str, contrast: DenialContrast) -> Measured {
    let parsed = Subject::parse(subject, &sample.tally)?;
    let denials = Denials::new(sample, &parsed)?;
    let nobody = || {
        NotMeasured(format!("{subject}: two groups share too few rows, or nobody or everybody of a group is denied"))
    };
    let judged = denials.highest(contrast, denials.judged(), &[]).ok_or_else(nobody)?;
    let assigned = denials.highest(contrast, denials.judged(), &denials.of_unjudged).ok_or_else(nobody)?;
    let as_groups = denials.highest(contrast, denials.groups.len(), &[]).ok_or_else(nobody)?;
    let (worst, part) = denials.unjudged.raise(judged, assigned, Some(as_groups));
    let low = if parsed.against.is_none() { worst.low.max(1.0).min(worst.value) } else { worst.low };
    let groups = denials.groups.iter().zip(&denials.of_groups).take(denials.judged());
    let named = groups.flat_map(|(group, rates)| parts(sample, &parsed, &group.name, rates));
    let n = denials.of_groups.iter().take(denials.judged()).flatten().map(|rate| rate.n).sum();
    let parts = named.chain(part).collect();
    Ok(Measurement::with_interval(worst.value, (low, worst.high), Unit::Ratio, n)?.with_parts(parts))
}

fn parts(sample: &Sample, subject: &Subject<'_>, group: &str, rates: &[Rate]) -> Vec<Part> {
    let bands = subject.given.and_then(|name| sample.tally.axis(name)).map_or(&[][..], |axis| &axis.groups);
    let name = |band: usize| bands.get(band).map_or_else(|| group.to_owned(), |band| format!("{group}, {band}"));
    let occupied = rates.iter().enumerate().filter(|(_, rate)| rate.n > 0);
    occupied.map(|(band, rate)| Part { name: name(band), value: rate.share(), n: rate.n }).collect()
}

/// The denials of a group beside the rows that its labels deny.
#[derive(Debug, Clone, Copy)]
struct DeniedTwice {
    rows: f64,
    /// Denied by the model.
    model: f64,
    /// Label 0.
    label: f64,
    both: f64,
}

impl DeniedTwice {
    fn new(sample: &Sample, group: &GroupCounts) -> Self {
        let outcomes = group.outcomes(sample.threshold);
        let [rows, model, label, both] =
            [outcomes.rows(), outcomes.rows() - outcomes.selected(), outcomes.labelled(false), outcomes.below[0]]
                .map(|count| count as f64);
        Self { rows, model, label, both }
    }

    /// With so many rows more: those that the model alone denies, that the label alone denies, that both deny, and that
    /// neither does.
    fn with(self, model_alone: f64, label_alone: f64, both: f64, neither: f64) -> Self {
        Self {
            rows: self.rows + model_alone + label_alone + both + neither,
            model: self.model + model_alone + both,
            label: self.label + label_alone + both,
            both: self.both + both,
        }
    }
}

/// The ratio of denial rates by the model over the one by the labels, or over 1 where the labels deny the first group
/// no more often. The interval is that of a log-normal number: both ratios are of the same rows, so their errors go
/// together.
fn amplified(a: DeniedTwice, b: DeniedTwice, z: f64) -> Option<Estimate> {
    if [a.model, a.label, b.model, b.label].iter().any(|count| *count <= 0.0) {
        return None;
    }
    let by_model = (a.model / a.rows) / (b.model / b.rows);
    let by_label = (a.label / a.rows) / (b.label / b.rows);
    let of_labels =
        |group: DeniedTwice| 1.0 / group.model + 1.0 / group.label - 2.0 * group.both / (group.model * group.label);
    let of_model = |group: DeniedTwice| 1.0 / group.model - 1.0 / group.rows;
    let variance = if by_label >= 1.0 { of_labels(a) + of_labels(b) } else { of_model(a) + of_model(b) };
    let value = by_model / by_label.max(1.0);
    let half = z * variance.max(0.0).sqrt();
    Some(Estimate { value, low: value * libm::exp(-half), high: value * libm::exp(half) })
}

/// Amplification: by how much the model widens the gap that is in the labels. The ratio of denial rates of two groups
/// by the model over the same ratio by the labels; the highest of two groups, each with each. At 1 the model is as
/// unequal as the decisions that it learned from; above, more unequal. The parts are the denial rates by the model.
///
/// # Errors
/// As [`denial_ratio`], and when no row of a group has label 0.
pub(crate) fn amplification(sample: &Sample, subject: &str) -> Measured {
    let parsed = Subject::parse(subject, &sample.tally)?;
    if parsed.given.is_some() {
        return Err(NotMeasured(format!("{subject}: amplification is not measured given a control feature")));
    }
    let denials = Denials::new(sample, &parsed)?;
    let groups: Vec<DeniedTwice> = denials.groups.iter().map(|group| DeniedTwice::new(sample, group)).collect();
    let unjudged = denials.unjudged.counts.iter().map(|group| DeniedTwice::new(sample, group));
    let unjudged = unjudged.fold(DeniedTwice { rows: 0.0, model: 0.0, label: 0.0, both: 0.0 }, |sum, rows| {
        sum.with(rows.model - rows.both, rows.label - rows.both, rows.both, neither(rows))
    });
    let highest = |count: usize, question: &dyn Fn(usize, usize, f64) -> Option<Estimate>| {
        Pairs::among(count, denials.reference).point(denials.is_point).highest(&[question])
    };
    let plain = |a: usize, b: usize, z: f64| amplified(groups[a], groups[b], z);
    let nobody = || NotMeasured(format!("{subject}: nobody of a group is denied, by the model or by the labels"));
    let judged = highest(denials.judged(), &plain).ok_or_else(nobody)?;
    let assigned = highest(denials.judged(), &|a, b, z| assigned_worst(groups[a], groups[b], unjudged, z));
    let assigned = assigned.ok_or_else(nobody)?;
    let as_groups = highest(groups.len(), &plain).ok_or_else(nobody)?;
    let (worst, part) = denials.unjudged.raise(judged, assigned, Some(as_groups));
    let of_groups = denials.groups.iter().zip(&denials.of_groups).take(denials.judged());
    let parts = of_groups.flat_map(|(group, rates)| parts(sample, &parsed, &group.name, rates)).chain(part).collect();
    let n = groups[..denials.judged()].iter().map(|group| group.rows as u64).sum();
    Ok(Measurement::with_interval(worst.value, (worst.low, worst.high), Unit::Ratio, n)?.with_parts(parts))
}

fn neither(rows: DeniedTwice) -> f64 {
    rows.rows - rows.model - rows.label + rows.both
}

/// The amplification with unjudged rows where they raise it most: those that the model alone denies in the first group,
/// those that the label alone denies in the second, and those that both deny in one or the other.
fn assigned_worst(a: DeniedTwice, b: DeniedTwice, unjudged: DeniedTwice, z: f64) -> Option<Estimate> {
    let model_alone = unjudged.model - unjudged.both;
    let label_alone = unjudged.label - unjudged.both;
    let with = |of_a: f64, of_b: f64| {
        amplified(a.with(model_alone, 0.0, of_a, 0.0), b.with(0.0, label_alone, of_b, neither(unjudged)), z)
    };
    let first = with(unjudged.both, 0.0)?;
    let second = with(0.0, unjudged.both)?;
    Some(if first.value >= second.value { first } else { second })
}

#[cfg(test)]
mod tests {
    use super::*;
    use andon_evidence::judge::normal::Z_95;

    fn twice(rows: f64, model: f64, label: f64, both: f64) -> DeniedTwice {
        DeniedTwice { rows, model, label, both }
    }

    #[test]
    fn amplification_by_hand() {
        // The labels deny 30 % and 10 %, the model 20 % and 4 %: 5 over 3.
        let a = twice(100.0, 20.0, 30.0, 15.0);
        let b = twice(200.0, 8.0, 20.0, 4.0);
        let found = amplified(a, b, Z_95).unwrap();
        assert!((found.value - 5.0 / 3.0).abs() < 1e-12, "{found:?}");
        let variance: f64 =
            (1.0 / 20.0 + 1.0 / 30.0 - 2.0 * 15.0 / 600.0) + (1.0 / 8.0 + 1.0 / 20.0 - 2.0 * 4.0 / 160.0);
        assert!((found.high - 5.0 / 3.0 * (Z_95 * variance.sqrt()).exp()).abs() < 1e-9, "{found:?}");
        // Where the labels deny no more, the model's own ratio counts.
        assert!((amplified(b, a, 0.0).unwrap().value - 0.2).abs() < 1e-12);
        assert_eq!(amplified(a, twice(9.0, 0.0, 2.0, 0.0), Z_95).map(|found| found.value), None);
    }

    #[test]
    fn a_model_that_repeats_the_labels_amplifies_nothing_and_knows_it() {
        let a = twice(100.0, 30.0, 30.0, 30.0);
        let b = twice(200.0, 20.0, 20.0, 20.0);
        let found = amplified(a, b, Z_95).unwrap();
        assert!((found.value - 1.0).abs() < 1e-12 && (found.high - 1.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn unjudged_rows_are_assigned_where_they_raise_it_most() {
        let a = twice(100.0, 20.0, 30.0, 15.0);
        let b = twice(200.0, 8.0, 20.0, 4.0);
        let worst = assigned_worst(a, b, twice(10.0, 4.0, 3.0, 1.0), 0.0).unwrap().value;
        // 3 model alone and, better, the both row in the first group; 2 label alone in the second; 4 neither there.
        let rate = |first: f64, second: f64| first / second;
        let first = (rate(24.0, 104.0) / rate(8.0, 206.0)) / (rate(31.0, 104.0) / rate(22.0, 206.0));
        let second = (rate(23.0, 103.0) / rate(9.0, 207.0)) / (rate(30.0, 103.0) / rate(23.0, 207.0));
        assert!((worst - first.max(second)).abs() < 1e-12, "{worst} {first} {second}");
    }

    #[test]
    fn ratio_and_odds_of_one_band_by_hand() {
        let a = [Rate { hits: 17, n: 195 }];
        let b = [Rate { hits: 15, n: 1_673 }];
        let ratio = DenialContrast::Ratio.estimate(&a, &b, 1, Z_95).unwrap();
        assert!(
            (ratio.value - (17.0 / 195.0) / (15.0 / 1_673.0)).abs() < 1e-12 && ratio.low > 4.0 && ratio.high < 25.0
        );
        let odds = DenialContrast::Odds.estimate(&a, &b, 1, Z_95).unwrap();
        assert!((odds.value - (17.0 / 178.0) / (15.0 / 1_658.0)).abs() < 1e-12, "{odds:?}");
        assert_eq!(DenialContrast::Ratio.estimate(&a, &[Rate { hits: 0, n: 50 }], 1, Z_95), None);
    }
}
