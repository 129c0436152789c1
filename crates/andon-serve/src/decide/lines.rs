//! Records as lines of JSON (NDJSON), each answered on its own line while later lines are still arriving.
//!
//! The server holds one line and a few answers, however many lines there are. It reads no further until the client
//! takes those answers, so the client must read while it writes. A blank line gets no answer.

use std::convert::Infallible;
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use andon::Record;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::future::join_all;
use futures_util::stream::unfold;
use http_body_util::BodyExt;
use tokio::time::Instant;

use crate::decide::outcome::{RECORDS_PER_TURN, RecordOutcome, decide_one};
use crate::problem::BODY_DEADLINE;
use crate::problem::Problem;
use crate::read::MAX_RECORD_BYTES;
use crate::request_id::RequestId;
use crate::service::Service;

/// The media type of requests and responses.
pub(crate) const MEDIA_TYPE: &str = "application/x-ndjson";

/// The size of all lines together, in bytes.
const MAX_LINES_BYTES: usize = 1 << 30;

/// The longest time for a whole body. An artifact that was replaced may go on deciding for this long, and no longer.
const MAX_LINES_TIME: Duration = Duration::from_secs(3600);

/// The number of bytes after which answers are sent.
const FLUSH_BYTES: usize = 16 << 10;

/// Answers the lines of a body.
pub(crate) fn respond<R: Record>(service: Arc<Service<R>>, id: RequestId, body: Body) -> Response {
    let until = Instant::now() + MAX_LINES_TIME;
    let arrived = Bytes::new();
    let line = Vec::new();
    let lines = Lines { service, id, body, until, arrived, length: 0, line, number: 1, ended: false };
    let answers = unfold(lines, async |mut lines| {
        lines.next_answers().await.map(|answers| (Ok::<_, Infallible>(answers), lines))
    });
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], Body::from_stream(answers)).into_response()
}

/// A body that is still arriving.
struct Lines<R> {
    service: Arc<Service<R>>,
    id: RequestId,
    body: Body,
    /// The time at which it must have ended.
    until: Instant,
    /// The bytes that arrived and are not read yet.
    arrived: Bytes,
    /// The number of bytes that arrived in all.
    length: usize,
    /// The beginning of the current line. A line that is too long is not kept whole.
    line: Vec<u8>,
    /// The number of the current line, from 1.
    number: usize,
    ended: bool,
}

impl<R: Record> Lines<R> {
    /// A few answers; `None` after the last one.
    async fn next_answers(&mut self) -> Option<Bytes> {
        let mut answers = Vec::new();
        while answers.len() < FLUSH_BYTES && !self.ended {
            if Instant::now() >= self.until {
                self.end(Problem::lines_too_slow(MAX_LINES_TIME), &mut answers);
                break;
            }
            if self.arrived.is_empty() {
                // Answers must not wait for a line that may take long to arrive.
                let patience = if answers.is_empty() { BODY_DEADLINE } else { Duration::ZERO };
                match tokio::time::timeout(patience, self.receive()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(problem)) => self.end(problem, &mut answers),
                    Err(_) if !answers.is_empty() => break,
                    Err(_) => self.end(Problem::too_slow(), &mut answers),
                }
            }
            let lines = self.take_lines();
            for outcome in decide_lines(&self.service, &self.id, &lines).await {
                write(&mut answers, &outcome);
            }
        }
        (!answers.is_empty()).then(|| answers.into())
    }

    /// Waits for more bytes. At the end of the body, ends the last line.
    async fn receive(&mut self) -> Result<(), Problem> {
        match self.body.frame().await {
            Some(frame) => self.arrived = frame.map_err(|_| Problem::body_cut_off())?.into_data().unwrap_or_default(),
            None => (self.arrived, self.ended) = (Bytes::from_static(b"\n"), true),
        }
        self.length += self.arrived.len();
        if self.length <= MAX_LINES_BYTES { Ok(()) } else { Err(Problem::too_large(MAX_LINES_BYTES)) }
    }

    /// Reads the bytes that arrived: a few whole lines with their numbers.
    fn take_lines(&mut self) -> Vec<(usize, Vec<u8>)> {
        let mut lines = Vec::new();
        while !self.arrived.is_empty() && lines.len() < RECORDS_PER_TURN {
            let end = self.arrived.iter().position(|byte| *byte == b'\n');
            let part = self.arrived.split_to(end.unwrap_or(self.arrived.len()));
            // One byte more than allowed is enough to refuse the line.
            let room = (MAX_RECORD_BYTES + 1).saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            if end.is_some() {
                let _newline = self.arrived.split_to(1);
                lines.push((self.number, take(&mut self.line)));
                self.number += 1;
            }
        }
        lines
    }

    /// Ends the answers before the body ends.
    fn end(&mut self, problem: Problem, answers: &mut Vec<u8>) {
        self.ended = true;
        self.arrived = Bytes::new();
        write(answers, &problem.at_line(self.number));
    }
}

/// Decides and records some lines together.
async fn decide_lines<'a, R: Record>(
    service: &'a Service<R>,
    id: &RequestId,
    lines: &[(usize, Vec<u8>)],
) -> Vec<RecordOutcome<'a>> {
    let filled = lines.iter().filter(|(_, line)| !line.trim_ascii().is_empty());
    if filled.clone().next().is_none() {
        return Vec::new();
    }
    // Between two turns, a slow body holds no permit.
    let permit = match service.acquire_permit() {
        Ok(permit) => permit,
        Err(problem) => {
            return filled.map(|(number, _)| RecordOutcome::Problem(problem.clone().at_line(*number))).collect();
        }
    };
    let outcome = async |(number, line): &(usize, Vec<u8>)| {
        decide_one(service, &permit, id, line, |problem| problem.at_line(*number)).await
    };
    join_all(filled.map(outcome)).await
}

fn write(answers: &mut Vec<u8>, answer: &impl serde::Serialize) {
    // Answers consist of texts and numbers, and writing to a vector does not fail.
    let _infallible = serde_json::to_writer(&mut *answers, answer);
    answers.push(b'\n');
}
