//! Control features: what a difference between groups may rest on. The policy declares bands of a feature, and groups
//! are then compared within each band: an axis of the tally that is not protected.
//!
//! ```toml
//! [data.control]
//! consumer_credit_score = [2] # cut points: up to 2, above 2
//! ```

use andon_evidence::policy::Policy;

use crate::data::frame::{Attribute, Frame};
use crate::data::matrix::is_missing;

/// The declared control features over all rows, each row in its band. A number is banded by its cut points, a value on
/// one belonging below it; a category by its own names, without cut points; a missing value is a band of its own. A
/// feature declared otherwise gives no bands, and what is asked within it is not measured.
#[must_use]
pub(crate) fn bands(policy: &Policy, frame: &Frame) -> Vec<Attribute> {
    let one = |(name, cuts): (&String, &Vec<f64>)| {
        // The policy's own check: a control is a feature.
        let place = frame.features.iter().position(|feature| feature.name == *name)?;
        let feature = &frame.features[place];
        if cuts.is_empty() == feature.levels.is_empty() {
            return None;
        }
        let mut groups = if cuts.is_empty() { feature.levels.clone() } else { names(cuts) };
        groups.push("missing".to_owned());
        let missing = groups.len() - 1;
        let band = |value: f64| match value {
            value if is_missing(value) => missing,
            value if cuts.is_empty() => (value as usize).min(missing),
            value => cuts.iter().filter(|cut| value > **cut).count(),
        };
        let group_of = (0..frame.labels.len()).map(|row| band(frame.matrix.row(row)[place])).collect();
        Some(Attribute { name: name.clone(), judged: groups.clone(), groups, group_of })
    };
    policy.data.control.iter().filter_map(one).collect()
}

/// `up_to_2`, `2_to_4`, `above_4`.
fn names(cuts: &[f64]) -> Vec<String> {
    let between = cuts.windows(2).map(|pair| format!("{}_to_{}", pair[0], pair[1]));
    let first = cuts.first().map(|cut| format!("up_to_{cut}"));
    let last = cuts.last().map(|cut| format!("above_{cut}"));
    first.into_iter().chain(between).chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_named_by_their_ends() {
        assert_eq!(names(&[2.0]), ["up_to_2", "above_2"]);
        assert_eq!(names(&[2.0, 4.5]), ["up_to_2", "2_to_4.5", "above_4.5"]);
    }
}
