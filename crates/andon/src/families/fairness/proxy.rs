//! Proxies: features that give a protected attribute away, so that leaving it out of the model hides nothing.

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::data::frame::{Attribute, Feature, Frame};
use crate::families::probe::{Probe, column};
use crate::measure::sample::Measured;
use crate::statistics::auc;
use crate::statistics::estimate::Estimate;

/// Most features that a measurement names.
const MAX_NAMED_FEATURES: usize = 3;

/// The power of the features to tell the groups of a protected attribute apart: the area under the ROC curve of a small
/// forest, on rows it did not see, for one judged group against all other rows; the greatest over the groups. 0.5 is
/// not at all, 1 is wholly. Interval by DeLong, of that group.
///
/// The parts are every group's area, then the features that give the leading group away most, each by its own area in
/// the direction in which it tells more.
///
/// # Errors
/// Not measured when the attribute is not protected, or a judged group has fewer than `fewest` rows (and than two).
pub fn proxy(frame: &Frame, attribute: &str, probe: &Probe, fewest: u64) -> Measured {
    let found = frame.attributes.iter().find(|known| known.name == attribute);
    let found = found.ok_or_else(|| NotMeasured(format!("{attribute} is not a protected attribute of the policy")))?;
    let mut told = found
        .judged
        .iter()
        .map(|group| GroupArea::new(frame, found, group, probe, fewest))
        .collect::<Result<Vec<_>, NotMeasured>>()?;
    told.sort_by(|a, b| b.area.value.total_cmp(&a.area.value));
    let first = told.first().ok_or_else(|| NotMeasured(format!("{attribute} has no group to judge")))?;
    let group = |told: &GroupArea| Part { name: told.group.clone(), value: told.area.value, n: told.rows };
    let parts = told.iter().map(group).chain(leading(frame, first)).collect();
    let Estimate { value, low, .. } = first.area;
    // Another group's interval may reach further up than that of the one which leads.
    let high = told.iter().map(|told| told.area.high).fold(value, f64::max);
    let n = frame.matrix.len() as u64;
    Ok(Measurement::with_interval(value, (low, high), Unit::Score, n)?.with_parts(parts))
}

/// The area under the ROC curve for one group against the rest.
struct GroupArea {
    group: String,
    rows: u64,
    members: Vec<bool>,
    area: Estimate,
}

impl GroupArea {
    fn new(frame: &Frame, of: &Attribute, group: &str, probe: &Probe, fewest: u64) -> Result<Self, NotMeasured> {
        let members: Vec<bool> = of.group_of.iter().map(|place| of.groups[*place] == group).collect();
        let rows = members.iter().filter(|member| **member).count() as u64;
        let refused = |why: &str| NotMeasured(format!("{}: group {group} has {rows} rows, {why}", of.name));
        if rows < fewest {
            return Err(refused(&format!("the policy judges from {fewest} on")));
        }
        let scores = probe.out_of_fold(&frame.matrix, &members)?;
        let area = auc::auc(&scores, &members).ok_or_else(|| refused("two in it and two outside are needed"))?;
        Ok(Self { group: group.to_owned(), rows, members, area })
    }
}

fn leading(frame: &Frame, told: &GroupArea) -> Vec<Part> {
    let part = |(place, feature): (usize, &Feature)| {
        let area = auc::auc(column(&frame.matrix, place).values(), &told.members)?.at_least_half();
        Some(Part { name: format!("{} by {}", told.group, feature.name), value: area.value, n: told.rows })
    };
    let mut parts: Vec<Part> = frame.features.iter().enumerate().filter_map(part).collect();
    parts.sort_by(|a, b| b.value.total_cmp(&a.value));
    parts.truncate(MAX_NAMED_FEATURES);
    parts
}
