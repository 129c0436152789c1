//! Are the later rows like the earlier ones?

use andon::families::drift::{self, Moved};
use andon::gate_id;
use andon::measure::sample::Measured;

use crate::{Gate, release};

fn moved(id: &str, measure: fn(&Moved) -> Measured) -> Gate {
    release().gate(id, |gate| measure(&Moved::of(release(), gate.judged()?)?))
}

/// Any feature, in tenths.
#[test]
fn population_stability() -> Gate {
    moved(&gate_id!(), drift::population_stability)
}

/// Any number, at any value.
#[test]
fn kolmogorov_smirnov() -> Gate {
    moved(&gate_id!(), drift::kolmogorov_smirnov)
}

/// Any category.
#[test]
fn cramers_v() -> Gate {
    moved(&gate_id!(), drift::cramers_v)
}

/// What is to be predicted.
#[test]
fn label() -> Gate {
    moved(&gate_id!(), drift::label)
}

/// What the model says.
#[test]
fn prediction() -> Gate {
    moved(&gate_id!(), drift::prediction)
}
