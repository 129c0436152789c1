//! The server under load: many clients at once.

use andon::evidence::load::ask_at_once;
use andon::gate::Gate;
use andon::{Measured, Record};
use reqwest::blocking::Client;

use super::server::{post, request, start};
use crate::body::{Surroundings, not_measured};

/// The 99th percentile of a decision over HTTP while the clients of `[load]` ask at once, each on its own kept
/// connection. More failed requests than the policy allows refuse the gate.
pub(super) fn many_clients<R: Record>(gate: &mut Gate<'_, R>, surroundings: &Surroundings<R>, _: &str) -> Measured {
    let judged = gate.judged()?;
    let load = gate.release().policy().load.clone().ok_or_else(|| not_measured("the policy has no table [load]"))?;
    let url = start(gate.release(), surroundings.program, judged.decider.clone())?;
    let drawn = judged.asked.drawn().iter().map(|place| &judged.dataset.rows[*place]);
    let requests = drawn.map(|row| request(judged, row)).collect::<Result<Vec<_>, _>>()?;
    let put = |client: &Client, place: usize| {
        let request = requests.get(place % requests.len().max(1)).ok_or("the data file has no row")?;
        post(client, &url, request).map_err(|error| error.0)
    };
    let run = ask_at_once(&load, Client::new, put, |_, _| ());
    if let Err(failures) = run.check_failures(&load) {
        return Err(gate.refuse(failures));
    }
    run.measure()
}
