//! Are the later rows like the earlier ones?

use andon::families::drift::{self, DriftComparison};
use andon::{Measured, gate_id};

use crate::{Gate, release};

fn moved(id: &str, measure: fn(&DriftComparison) -> Measured) -> Gate {
    release().gate(id, |gate| measure(&DriftComparison::of_policy(release(), gate.judged()?)?))
}

/// The largest shift of any feature, over its tenths.
#[test]
fn population_stability() -> Gate {
    moved(&gate_id!(), drift::population_stability)
}

/// The largest shift of any numeric feature, at any value.
#[test]
fn kolmogorov_smirnov() -> Gate {
    moved(&gate_id!(), drift::kolmogorov_smirnov)
}

/// The largest shift of any categorical feature.
#[test]
fn cramers_v() -> Gate {
    moved(&gate_id!(), drift::cramers_v)
}

/// The shift of the label.
#[test]
fn label() -> Gate {
    moved(&gate_id!(), drift::label)
}

/// The shift of the scores.
#[test]
fn prediction() -> Gate {
    moved(&gate_id!(), drift::prediction)
}
