//! Are the explanations of the answers true?

use crate::{Gate, gate, gate_id};

#[test] fn additivity() -> Gate { gate(&gate_id!()) }
#[test] fn counterfactuals() -> Gate { gate(&gate_id!()) }
#[test] fn definition() -> Gate { gate(&gate_id!()) }
#[test] fn fallback() -> Gate { gate(&gate_id!()) }
#[test] fn guard() -> Gate { gate(&gate_id!()) }
#[test] fn methods() -> Gate { gate(&gate_id!()) }
#[test] fn privacy() -> Gate { gate(&gate_id!()) }
#[test] fn readable() -> Gate { gate(&gate_id!()) }
#[test] fn reasons() -> Gate { gate(&gate_id!()) }
#[test] fn stability() -> Gate { gate(&gate_id!()) }
#[test] fn wording() -> Gate { gate(&gate_id!()) }
