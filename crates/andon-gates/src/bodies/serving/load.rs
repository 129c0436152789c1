//! The server under load: many clients at once.

use std::time::Instant;

use andon::families::latency::p99;
use andon::gate::Gate;
use andon::judge::NotMeasured;
use andon::{Measured, Record};
use reqwest::blocking::Client;
use serde_json::{Map, Value};

use super::server::{post, request, start};
use crate::body::{Surroundings, not_measured};

/// The clients that ask at once.
const CLIENTS: usize = 8;

/// The 99th percentile of a decision over HTTP while [`CLIENTS`] clients ask at once, each on its own kept connection.
/// One request that fails refuses the gate: a service that drops requests under load looks fast.
pub(super) fn many_clients<R: Record>(gate: &mut Gate<'_, R>, surroundings: &Surroundings<R>, _: &str) -> Measured {
    let judged = gate.judged()?;
    let url = start(gate.release(), surroundings.program, judged.decider.clone())?;
    let requests = judged.dataset.rows.iter().map(|row| request(judged, row)).collect::<Result<Vec<_>, _>>()?;
    let share = requests.chunks(requests.len().div_ceil(CLIENTS).max(1));
    let asked: Vec<Result<u64, NotMeasured>> = std::thread::scope(|scope| {
        let clients: Vec<_> = share.map(|requests| scope.spawn(|| ask_all(&url, requests))).collect();
        let ended = clients
            .into_iter()
            .map(|client| client.join().unwrap_or_else(|_| vec![Err(not_measured("a client crashed"))]));
        ended.flatten().collect()
    });
    let all = asked.len();
    let failed: Vec<&NotMeasured> = asked.iter().filter_map(|one| one.as_ref().err()).collect();
    if let Some(first) = failed.first() {
        let why =
            format!("{} of {all} requests failed with {CLIENTS} clients at once, first: {}", failed.len(), first.0);
        return Err(gate.refuse(why));
    }
    p99(asked.into_iter().flatten().collect())
}

/// Nanoseconds of each request of one client, or the reason why it failed.
fn ask_all(url: &str, requests: &[Map<String, Value>]) -> Vec<Result<u64, NotMeasured>> {
    let client = Client::new();
    let ask = |request| {
        let start = Instant::now();
        post(&client, url, request)?;
        u64::try_from(start.elapsed().as_nanos()).map_err(not_measured)
    };
    requests.iter().map(ask).collect()
}
