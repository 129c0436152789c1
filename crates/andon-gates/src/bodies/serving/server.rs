//! The real server with the candidate, and requests to it.

use andon::judge::NotMeasured;
use andon::{Decider, Judged, Record, Release};
use andon_program::Program;
use andon_serve::Identity;
use reqwest::blocking::Client;
use serde_json::{Map, Value};

use crate::body::not_measured;

/// Starts the real server with the candidate on a free port, and returns the address of its decisions. It ends with the
/// test process.
pub(super) fn start<R: Record>(
    release: &Release<R>,
    program: &Program<R>,
    decider: Decider<R>,
) -> Result<String, NotMeasured> {
    let identity = Identity {
        name: program.name.to_owned(),
        model_version: program.version.to_owned(),
        fingerprint: release.fingerprint().digest().to_owned(),
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
    Ok(format!("http://{address}{}", release.policy().serve.path))
}

/// The request of a client for a row: its features.
pub(super) fn request<R: Record>(judged: &Judged<R>, row: &R) -> Result<Map<String, Value>, NotMeasured> {
    let Value::Object(mut whole) = serde_json::to_value(row).map_err(not_measured)? else {
        return Err(not_measured("a row is not a JSON object"));
    };
    let columns = judged.decider.input_columns();
    Ok(columns.filter_map(|column| whole.remove_entry(&column.name)).collect())
}

/// The answer to a request.
pub(super) fn post(client: &Client, url: &str, request: &Map<String, Value>) -> Result<Value, NotMeasured> {
    let response = client.post(url).json(request).send().map_err(not_measured)?;
    let status = response.status();
    if status != 200 {
        let request = Value::Object(request.clone());
        let body = response.text().map_err(not_measured)?;
        return Err(NotMeasured(format!("the server answered {status} to\n{request}\nand said\n{body}")));
    }
    response.json().map_err(not_measured)
}
