//! The gap between the scores of two groups, whatever the threshold.

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::families::fairness::unjudged::Unjudged;
use crate::measure::sample::{Measured, Sample};
use crate::measure::subject::Subject;
use crate::measure::tally::GroupCounts;
use crate::model::score::Score;
use crate::statistics::effect_size::mean_difference::{Moments, standardised_difference};
use crate::statistics::estimate::Estimate;
use crate::statistics::worst_of::Pairs;

/// Places at which the scores of unjudged rows are parted, at most.
const MAX_CUTS: usize = 64;

/// Scores with their counts.
type Scores = Vec<(f64, u64)>;

fn scores(groups: &[GroupCounts]) -> Scores {
    let of_group = |group: &GroupCounts| {
        let (entries, counts) = group.table.entries();
        let share = |score: usize| score as f64 / Score::STEPS as f64;
        entries.iter().zip(counts).map(|(entry, count)| (share(entry.score), count)).collect::<Scores>()
    };
    let mut all: Scores = groups.iter().flat_map(of_group).collect();
    all.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    all
}

/// The standardised mean difference of scores: the greatest of two groups, in pooled standard deviations (Cohen 1988).
/// Unjudged rows are parted at the score that makes it greatest: the higher ones to the group that fares better. The
/// parts are the mean scores.
///
/// # Errors
/// Not measured when the subject names no groups or a control feature, a group has fewer rows than the sample's
/// minimum, or no score differs from another.
pub(crate) fn score_difference(sample: &Sample, subject: &str) -> Measured {
    let parsed = Subject::parse(subject, &sample.tally)?;
    if parsed.given.is_some() {
        return Err(NotMeasured(format!("{subject}: score_difference is not measured given a control feature")));
    }
    let (groups, reference) = parsed.groups(sample)?;
    let unjudged = Unjudged::new(sample, &parsed);
    let all: Vec<Scores> =
        groups.iter().chain(&unjudged.large).map(|group| scores(std::slice::from_ref(group))).collect();
    let moments: Option<Vec<Moments>> = all.iter().map(|scores| Moments::new(scores)).collect();
    let same = || NotMeasured(format!("{subject}: no score differs from another, so there is no scale"));
    let moments = moments.ok_or_else(same)?;
    let pairs = |count: usize| Pairs::among(count, reference).point(sample.draws == 0).both_ways();
    let plain = |a: usize, b: usize, z: f64| standardised_difference(&moments[a], &moments[b], z);
    let rest = scores(&unjudged.counts);
    let assigned = |a: usize, b: usize, z: f64| parted_worst(&all[a], &all[b], &rest, z);
    let judged = pairs(groups.len()).highest(&[&plain]).ok_or_else(same)?;
    let worst = pairs(groups.len()).highest(&[&assigned]).ok_or_else(same)?;
    let as_groups = pairs(all.len()).highest(&[&plain]).ok_or_else(same)?;
    let (found, part) = unjudged.raise(judged, worst, Some(as_groups));
    let part_of = |(group, of_group): (&GroupCounts, &Moments)| Part {
        name: group.name.clone(),
        value: of_group.mean(),
        n: of_group.rows(),
    };
    let parts = groups.iter().zip(&moments).map(part_of).chain(part).collect();
    let n = moments[..groups.len()].iter().map(Moments::rows).sum();
    let interval = (found.low.max(0.0), found.high);
    Ok(Measurement::with_interval(found.value, interval, Unit::Score, n)?.with_parts(parts))
}

/// The difference with further rows parted at the score that makes it greatest: the higher ones to the first group.
fn parted_worst(a: &[(f64, u64)], b: &[(f64, u64)], rest: &[(f64, u64)], z: f64) -> Option<Estimate> {
    let step = rest.len().div_ceil(MAX_CUTS).max(1);
    let cuts = (0..rest.len()).step_by(step).chain([rest.len()]);
    let parted = |cut: usize| {
        let lower = Moments::new(&[b, &rest[..cut]].concat())?;
        standardised_difference(&Moments::new(&[a, &rest[cut..]].concat())?, &lower, z)
    };
    let all: Option<Vec<Estimate>> = cuts.map(parted).collect();
    all?.into_iter().max_by(|one, other| one.value.total_cmp(&other.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All rows have one sum of squares, so among parts of equal size the one with the greatest gap of the means has
    /// the least variance within.
    #[test]
    fn unjudged_scores_are_parted_where_the_gap_is_greatest() {
        let a = vec![(0.6, 50), (0.8, 50)];
        let b = vec![(0.4, 50), (0.6, 50)];
        let rest = [(0.1, 3), (0.5, 3), (0.7, 3), (0.9, 3)];
        let parted = |chosen: usize| {
            let of =
                |is_first: bool| rest.iter().enumerate().filter(move |(at, _)| (chosen >> at & 1 == 1) == is_first);
            let with = |group: &Scores, is_first: bool| -> Scores {
                group.iter().chain(of(is_first).map(|(_, entry)| entry)).copied().collect()
            };
            let first = Moments::new(&with(&a, true)).unwrap();
            standardised_difference(&first, &Moments::new(&with(&b, false)).unwrap(), 0.0).unwrap().value
        };
        let by_hand = (0..16).map(parted).fold(f64::MIN, f64::max);
        let worst = parted_worst(&a, &b, &rest, 0.0).unwrap().value;
        assert!((worst - by_hand).abs() < 1e-12, "{worst} {by_hand}");
    }
}
