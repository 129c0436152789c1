//! Turns a request into a checked record, or into a problem.

pub(crate) mod attributes;
pub(crate) mod entries;
pub(crate) mod whole_numbers;

use andon::{Decider, Record, Violation};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use serde::de::IgnoredAny;

use crate::problem::{BODY_DEADLINE, Problem};
use crate::read::attributes::DecisionRequest;

/// The size of the longest record, in bytes; far above any honest record.
pub(crate) const MAX_RECORD_BYTES: usize = 64 << 10;

/// The number of bytes that are read and thrown away after a body is too long. If the connection closed while the
/// client is still sending, the client would see a reset instead of the reply.
const MAX_DISCARDED_BYTES: usize = 16 << 20;

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a body of JSON that is no longer than `limit`.
pub(crate) async fn read_json_body(request: Request, limit: usize) -> Result<Vec<u8>, Problem> {
    read_body(request, "application/json", limit).await
}

/// Reads the body of a form that a browser submitted.
pub(crate) async fn read_form_body(request: Request) -> Result<Vec<u8>, Problem> {
    read_body(request, "application/x-www-form-urlencoded", MAX_RECORD_BYTES).await
}

/// Reads a body of the Open Inference Protocol. Its most used client names no content type, and sends tensors as bytes
/// behind the JSON.
pub(crate) async fn read_inference_body(request: Request, limit: usize) -> Result<Vec<u8>, Problem> {
    let headers = request.headers();
    let known = ["application/json", "application/octet-stream"];
    let is_named = headers.contains_key(header::CONTENT_TYPE);
    if is_named && !known.iter().any(|known| has_media_type(headers, known)) {
        return Err(Problem::wrong_media_type(known[0]));
    }
    read_whole(request, limit).await
}

async fn read_body(request: Request, media_type: &'static str, limit: usize) -> Result<Vec<u8>, Problem> {
    if !has_media_type(request.headers(), media_type) {
        return Err(Problem::wrong_media_type(media_type));
    }
    read_whole(request, limit).await
}

/// Reads a body without a byte order mark, which some clients write before JSON (RFC 8259, section 8.1).
async fn read_whole(request: Request, limit: usize) -> Result<Vec<u8>, Problem> {
    let headers = request.headers();
    let mut codings = headers.get_all(header::CONTENT_ENCODING).into_iter();
    if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::content_coding());
    }
    // A client that waits for the 100 has sent nothing yet, and need not.
    if headers.contains_key(header::EXPECT) && stated_length(headers).is_some_and(|length| length > limit as u64) {
        return Err(Problem::too_large(limit));
    }
    let body = tokio::time::timeout(BODY_DEADLINE, collect_body(request.into_body(), limit));
    let mut bytes = body.await.map_err(|_| Problem::too_slow())??;
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(bytes)
}

fn stated_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reports if the content type is this one, with any parameters, and is named once.
pub(crate) fn has_media_type(headers: &HeaderMap, media_type: &str) -> bool {
    let mut named = headers.get_all(header::CONTENT_TYPE).into_iter();
    let first = named.next().and_then(|value| value.to_str().ok());
    let essence = first.and_then(|value| value.split(';').next()).unwrap_or_default();
    named.next().is_none() && essence.trim().eq_ignore_ascii_case(media_type)
}

async fn collect_body(mut body: Body, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(|_| Problem::body_cut_off())?.into_data().unwrap_or_default();
        length += data.len();
        if length <= limit {
            bytes.extend_from_slice(&data);
        } else if length > limit + MAX_DISCARDED_BYTES {
            break;
        }
    }
    if length <= limit { Ok(bytes) } else { Err(Problem::too_large(limit)) }
}

/// Reads the record in a body, and the attributes beside it.
pub(crate) fn parse_request<R: Record>(decider: &Decider<R>, body: &[u8]) -> Result<DecisionRequest<R>, Problem> {
    let (text, given) = attributes::split_body(decider, body);
    let record = parse_record(decider, &text)?;
    let monitoring = attributes::check(decider, &given).map_err(Problem::breaks_the_contract)?;
    Ok(DecisionRequest { record, monitoring })
}

/// Reads the record in a body. A body that is not JSON gives 400; JSON that is not such a record gives 422.
pub(crate) fn parse_record<R: Record>(decider: &Decider<R>, body: &[u8]) -> Result<R, Problem> {
    // No JSON has a NUL or a mark of UTF-16 at its beginning.
    if body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff") || body.iter().take(4).any(|byte| *byte == 0) {
        return Err(Problem::not_json("it is UTF-16 or UTF-32 text; send UTF-8"));
    }
    let text = str::from_utf8(body).map_err(Problem::not_json)?;
    // serde would read an array as a struct, field by field.
    let is_object = text.trim_ascii_start().starts_with('{');
    let read = if is_object { parse_object(decider, body) } else { Err(vec![not_an_object(text)]) };
    read.map_err(|violations| match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Problem::breaks_the_contract(violations),
        Err(error) => Problem::not_json(error),
    })
}

/// Reads the record in an object. If that fails, whole numbers lose their decimal point, and it is read again.
fn parse_object<R: Record>(decider: &Decider<R>, body: &[u8]) -> Result<R, Vec<Violation>> {
    decider.read_request(body).or_else(|violations| {
        let rewritten = whole_numbers::write_without_points(body, decider.contract().columns());
        rewritten.map_or(Err(violations), |text| decider.read_request(text.as_bytes()))
    })
}

fn not_an_object(text: &str) -> Violation {
    Violation {
        line: None,
        column: String::new(),
        value: text.chars().take(60).collect(),
        problem: "the body is not an object".to_owned(),
        allowed: "one JSON object".to_owned(),
    }
}
