//! Whether groups are treated alike.

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::interval::bootstrap;
use crate::measure::{Measured, Sample};
use crate::tally::Outcomes;

/// Disparate impact: the lowest over the highest selection rate of the judged groups, so that bias against any of them
/// shows (four-fifths rule, 29 CFR 1607.4(D)); interval by bootstrap. The parts are the groups' selection rates.
///
/// # Errors
/// Not measured when the attribute or a judged group is absent, a judged group has fewer rows than the sample's
/// minimum, or nobody is selected.
pub fn disparate_impact(sample: &Sample, attribute: &str) -> Measured {
    let groups = judged_groups(sample, attribute)?;
    let counts: Vec<u64> =
        groups.iter().flat_map(|group| [group.selected(), group.rows() - group.selected()]).collect();
    let nobody = || NotMeasured(format!("{attribute}: nobody is selected, so there is no ratio of rates"));
    let value = ratio(&counts).ok_or_else(nobody)?;
    let interval = bootstrap(&counts, sample.draws, sample.seed, ratio)?;
    let part =
        |group: &Outcomes| Some(Part { name: group.group.clone(), value: group.selection_rate()?, n: group.rows() });
    let parts = groups.iter().filter_map(part).collect();
    let n = counts.iter().sum();
    Ok(Measurement::with_interval(value, interval, Unit::Ratio, n)?.with_parts(parts))
}

fn judged_groups(sample: &Sample, attribute: &str) -> Result<Vec<Outcomes>, NotMeasured> {
    let axis = sample.tally.axes().iter().find(|axis| axis.name == attribute);
    let axis = axis.ok_or_else(|| NotMeasured(format!("{attribute} is not a protected attribute of the policy")))?;
    let all = sample.tally.outcomes(attribute, sample.threshold);
    let judged: Vec<Outcomes> = all.into_iter().filter(|group| axis.judged.contains(&group.group)).collect();
    if judged.len() < 2 {
        return Err(NotMeasured(format!("{attribute}: {} group to judge, at least two are needed", judged.len())));
    }
    match judged.iter().find(|group| group.rows() < sample.minimum_group_rows.max(1)) {
        Some(small) => Err(NotMeasured(format!(
            "{attribute}: group {} has {} rows, the policy judges from {} on",
            small.group,
            small.rows(),
            sample.minimum_group_rows
        ))),
        None => Ok(judged),
    }
}

/// Lowest over highest rate of pairs of counts (selected, not selected); `None` for an empty group or nobody selected.
fn ratio(counts: &[u64]) -> Option<f64> {
    let mut rates = (f64::INFINITY, 0.0_f64);
    for pair in counts.chunks(2) {
        let rows: u64 = pair.iter().sum();
        if rows == 0 {
            return None;
        }
        let rate = pair[0] as f64 / rows as f64;
        rates = (rates.0.min(rate), rates.1.max(rate));
    }
    (rates.1 > 0.0).then(|| rates.0 / rates.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_symmetric_and_by_hand() {
        assert_eq!(ratio(&[4, 4, 5, 0]), Some(0.5));
        assert_eq!(ratio(&[5, 0, 4, 4]), Some(0.5));
        assert_eq!(ratio(&[0, 3, 1, 0]), Some(0.0));
    }

    #[test]
    fn nobody_selected_or_an_empty_group_is_no_parity() {
        assert_eq!(ratio(&[0, 3, 0, 9]), None);
        assert_eq!(ratio(&[0, 0, 1, 0]), None);
    }
}
