//! Disparity given a control feature: groups compared within each band of it, and the bands put together.

use std::collections::BTreeMap;

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::families::fairness::unjudged::{Unjudged, lowered, raised};
use crate::measure::sample::{Measured, Sample};
use crate::measure::subject::Subject;
use crate::measure::tally::GroupCounts;
use crate::statistics::estimate::Estimate;
use crate::statistics::two_shares::Rate;
use crate::statistics::worst_of::Pairs;

/// Conditional disparate impact: the lowest ratio of selection rates of two groups, each ratio pooled over the bands of
/// the control feature (Mantel and Haenszel 1959), with the interval of Greenland and Robins 1985 on the log scale. The
/// parts are the selection rates of each group in each band.
///
/// # Errors
/// Not measured as without the control feature, when two groups share too few rows in bands where both are, and when
/// nobody or everybody is selected in all of them, which leaves the ratio without an interval.
pub(crate) fn disparate_impact(sample: &Sample, subject: &Subject<'_>) -> Measured {
    let (groups, reference) = subject.groups(sample)?;
    let bands = bands(sample, subject);
    let rates = |group: usize| bands.get(&groups[group].name).map_or(&[][..], Vec::as_slice);
    let pairs = Pairs::among(groups.len(), reference);
    let least = sample.minimum_group_rows;
    let estimate = |a: usize, b: usize, z: f64| pooled(rates(a), rates(b), least, z);
    let nothing = || {
        let feature = subject.given.unwrap_or_default();
        NotMeasured(format!("within bands of {feature} two groups share too few rows, or their answers do not vary"))
    };
    let unjudged = Unjudged::new(sample, subject);
    let of_bands = unjudged_bands(&unjudged, &bands);
    let assigned = |a: usize, b: usize, z: f64| {
        let low: Vec<Rate> = rates(a).iter().zip(&of_bands).map(|(rate, rows)| lowered(*rate, *rows)).collect();
        let high: Vec<Rate> = rates(b).iter().zip(&of_bands).map(|(rate, rows)| raised(*rate, *rows)).collect();
        pooled(&low, &high, least, z)
    };
    let as_groups = with_unjudged_groups(sample, &unjudged, &bands, &groups, reference);
    let judged = pairs.lowest(&estimate).ok_or_else(nothing)?;
    let (worst, part) = unjudged.lower(judged, pairs.lowest(&assigned), as_groups);
    let parts = (0..groups.len()).flat_map(|group| parts(sample, subject, &groups[group].name, rates(group)));
    let parts = parts.chain(part).collect();
    let n = (0..groups.len()).flat_map(rates).map(|rate| rate.n).sum();
    let high = if reference.is_none() { worst.high.min(1.0) } else { worst.high };
    Ok(Measurement::with_interval(worst.value, (worst.low, high), Unit::Ratio, n)?.with_parts(parts))
}

/// The lowest pooled ratio if the unjudged groups that have the policy's fewest rows are compared as groups too. Two
/// groups that share too few rows in bands are then not compared.
fn with_unjudged_groups(
    sample: &Sample,
    unjudged: &Unjudged,
    bands: &BTreeMap<String, Vec<Rate>>,
    judged: &[GroupCounts],
    reference: Option<usize>,
) -> Option<Estimate> {
    let groups: Vec<&GroupCounts> = judged.iter().chain(&unjudged.large).collect();
    let rates = |group: usize| bands.get(&groups[group].name).map_or(&[][..], Vec::as_slice);
    let not_compared = Estimate { value: f64::INFINITY, low: f64::INFINITY, high: f64::INFINITY };
    let one =
        |a: usize, b: usize, z: f64| pooled(rates(a), rates(b), sample.minimum_group_rows, z).or(Some(not_compared));
    Pairs::among(groups.len(), reference).lowest(&one)
}

/// For each group, its selection in each band.
pub(super) fn bands(sample: &Sample, subject: &Subject<'_>) -> BTreeMap<String, Vec<Rate>> {
    let axes: Vec<&str> = subject.attributes.iter().copied().chain(subject.given).collect();
    let width = subject.given.and_then(|name| sample.tally.axis(name)).map_or(1, |axis| axis.groups.len());
    let cells = sample.tally.groups(&axes);
    let plain = sample.tally.groups(&subject.attributes);
    let rate = |cell: &GroupCounts| {
        let outcomes = cell.outcomes(sample.threshold);
        Rate { hits: outcomes.selected(), n: outcomes.rows() }
    };
    // The control feature runs fastest: each group's bands stand together.
    cells.chunks(width).zip(plain).map(|(bands, group)| (group.name, bands.iter().map(rate).collect())).collect()
}

/// The unjudged rows in each band.
pub(super) fn unjudged_bands(unjudged: &Unjudged, bands: &BTreeMap<String, Vec<Rate>>) -> Vec<Rate> {
    let width = bands.values().next().map_or(0, Vec::len);
    let mut all = vec![Rate { hits: 0, n: 0 }; width];
    for rates in unjudged.counts.iter().filter_map(|group| bands.get(&group.name)) {
        for (all, rate) in all.iter_mut().zip(rates) {
            *all = Rate { hits: all.hits + rate.hits, n: all.n + rate.n };
        }
    }
    all
}

fn parts(sample: &Sample, subject: &Subject<'_>, group: &str, rates: &[Rate]) -> Vec<Part> {
    let names = subject.given.and_then(|name| sample.tally.axis(name)).map_or(&[][..], |axis| &axis.groups);
    let occupied = names.iter().zip(rates).filter(|(_, rate)| rate.n > 0);
    occupied.map(|(band, rate)| Part { name: format!("{group}, {band}"), value: rate.share(), n: rate.n }).collect()
}

/// The pooled ratio of two groups over bands; `None` when it has no number or no variance.
pub(super) fn pooled(a: &[Rate], b: &[Rate], least: u64, z: f64) -> Option<Estimate> {
    let shared: Vec<(Rate, Rate)> =
        a.iter().copied().zip(b.iter().copied()).filter(|(a, b)| a.n > 0 && b.n > 0).collect();
    let rows = shared.iter().fold((0, 0), |rows, (a, b)| (rows.0 + a.n, rows.1 + b.n));
    let mut over = 0.0;
    let mut under = 0.0;
    let mut variance = 0.0;
    for (a, b) in &shared {
        let xa = a.hits as f64;
        let na = a.n as f64;
        let xb = b.hits as f64;
        let nb = b.n as f64;
        let all = na + nb;
        over += xa * nb / all;
        under += xb * na / all;
        variance += (na * nb * (xa + xb) - xa * xb * all) / (all * all);
    }
    if rows.0.min(rows.1) < least || over <= 0.0 || under <= 0.0 || variance <= 0.0 {
        return None;
    }
    let value = over / under;
    let half = z * (variance / (over * under)).sqrt();
    Some(Estimate { value, low: value * libm::exp(-half), high: value * libm::exp(half) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(hits: u64, n: u64) -> Rate {
        Rate { hits, n }
    }

    #[test]
    fn the_pooled_ratio_by_hand() {
        // Within each band both groups are treated alike; the first has more rows in the harder band.
        let a = [rate(30, 60), rate(36, 40)];
        let b = [rate(20, 40), rate(54, 60)];
        let pooled = pooled(&a, &b, 10, 1.96).unwrap();
        assert!((pooled.value - 1.0).abs() < 1e-12, "{pooled:?}");
        let plain = (66.0 / 100.0) / (74.0 / 100.0);
        assert!(plain < 0.9 && pooled.low < 1.0 && pooled.high > 1.0);
    }

    #[test]
    fn one_band_is_the_plain_ratio_with_its_log_interval() {
        let pooled = pooled(&[rate(30, 50)], &[rate(80, 100)], 10, 1.96).unwrap();
        // Katz et al. 1978: variance 1/30 - 1/50 + 1/80 - 1/100.
        let error = (1.0 / 30.0 - 1.0 / 50.0 + 1.0 / 80.0 - 1.0 / 100.0_f64).sqrt();
        assert!((pooled.value - 0.75).abs() < 1e-12);
        assert!((pooled.low - 0.75 * (-1.96 * error).exp()).abs() < 1e-12);
    }

    #[test]
    fn no_overlap_no_selection_or_no_variance_is_no_number() {
        assert_eq!(pooled(&[rate(5, 50), rate(0, 0)], &[rate(0, 0), rate(5, 50)], 10, 1.96), None);
        assert_eq!(pooled(&[rate(0, 50)], &[rate(0, 50)], 10, 1.96), None);
        assert_eq!(pooled(&[rate(50, 50)], &[rate(50, 50)], 10, 1.96), None);
        assert_eq!(pooled(&[rate(5, 9)], &[rate(20, 50)], 10, 1.96), None);
    }
}
