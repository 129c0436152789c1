//! Is the served answer the one that was judged?

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use andon::evidence::layout;
use andon::families::latency::p99;
use andon::judge::{Measurement, NotMeasured, Part, Unit};
use andon::measure::counterexamples::{Counterexamples, Furthest};
use andon::onnx::{Onnx, to_onnx};
use andon::{Decider, Judged, Reply};
use andon_serve::Identity;
use loan_approval::application::LoanApplication;
use reqwest::blocking::Client;
use serde_json::{Map, Value};

use andon::gate_id;

use crate::{Gate, not_measured, release};

/// The served decision, probability and reasons of every row equal those computed in process.
#[test]
fn scores() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let judged = gate.judged()?;
        let url = start(judged.decider.clone())?;
        let client = Client::new();
        let mut differing = Counterexamples::default();
        for (place, row) in judged.dataset.rows.iter().enumerate() {
            let expected = judged.decider.reply(row).map_err(not_measured)?;
            let served = post(&client, &url, &request(judged, row)?)?;
            differing.add_defect(difference(&served, &expected).map(|how| format!("row {}: {how}", place + 1)));
        }
        differing.count(judged.dataset.rows.len() as u64)
    })
}

/// The largest difference between the probabilities of the ONNX model and those of the model itself, over all rows. It
/// is 1 for a row with another answer.
#[test]
fn onnx() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let judged = gate.judged()?;
        let model = &judged.candidate.model;
        let matrix = &judged.frame.matrix;
        let bytes = to_onnx(model);
        gate.vouch(layout::ONNX, &bytes)?;
        let read = Onnx::read(&bytes).map_err(not_measured)?;
        let mut furthest = Furthest::default();
        for (place, row) in (0..matrix.len()).map(|row| matrix.row(row)).enumerate() {
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
        furthest.measure(Unit::Probability)
    })
}

/// The share of rows that the program refers to a person.
#[test]
fn referred() -> Gate {
    release().statistic(&gate_id!())
}

/// The 99th percentile of a decision over HTTP, one at a time on a kept connection.
#[test]
fn latency() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let judged = gate.judged()?;
        let [alone] = time_in_turn(judged, &[start(judged.decider.clone())?])?;
        p99(alone)
    })
}

/// The 99th percentile while as many explanations as allowed wait for a language model that never answers. Requests
/// alternate with those to a server without explanations.
#[test]
fn latency_beside_explanations() -> Gate {
    release().gate(&gate_id!(), |gate| {
        let judged = gate.judged()?;
        // This listener accepts connections and never answers.
        let mute = TcpListener::bind("127.0.0.1:0").map_err(not_measured)?;
        let mut policy = release().policy().clone();
        policy.explanation.ollama_url = format!("http://{}", mute.local_addr().map_err(not_measured)?);
        policy.explanation.timeout_ms = 60_000;
        let calls = policy.explanation.concurrent_calls;
        let beside = start(Decider::new(release().contract().clone(), policy, judged.candidate.model.clone()))?;
        let is_scored =
            |row: &&LoanApplication| judged.decider.reply(row).is_ok_and(|reply| reply.probability.is_some());
        let scored = judged.dataset.rows.iter().find(is_scored).ok_or_else(|| not_measured("every row is referred"))?;
        let body = request(judged, scored)?;
        let (answered, answers) = mpsc::channel();
        for _ in 0..calls {
            let url = beside.replace("decisions", "explanations");
            let body = body.clone();
            let answered = answered.clone();
            std::thread::spawn(move || answered.send(post(&Client::new(), &url, &body)));
        }
        mute.set_nonblocking(true).map_err(not_measured)?;
        let waiting = (0..calls).map(|_| next_call(&mute, &answers)).collect::<Result<Vec<_>, _>>()?;
        let [alone, beside] = time_in_turn(judged, &[start(judged.decider.clone())?, beside])?.map(p99);
        drop(waiting);
        let alone = alone?;
        let beside = beside?;
        let part = |name: &str, of: &Measurement| Part { name: name.to_owned(), value: of.value(), n: of.n() };
        let parts = vec![part("alone", &alone), part("beside explanations that hang", &beside)];
        Ok(beside.with_parts(parts))
    })
}

/// The next connection to the mute language model. An explanation that is answered meanwhile did not wait for the
/// model, which is an error.
fn next_call(mute: &TcpListener, answers: &Receiver<Result<Value, NotMeasured>>) -> Result<TcpStream, NotMeasured> {
    loop {
        match mute.accept() {
            Ok((connection, _)) => return Ok(connection),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(not_measured(error)),
        }
        match answers.recv_timeout(Duration::from_millis(1)) {
            Ok(answer) => return Err(answer.err().unwrap_or_else(|| not_measured("no explanation waited"))),
            Err(RecvTimeoutError::Timeout) => {}
            Err(error) => return Err(not_measured(error)),
        }
    }
}

/// Nanoseconds that each server takes for each row. The servers take turns, row by row.
fn time_in_turn<const N: usize>(
    judged: &Judged<LoanApplication>,
    urls: &[String; N],
) -> Result<[Vec<u64>; N], NotMeasured> {
    let client = Client::new();
    let mut nanoseconds = [const { Vec::new() }; N];
    for row in &judged.dataset.rows {
        let request = request(judged, row)?;
        for (url, nanoseconds) in urls.iter().zip(&mut nanoseconds) {
            let start = Instant::now();
            post(&client, url, &request)?;
            nanoseconds.push(u64::try_from(start.elapsed().as_nanos()).map_err(not_measured)?);
        }
    }
    Ok(nanoseconds)
}

/// Starts the real server with the candidate on a free port. It ends with the test process.
fn start(decider: Decider<LoanApplication>) -> Result<String, NotMeasured> {
    let identity = Identity {
        name: env!("CARGO_PKG_NAME").to_owned(),
        model_version: env!("CARGO_PKG_VERSION").to_owned(),
        fingerprint: release().fingerprint().digest().to_owned(),
        model_sha256: String::new(),
        card: String::new(),
        evidence: String::new(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build();
    let runtime = runtime.map_err(not_measured)?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).map_err(not_measured)?;
    let address = listener.local_addr().map_err(not_measured)?;
    let server = andon_program::serve_decider(decider, identity, listener).map_err(not_measured)?;
    std::thread::spawn(move || runtime.block_on(server));
    Ok(format!("http://{address}{}", release().policy().serve.path))
}

/// The request of a client for a row: its features.
fn request(judged: &Judged<LoanApplication>, row: &LoanApplication) -> Result<Map<String, Value>, NotMeasured> {
    let Value::Object(mut whole) = serde_json::to_value(row).map_err(not_measured)? else {
        return Err(NotMeasured("a row is not a JSON object".to_owned()));
    };
    let columns = judged.decider.input_columns();
    Ok(columns.filter_map(|column| whole.remove_entry(&column.name)).collect())
}

fn post(client: &Client, url: &str, request: &Map<String, Value>) -> Result<Value, NotMeasured> {
    let response = client.post(url).json(request).send().map_err(not_measured)?;
    let status = response.status();
    if status != 200 {
        let request = Value::Object(request.clone());
        let body = response.text().map_err(not_measured)?;
        return Err(NotMeasured(format!("the server answered {status} to\n{request}\nand said\n{body}")));
    }
    response.json().map_err(not_measured)
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
