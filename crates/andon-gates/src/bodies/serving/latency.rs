//! The time of a decision over HTTP, alone and beside explanations.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use andon::families::latency::p99;
use andon::gate::Gate;
use andon::judge::{Measurement, NotMeasured, Part};
use andon::{Decider, Judged, Measured, Record};
use reqwest::blocking::Client;
use serde_json::{Map, Value};

use super::server::{post, request, start};
use crate::body::{Surroundings, not_measured};

/// The 99th percentile of a decision over HTTP, one at a time on a kept connection.
pub(super) fn alone<R: Record>(gate: &mut Gate<'_, R>, surroundings: &Surroundings<R>, _: &str) -> Measured {
    let judged = gate.judged()?;
    let [alone] = time_in_turn(judged, &[start(gate.release(), surroundings.program, judged.decider.clone())?])?;
    p99(alone)
}

/// The 99th percentile while as many explanations as allowed wait for a language model that never answers. Requests
/// alternate with those to a server without explanations.
pub(super) fn beside_explanations<R: Record>(
    gate: &mut Gate<'_, R>,
    surroundings: &Surroundings<R>,
    _: &str,
) -> Measured {
    let release = gate.release();
    let judged = gate.judged()?;
    // This listener accepts connections and never answers.
    let mute = TcpListener::bind("127.0.0.1:0").map_err(not_measured)?;
    let mut policy = release.policy().clone();
    let model = policy.explanation.language_model.as_mut();
    let model = model.ok_or_else(|| not_measured("the policy names no language model"))?;
    model.ollama_url = format!("http://{}", mute.local_addr().map_err(not_measured)?);
    model.timeout_ms = 60_000;
    let calls = model.concurrent_calls;
    let decider = Decider::new(release.contract().clone(), policy, judged.candidate.model.clone());
    let beside = start(release, surroundings.program, decider)?;
    let waiting = wait_for_explanations(&mute, calls, &explanations_url(&beside), &scored(judged)?)?;
    let alone = start(release, surroundings.program, judged.decider.clone())?;
    let [alone, beside] = time_in_turn(judged, &[alone, beside])?.map(p99);
    drop(waiting);
    let alone = alone?;
    let beside = beside?;
    let part = |name: &str, of: &Measurement| Part { name: name.to_owned(), value: of.value(), n: of.n() };
    let parts = vec![part("alone", &alone), part("beside explanations that hang", &beside)];
    Ok(beside.with_parts(parts))
}

/// The address of explanations: the sibling of that of decisions.
fn explanations_url(decisions: &str) -> String {
    let (parent, _) = decisions.rsplit_once('/').unwrap_or((decisions, ""));
    format!("{parent}/explanations")
}

/// The request for the first row that the model scores.
fn scored<R: Record>(judged: &Judged<R>) -> Result<Map<String, Value>, NotMeasured> {
    let is_scored = |row: &&R| judged.decider.reply(row).is_ok_and(|reply| reply.probability.is_some());
    let row = judged.dataset.rows.iter().find(is_scored).ok_or_else(|| not_measured("every row is referred"))?;
    request(judged, row)
}

/// Asks for so many explanations at once, and returns their connections to the mute language model.
fn wait_for_explanations(
    mute: &TcpListener,
    calls: usize,
    url: &str,
    body: &Map<String, Value>,
) -> Result<Vec<TcpStream>, NotMeasured> {
    let (answered, answers) = mpsc::channel();
    for _ in 0..calls {
        let url = url.to_owned();
        let body = body.clone();
        let answered = answered.clone();
        std::thread::spawn(move || answered.send(post(&Client::new(), &url, &body)));
    }
    mute.set_nonblocking(true).map_err(not_measured)?;
    (0..calls).map(|_| next_call(mute, &answers)).collect()
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

/// Rows that are timed, at most: the point that is judged is the slowest hundredth.
const MAX_TIMED_ROWS: usize = 5_000;

/// Nanoseconds that each server takes for each drawn row. The servers take turns, row by row.
fn time_in_turn<R: Record, const N: usize>(
    judged: &Judged<R>,
    urls: &[String; N],
) -> Result<[Vec<u64>; N], NotMeasured> {
    let client = Client::new();
    let mut nanoseconds = [const { Vec::new() }; N];
    for row in judged.asked.drawn().iter().take(MAX_TIMED_ROWS).map(|place| &judged.dataset.rows[*place]) {
        let request = request(judged, row)?;
        for (url, nanoseconds) in urls.iter().zip(&mut nanoseconds) {
            let start = Instant::now();
            post(&client, url, &request)?;
            nanoseconds.push(u64::try_from(start.elapsed().as_nanos()).map_err(not_measured)?);
        }
    }
    Ok(nanoseconds)
}
