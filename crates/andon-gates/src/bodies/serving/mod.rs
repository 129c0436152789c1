//! The family `serving`: is the served answer the one that was judged?

mod latency;
mod load;
mod server;

use andon::evidence::layout;
use andon::gate::Gate;
use andon::judge::Unit;
use andon::measure::counterexamples::{Counterexamples, Furthest};
use andon::onnx::{Onnx, to_onnx};
use andon::{Measured, Record, Reply};
use reqwest::blocking::Client;
use serde_json::Value;

use crate::body::{Body, Surroundings, not_measured};
use server::{post, request, start};

/// The bodies by question.
pub(super) fn find_body<R: Record>(question: &str) -> Option<Body<R>> {
    match question {
        "scores" => Some(scores),
        "onnx" => Some(onnx),
        "latency" => Some(latency::alone),
        "load" => Some(load::many_clients),
        "latency_beside_explanations" => Some(latency::beside_explanations),
        _ => None,
    }
}

/// The served decision, probability and reasons of every asked row equal those computed in process.
fn scores<R: Record>(gate: &mut Gate<'_, R>, surroundings: &Surroundings<R>, _: &str) -> Measured {
    let judged = gate.judged()?;
    let url = start(gate.release(), surroundings.program, judged.decider.clone())?;
    let client = Client::new();
    let mut differing = Counterexamples::default();
    for (place, row, expected) in judged.replies().map_err(not_measured)? {
        let served = post(&client, &url, &request(judged, row)?)?;
        differing.add_defect(difference(&served, expected).map(|how| format!("row {}: {how}", place + 1)));
    }
    Ok(judged.asked.note(differing.count(judged.asked.places().len() as u64)?))
}

/// The first member in which the served answer is another than the one computed in process, to the last bit of the
/// probability.
fn difference(served: &Value, expected: &Reply) -> Option<String> {
    let Ok(Value::Object(expected)) = serde_json::to_value(expected) else {
        return Some("the answer is no JSON object".to_owned());
    };
    let (key, value) = expected.iter().find(|(key, value)| served.get(key.as_str()) != Some(*value))?;
    Some(format!("`{key}` is {value} in process, and the server says {}", served.get(key).unwrap_or(&Value::Null)))
}

/// The largest difference between the probabilities of the ONNX model and those of the model itself, over all asked
/// rows. It is 1 for a row with another answer.
fn onnx<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    let judged = gate.judged()?;
    let model = &judged.candidate.model;
    let matrix = &judged.frame.matrix;
    let bytes = to_onnx(model);
    gate.vouch(layout::ONNX, &bytes)?;
    let read = Onnx::read(&bytes).map_err(not_measured)?;
    let mut furthest = Furthest::default();
    for (place, row) in judged.asked.places().iter().map(|place| (*place, matrix.row(*place))) {
        let (positive, probability) =
            read.answer(row).ok_or_else(|| not_measured("the graph of the ONNX model leads nowhere"))?;
        let is_same = model.score(row).is_some_and(|score| (score >= model.threshold()) == positive);
        let distance = if is_same { (f64::from(probability) - model.probability(row)).abs() } else { 1.0 };
        furthest.add(distance, || {
            let own = model.probability(row);
            let answer = if is_same { "the same" } else { "another" };
            format!("row {}: {answer} answer, at {probability} in ONNX and {own} in the model", place + 1)
        });
    }
    Ok(judged.asked.note(furthest.measure(Unit::Probability)?))
}
