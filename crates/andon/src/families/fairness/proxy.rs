//! Proxies: features that give a protected attribute away, so that leaving it out of the model hides nothing.

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::data::frame::{Attribute, Feature, Frame};
use crate::families::fairness::strong_probe::StrongProbe;
use crate::families::probe::column;
use crate::measure::probes::ProbedGroups;
use crate::measure::sample::Measured;
use crate::release::Judged;
use crate::statistics::auc;
use crate::statistics::estimate::Estimate;
use crate::threads::default_threads;

/// Most features that a measurement names.
const MAX_NAMED_FEATURES: usize = 3;

/// The power of the features to tell the groups of a protected attribute apart: the area under the ROC curve of a fixed
/// probe, on rows it did not see, for one judged group against all other rows; the greatest over the groups. 0.5 is
/// not at all, 1 is wholly. Interval by DeLong, of that group. The probe is the same for every release: a weaker
/// learner hides nothing. If one feature by itself tells more than the probe, its area counts.
///
/// The parts are every group's area, then the features that give the leading group away most, each by its own area in
/// the direction in which it tells more.
///
/// # Errors
/// Not measured when the attribute is not protected, or a judged group has fewer than `fewest` rows (and than two).
pub fn proxy(frame: &Frame, attribute: &str, fewest: u64) -> Measured {
    measure(frame, attribute, fewest, &probe_every_attribute(frame, fewest))
}

/// The judged groups of an attribute with their rows.
fn judged_groups<'a>(frame: &'a Frame, attribute: &str, fewest: u64) -> Result<Vec<Members<'a>>, NotMeasured> {
    let found = frame.attributes.iter().find(|known| known.name == attribute);
    let found = found.ok_or_else(|| NotMeasured(format!("{attribute} is not a protected attribute of the policy")))?;
    found.judged.iter().map(|group| Members::new(found, group, fewest)).collect()
}

fn measure(frame: &Frame, attribute: &str, fewest: u64, probed: &ProbedGroups) -> Measured {
    let groups = judged_groups(frame, attribute, fewest)?;
    let unknown = || NotMeasured(format!("the probe was not asked about {attribute}"));
    let scores = probed.get(attribute).ok_or_else(unknown)?.as_ref().map_err(NotMeasured::clone)?;
    let areas = groups.iter().zip(scores).map(|(group, scores)| GroupArea::new(frame, group, scores));
    let mut told = areas.collect::<Result<Vec<_>, NotMeasured>>()?;
    told.sort_by(|a, b| b.area.value.total_cmp(&a.area.value));
    let first = told.first().ok_or_else(|| NotMeasured(format!("{attribute} has no group to judge")))?;
    let group = |told: &GroupArea| Part { name: told.group.clone(), value: told.area.value, n: told.rows };
    let parts = told.iter().map(group).chain(first.leading()).collect();
    let Estimate { value, low, .. } = first.area;
    // Another group's interval may reach further up than that of the one which leads.
    let high = told.iter().map(|told| told.area.high).fold(value, f64::max);
    let n = frame.matrix.len() as u64;
    Ok(Measurement::with_interval(value, (low, high), Unit::Score, n)?.with_parts(parts))
}

/// The same, of the drawn rows of a release ([`AskedRows`](crate::measure::asked_rows::AskedRows)). The probe is asked
/// about all attributes at once, by the first gate that needs one.
///
/// # Errors
/// Not measured as for [`proxy`].
pub fn proxy_of_drawn<R>(judged: &Judged<R>, attribute: &str) -> Measured {
    let frame = judged.asked.drawn_frame(&judged.frame);
    let fewest = judged.sample.minimum_group_rows;
    let probed = judged.probed.get_or_init(|| probe_every_attribute(&frame, fewest));
    Ok(judged.asked.note_drawn(measure(&frame, attribute, fewest, probed)?))
}

/// What the probe says of the judged groups of each attribute that can be measured.
fn probe_every_attribute(frame: &Frame, fewest: u64) -> ProbedGroups {
    let known = frame.attributes.iter().map(|attribute| &attribute.name);
    let asked: Vec<(&String, Vec<Members<'_>>)> =
        known.filter_map(|name| Some((name, judged_groups(frame, name, fewest).ok()?))).collect();
    let answers: Vec<Vec<bool>> =
        asked.iter().flat_map(|(_, groups)| groups).map(|group| group.is_member.clone()).collect();
    let mut scores = StrongProbe::new(frame).out_of_fold(&answers, default_threads()).into_iter();
    let of_attribute = |(name, groups): (&String, Vec<Members<'_>>)| {
        (name.clone(), scores.by_ref().take(groups.len()).collect::<Vec<_>>().into_iter().collect())
    };
    asked.into_iter().map(of_attribute).collect()
}

/// The rows of one group.
struct Members<'a> {
    attribute: &'a str,
    group: &'a str,
    is_member: Vec<bool>,
    rows: u64,
}

impl<'a> Members<'a> {
    fn new(of: &'a Attribute, group: &'a str, fewest: u64) -> Result<Self, NotMeasured> {
        let is_member: Vec<bool> = of.group_of.iter().map(|place| of.groups[*place] == group).collect();
        let rows = is_member.iter().filter(|member| **member).count() as u64;
        let members = Self { attribute: &of.name, group, is_member, rows };
        let too_few = rows < fewest;
        if too_few { Err(members.refused(&format!("the policy judges from {fewest} on"))) } else { Ok(members) }
    }

    fn refused(&self, why: &str) -> NotMeasured {
        NotMeasured(format!("{}: group {} has {} rows, {why}", self.attribute, self.group, self.rows))
    }
}

/// The area under the ROC curve for one group against the rest.
struct GroupArea {
    group: String,
    rows: u64,
    area: Estimate,
    by_feature: Vec<(String, Estimate)>,
}

impl GroupArea {
    fn new(frame: &Frame, members: &Members<'_>, scores: &[f64]) -> Result<Self, NotMeasured> {
        let probed = auc::auc(scores, &members.is_member);
        let probed = probed.ok_or_else(|| members.refused("two in it and two outside are needed"))?;
        let by_feature = alone(frame, &members.is_member);
        let best = by_feature.first().map(|(_, area)| *area).filter(|alone| alone.value > probed.value);
        Ok(Self { group: members.group.to_owned(), rows: members.rows, area: best.unwrap_or(probed), by_feature })
    }

    /// The features that give the group away most.
    fn leading(&self) -> impl Iterator<Item = Part> {
        let part = |(feature, area): &(String, Estimate)| Part {
            name: format!("{} by {feature}", self.group),
            value: area.value,
            n: self.rows,
        };
        self.by_feature.iter().take(MAX_NAMED_FEATURES).map(part)
    }
}

/// The area of each feature by itself in the direction in which it tells more, the greatest first.
fn alone(frame: &Frame, members: &[bool]) -> Vec<(String, Estimate)> {
    let area = |(place, feature): (usize, &Feature)| {
        Some((feature.name.clone(), auc::auc(&column(&frame.matrix, place).values(), members)?.at_least_half()))
    };
    let mut areas: Vec<(String, Estimate)> = frame.features.iter().enumerate().filter_map(area).collect();
    areas.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    areas
}
