//! The server of the program on a free port of this machine.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ChildStderr, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::process::{KilledOnDrop, command, excerpt};

/// The time until the server must say its address and be ready.
const START_TIME: Duration = Duration::from_secs(60);

/// The largest number of lines before the address.
const MAX_LINES: usize = 100;

/// The largest number of bytes that the server may log.
const MAX_LOG_BYTES: u64 = 64 << 20;

/// A running server. It is killed when it is dropped.
pub(super) struct RehearsalServer {
    /// Its address on this machine.
    pub(super) address: SocketAddr,
    _process: KilledOnDrop,
}

/// Starts the server as an operator would: plain HTTP, on loopback, with a trail.
///
/// # Errors
/// The reason why it does not listen on this machine.
pub(super) fn start(program: &Path, source: &[OsString], aside: &Path) -> Result<RehearsalServer, String> {
    let trail = aside.join("trail.db");
    let arguments = ["serve", "--address", "127.0.0.1:0", "--audit"].map(OsString::from);
    let arguments: Vec<OsString> = arguments.into_iter().chain([trail.into()]).chain(source.iter().cloned()).collect();
    let arguments: Vec<&std::ffi::OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    let mut serve = command(program, aside, &arguments);
    let started = serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut process = KilledOnDrop(started.map_err(|error| format!("serve does not start: {error}"))?);
    let (said, lines) = mpsc::channel();
    let stderr = process.0.stderr.take();
    std::thread::spawn(move || stderr.map(|stderr| pass_on(stderr, &said)));
    let until = Instant::now() + START_TIME;
    let mut heard = String::new();
    for _ in 0..MAX_LINES {
        match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => match address_in(&line) {
                Some(address) => return Ok(RehearsalServer { address, _process: process }),
                None => heard.push_str(&line),
            },
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return Err(format!("serve ended: {}", excerpt(heard.as_bytes()))),
        }
    }
    Err(format!(
        "serve does not listen on this machine within {} s: {}",
        START_TIME.as_secs(),
        excerpt(heard.as_bytes())
    ))
}

/// Hands every line on until nobody listens, and then reads on, so that the server never waits for its reader.
fn pass_on(stderr: ChildStderr, said: &Sender<String>) {
    for line in BufReader::new(stderr.take(MAX_LOG_BYTES)).split(b'\n').map_while(Result::ok) {
        let _ = said.send(String::from_utf8_lossy(&line).into_owned());
    }
}

/// The address on this machine in a line such as `loan-approval 0.1.0 on http://127.0.0.1:8080/path`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, url) = line.split_once(" on http://")?;
    let address: SocketAddr = url.split(['/', ' ']).next()?.trim().parse().ok()?;
    address.ip().is_loopback().then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_the_line_that_says_it_and_must_be_of_this_machine() {
        let address = |line: &str| address_in(line).map(|address| address.to_string());
        assert_eq!(address("loan 1.0 on http://127.0.0.1:80/v1"), Some("127.0.0.1:80".to_owned()));
        assert_eq!(address("loan 1.0 on http://[::1]:80"), Some("[::1]:80".to_owned()));
        for line in ["loan 1.0 on http://10.0.0.1:80/v1", "on http://127.0.0.1", "audit trail x", ""] {
            assert_eq!(address(line), None, "{line}");
        }
    }
}
