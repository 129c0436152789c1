//! The bars that hold without a policy: from law, custom and logic, none from figures.

use std::collections::BTreeMap;

use andon_evidence::judge::Bar;
use andon_evidence::policy::GateId;

use crate::scores::rows::ProtectedColumn;

/// The bars without a subject.
const ALONE: [(&str, Side, f64, &str); 4] = [
    (
        "accuracy.auc",
        Side::AtLeast,
        0.70,
        "values from 0.7 are called acceptable (Hosmer and Lemeshow 2000); 0.5 is chance",
    ),
    (
        "accuracy.balanced_accuracy",
        Side::AtLeast,
        0.50,
        "0.5 is chance: the answers must tell the outcomes apart, whatever their frequencies",
    ),
    (
        "accuracy.brier_skill",
        Side::AtLeast,
        0.0,
        "below 0 the probabilities are worse than always stating the base rate",
    ),
    (
        "calibration.expected_calibration_error",
        Side::AtMost,
        0.05,
        "people read the probability, so it may be off by five percentage points",
    ),
];

/// The bars of each protected attribute.
const OF_ATTRIBUTE: [(&str, Side, f64, &str); 2] = [
    (
        "fairness.disparate_impact",
        Side::AtLeast,
        0.80,
        "four fifths, a customary yardstick: the lowest rate of favourable answers over the highest",
    ),
    (
        "fairness.equal_opportunity_difference",
        Side::AtMost,
        0.10,
        "among those with the favourable outcome, the groups must get the favourable answer equally often, to within ten \
         percentage points",
    ),
];

#[derive(Clone, Copy)]
enum Side {
    AtLeast,
    AtMost,
}

impl Side {
    fn bar(self, threshold: f64, why: &str) -> Bar {
        match self {
            Self::AtLeast => Bar::at_least(threshold, why),
            Self::AtMost => Bar::at_most(threshold, why),
        }
    }
}

/// The bars for these protected attributes.
///
/// # Errors
/// The reason why an attribute cannot stand in the id of a gate.
pub(crate) fn bars_without_policy(protected: &[ProtectedColumn]) -> Result<BTreeMap<GateId, Bar>, String> {
    let alone = ALONE.iter().map(|(id, side, threshold, why)| ((*id).to_owned(), side.bar(*threshold, why)));
    let of_attribute = protected.iter().flat_map(|attribute| {
        let name = &attribute.name;
        OF_ATTRIBUTE.iter().map(move |(id, side, threshold, why)| (format!("{id}.{name}"), side.bar(*threshold, why)))
    });
    alone.chain(of_attribute).map(|(id, bar)| Ok((GateId::try_from(id)?, bar))).collect()
}
