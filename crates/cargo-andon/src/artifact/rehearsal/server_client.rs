//! A client of the server under rehearsal: requests with a limit of time and of length.

use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;

use super::expected::ExpectedAnswers;
use super::hostile::HostileRequest;
use super::process::excerpt;
use super::server::RehearsalServer;

/// The longest time for one request. The server's own deadline for a body is shorter.
const REQUEST_TIME: Duration = Duration::from_secs(60);

/// The size of the longest answer, in bytes.
const MAX_ANSWER_BYTES: u64 = 16 << 20;

/// The time until the server must be ready.
const READY_TIME: Duration = Duration::from_secs(10);

/// A client, which any number of threads may use.
pub(super) struct ServerClient {
    agent: Agent,
    base: String,
    parent: String,
}

impl ServerClient {
    pub(super) fn new(server: &RehearsalServer, expected: &ExpectedAnswers) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(REQUEST_TIME))
            .http_status_as_error(false)
            .max_redirects(0)
            // A proxy of the environment would answer in the server's place.
            .proxy(None)
            .build();
        let parent = expected.decision_path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        Self { agent: config.into(), base: format!("http://{}", server.address), parent }
    }

    /// The path of an endpoint beside the decision endpoint.
    pub(super) fn sibling(&self, name: &str) -> String {
        format!("{}/{name}", self.parent)
    }

    /// Waits until the server says that it is ready to decide.
    ///
    /// # Errors
    /// Its last answer, if it never is.
    pub(super) fn wait_until_ready(&self) -> Result<(), String> {
        let until = Instant::now() + READY_TIME;
        loop {
            let answer = self.agent.get(format!("{}/readyz", self.base)).call();
            let why = match answer.map_err(|error| error.to_string()).and_then(read) {
                Ok((200, _)) => return Ok(()),
                Ok((status, body)) => format!("{status} {}", excerpt(&body)),
                Err(why) => why,
            };
            if Instant::now() >= until {
                return Err(format!("serve is not ready within {} s: {why}", READY_TIME.as_secs()));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Sends JSON and reads the JSON of a successful answer.
    pub(super) fn post_json(&self, path: &str, body: &Value) -> Result<Value, String> {
        let (status, answer) = self.post(path, "application/json", body.to_string().as_bytes())?;
        if status != 200 {
            return Err(format!("the server answers {status}: {}", excerpt(&answer)));
        }
        serde_json::from_slice(&answer).map_err(|_| format!("the server answers no JSON: {}", excerpt(&answer)))
    }

    /// Sends lines of JSON and reads the lines of a successful answer as an array.
    pub(super) fn post_lines(&self, path: &str, lines: impl Iterator<Item = Value>) -> Result<Value, String> {
        let body: String = lines.map(|line| format!("{line}\n")).collect();
        let (status, answer) = self.post(path, "application/x-ndjson", body.as_bytes())?;
        if status != 200 {
            return Err(format!("the server answers {status}: {}", excerpt(&answer)));
        }
        let lines = answer.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let lines: Result<Vec<Value>, _> = lines.map(serde_json::from_slice).collect();
        lines.map(Value::from).map_err(|_| format!("the server answers no lines of JSON: {}", excerpt(&answer)))
    }

    /// Sends a broken request. The server must refuse it by a status of 400 to 499, unless a contract may allow it.
    ///
    /// # Errors
    /// An answer that is no refusal. A closed connection is a refusal, too.
    pub(super) fn put_hostile(&self, request: &HostileRequest) -> Result<(), String> {
        match self.post(&request.path, request.content_type, &request.body) {
            Ok((400..=499, _)) | Err(_) => Ok(()),
            Ok((200, _)) if !request.is_always_refused => Ok(()),
            Ok((status, answer)) => Err(format!(
                "{} answers {status} to {}, which it must refuse: {}",
                request.path,
                request.what,
                excerpt(&answer)
            )),
        }
    }

    fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<(u16, Vec<u8>), String> {
        let request = self.agent.post(format!("{}{path}", self.base)).content_type(content_type);
        read(request.send(body).map_err(|error| error.to_string())?)
    }
}

/// The status and the whole body of an answer.
fn read(mut answer: ureq::http::Response<ureq::Body>) -> Result<(u16, Vec<u8>), String> {
    let body = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
    Ok((answer.status().as_u16(), body.map_err(|error| error.to_string())?))
}
