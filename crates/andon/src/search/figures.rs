//! The figures of an alternative on some rows.

use andon_evidence::alternatives::{AlternativeFigure, AlternativeFigures};
use andon_evidence::judge::Measurement;
use andon_evidence::policy::GateId;

use crate::families::measure;
use crate::measure::sample::Sample;
use crate::measure::tally::Role;

/// The figures on a sample; points alone if it has no draws. What cannot be measured is none.
pub(super) fn figures(sample: &Sample) -> AlternativeFigures {
    let of_all = |gate: &str| {
        let measured = measured(gate, sample)?;
        Some(AlternativeFigure::new(&measured, sample.draws == 0, None))
    };
    AlternativeFigures {
        accuracy: of_all("accuracy.accuracy"),
        auc: of_all("accuracy.auc"),
        brier: of_all("accuracy.brier"),
        approval_ratio: worst("disparate_impact", sample, |a, b| a.total_cmp(&b)),
        denial_ratio: worst("denial_ratio", sample, |a, b| b.total_cmp(&a)),
        amplification: worst("amplification", sample, |a, b| b.total_cmp(&a)),
    }
}

/// The first of all protected attributes in this order; none if one of them cannot be measured.
fn worst(question: &str, sample: &Sample, order: impl Fn(f64, f64) -> std::cmp::Ordering) -> Option<AlternativeFigure> {
    let axes = sample.tally.axes().iter().filter(|axis| !axis.judged.is_empty());
    let mut all: Vec<(&String, Measurement)> = Vec::new();
    for axis in axes.filter(|axis| axis.role == Role::Protected) {
        all.push((&axis.name, measured(&format!("fairness.{question}.{}", axis.name), sample)?));
    }
    let (name, measured) = all.into_iter().min_by(|a, b| order(a.1.value(), b.1.value()))?;
    Some(AlternativeFigure::new(&measured, sample.draws == 0, Some(name)))
}

fn measured(gate: &str, sample: &Sample) -> Option<Measurement> {
    let id = GateId::try_from(gate.to_owned()).ok()?;
    measure(&id, sample)?.ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn no_figures() -> AlternativeFigures {
        AlternativeFigures {
            accuracy: None,
            auc: None,
            brier: None,
            approval_ratio: None,
            denial_ratio: None,
            amplification: None,
        }
    }
}
