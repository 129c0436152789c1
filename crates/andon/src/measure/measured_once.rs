//! The statistics of a release that were measured already, by gate id: the gate, the card and the package ask the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use andon_evidence::policy::GateId;

use crate::measure::sample::Measured;

/// What was measured, for as long as rows, scores and policy stay the same.
#[derive(Debug, Default)]
pub(crate) struct MeasuredOnce(Mutex<BTreeMap<GateId, Option<Measured>>>);

impl MeasuredOnce {
    /// The measurement of an id; taken now, if it was not before.
    pub(crate) fn get_or_measure(&self, id: &GateId, measure: impl FnOnce() -> Option<Measured>) -> Option<Measured> {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            return known.clone();
        }
        // Not under the lock, so that other gates need not wait.
        let measured = measure();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), measured.clone());
        measured
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_is_measured_once_even_if_it_names_nothing() {
        let measured = MeasuredOnce::default();
        for name in ["accuracy.auc", "accuracy.of_nothing"] {
            let id = GateId::try_from(name.to_owned()).unwrap();
            assert_eq!(measured.get_or_measure(&id, || None), None);
            assert_eq!(measured.get_or_measure(&id, || unreachable!("measured before")), None);
        }
    }
}
