//! Is the served answer the one that was judged?

use crate::{Gate, gate, gate_id};

/// The served decision, probability and reasons of every row equal those computed in process.
#[test] fn scores() -> Gate { gate(&gate_id!()) }
/// The largest difference between the probabilities of the ONNX model and those of the model itself.
#[test] fn onnx() -> Gate { gate(&gate_id!()) }
/// The share of rows that the program refers to a person.
#[test] fn referred() -> Gate { gate(&gate_id!()) }
/// The 99th percentile of a decision over HTTP, one at a time on a kept connection.
#[test] fn latency() -> Gate { gate(&gate_id!()) }
/// The same while as many explanations as allowed wait for a language model that never answers.
#[test] fn latency_beside_explanations() -> Gate { gate(&gate_id!()) }
/// The same with eight clients at once, of which no request fails.
#[test] fn load() -> Gate { gate(&gate_id!()) }
