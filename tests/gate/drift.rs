//! Are the later rows like the earlier ones?

use crate::{Gate, gate, gate_id};

/// The largest shift of any feature, over its tenths.
#[test] fn population_stability() -> Gate { gate(&gate_id!()) }
/// The largest shift of any numeric feature, at any value.
#[test] fn kolmogorov_smirnov() -> Gate { gate(&gate_id!()) }
/// The largest shift of any categorical feature.
#[test] fn cramers_v() -> Gate { gate(&gate_id!()) }
/// The shift of the label.
#[test] fn label() -> Gate { gate(&gate_id!()) }
/// The shift of the scores.
#[test] fn prediction() -> Gate { gate(&gate_id!()) }
