//! Checks of `[better]` against the data. A learner that keeps the directions cannot unlearn a wrong one.

use std::collections::BTreeMap;

use andon_evidence::judge::normal::{Z_95, critical};
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::policy::Better;

use crate::data::frame::Frame;
use crate::data::matrix::is_missing;
use crate::measure::sample::{MAX_NAMED_PARTS, Measured};
use crate::statistics::auc;
use crate::statistics::estimate::Estimate;

/// Chance that any of the features is said to be contradicted although its values tell nothing about the label.
const FALSE_ALARMS: f64 = 0.025;

/// The number of features whose values the labels contradict: the values that the policy calls better have the lower
/// share of positive labels, by more than chance. A feature is contradicted if its area under the ROC curve, in the
/// direction of better values, is below 0.5 by DeLong's interval, at a level that Bonferroni divides by the number of
/// features. Rows where the value is missing do not count. The parts are the contradicted features with their areas.
///
/// # Errors
/// Not measured when `[better]` names no feature of the frame, or a label has fewer than two rows with a value.
pub fn contradicted(frame: &Frame, better: &BTreeMap<String, Better>) -> Measured {
    let stated = frame.features.iter().enumerate();
    let stated: Vec<_> =
        stated.filter_map(|(place, feature)| Some((place, &feature.name, *better.get(&feature.name)?))).collect();
    if stated.is_empty() {
        return Err(NotMeasured("the policy has no [better]".to_owned()));
    }
    let z = critical(FALSE_ALARMS / stated.len() as f64);
    let n = frame.labels.len() as u64;
    let mut parts = Vec::new();
    for (place, name, better) in &stated {
        let area = area(frame, *place, *better);
        let area = area.ok_or_else(|| NotMeasured(format!("{name}: a label has fewer than two rows with a value")))?;
        if upper_end(area, z) < 0.5 {
            parts.push(Part { name: (*name).clone(), value: area.value, n });
        }
    }
    let count = parts.len();
    parts.truncate(MAX_NAMED_PARTS);
    Ok(Measurement::exact(count as f64, Unit::Count, n)?.with_parts(parts))
}

/// The area under the ROC curve of a feature alone, better values on top.
pub(super) fn area(frame: &Frame, place: usize, better: Better) -> Option<Estimate> {
    let present = (0..frame.matrix.len()).filter(|row| !is_missing(frame.matrix.row(*row)[place]));
    let oriented = |value: f64| if better == Better::Lower { -value } else { value };
    let (values, labels): (Vec<f64>, Vec<bool>) =
        present.map(|row| (oriented(frame.matrix.row(row)[place]), frame.labels[row])).unzip();
    auc::auc(&values, &labels)
}

/// The upper end of a normal interval of another width, as the estimate has one of 95 %.
fn upper_end(area: Estimate, z: f64) -> f64 {
    let deviation = (area.high - area.value).max(area.value - area.low) / Z_95;
    area.value + z * deviation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::contract::rows::frame;

    /// A feature that rises with the label in 60 of 100 rows, and one that tells nothing.
    fn measured(better: &[(&str, Better)]) -> Measured {
        let labels: Vec<bool> = (0..100).map(|row| row % 2 == 0).collect();
        let rising: Vec<f64> = (0..100).map(|row| f64::from(u8::from((row % 2 == 0) == (row % 10 < 8)))).collect();
        let idle: Vec<f64> = (0..100).map(|row| f64::from(row / 2)).collect();
        let frame = frame(&[("rising", &rising), ("idle", &idle)], &labels);
        contradicted(&frame, &better.iter().map(|(name, better)| ((*name).to_owned(), *better)).collect())
    }

    #[test]
    fn a_direction_that_the_labels_contradict_is_counted_and_named() {
        let wrong = measured(&[("rising", Better::Lower), ("idle", Better::Lower)]).unwrap();
        assert_eq!((wrong.value(), wrong.parts()[0].name.as_str()), (1.0, "rising"));
        assert!((wrong.parts()[0].value - 0.2).abs() < 1e-12, "{wrong:?}");
    }

    #[test]
    fn a_right_direction_or_one_of_a_feature_that_tells_nothing_is_not() {
        for idle in [Better::Lower, Better::Higher] {
            assert!(measured(&[("rising", Better::Higher), ("idle", idle)]).unwrap().value().abs() < 1e-12);
        }
    }

    #[test]
    fn no_direction_is_not_measured() {
        assert!(measured(&[]).is_err() && measured(&[("other", Better::Lower)]).is_err());
    }
}
