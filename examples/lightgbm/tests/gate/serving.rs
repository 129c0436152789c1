//! Is the served answer the one that was judged?

use crate::{Gate, gate, gate_id};

#[test] fn latency() -> Gate { gate(&gate_id!()) }
#[test] fn latency_beside_explanations() -> Gate { gate(&gate_id!()) }
#[test] fn onnx() -> Gate { gate(&gate_id!()) }
#[test] fn referred() -> Gate { gate(&gate_id!()) }
#[test] fn scores() -> Gate { gate(&gate_id!()) }
