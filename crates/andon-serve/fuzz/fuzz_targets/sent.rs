//! Turns bytes into a request.

use std::io;

use arbitrary::{Result, Unstructured};
use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::stream::iter;

const METHODS: [&[u8]; 9] = [b"POST", b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT"];

pub(crate) const DECISIONS: &str = "/house/v1/decisions";
pub(crate) const EXPLANATIONS: &str = "/house/v1/explanations";
pub(crate) const BATCH: &str = "/house/v1/batch";
pub(crate) const FORM: &str = "/page/decide";

const PATHS: [&[u8]; 23] = [
    DECISIONS.as_bytes(),
    EXPLANATIONS.as_bytes(),
    BATCH.as_bytes(),
    b"/v2/models/houses/infer",
    FORM.as_bytes(),
    b"/",
    b"/?example=unfavourable",
    b"/page/recent",
    b"/page/app.js",
    b"/healthz",
    b"/readyz",
    b"/card",
    b"/evidence",
    b"/metrics",
    b"/openapi.json",
    b"/docs",
    b"/v2",
    b"/v2/health/live",
    b"/v2/health/ready",
    b"/v2/models/houses",
    b"/v2/models/houses/ready",
    b"/v2/models/houses/versions/1.2.3",
    b"/v2/models/houses/versions/1.2.3/infer",
];

const MEDIA_TYPES: [&[u8]; 5] = [
    b"application/json",
    b"application/x-ndjson",
    b"application/x-www-form-urlencoded",
    b"Application/JSON; charset=utf-8",
    b"text/plain",
];

const KEYS: [&[u8]; 1] = [b"a-key"];
const IDS: [&[u8]; 1] = [b"an-id"];

/// Headers other than those with their own choice. The bytes that follow are the value.
const OTHERS: [&str; 7] =
    ["accept", "authorization", "if-none-match", "content-length", "content-encoding", "expect", "sec-fetch-site"];

/// The parts of a request before the service reads it.
#[derive(Debug)]
pub(crate) struct Sent<'a> {
    method: &'a [u8],
    path: &'a [u8],
    /// The path as the router sees it.
    pub(crate) place: String,
    headers: Vec<(&'static str, &'a [u8])>,
    arrival: u8,
    body: &'a [u8],
}

impl<'a> Sent<'a> {
    /// `None` if the bytes make no request.
    pub(crate) fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        let mut sent = Self::read(Unstructured::new(bytes)).ok()?;
        sent.place = sent.request()?.uri().path().to_owned();
        Some(sent)
    }

    fn read(mut bytes: Unstructured<'a>) -> Result<Self> {
        let method = one_of(&METHODS, &mut bytes)?.unwrap_or(b"POST");
        let path = one_of(&PATHS, &mut bytes)?.unwrap_or(DECISIONS.as_bytes());
        let mut headers = Vec::new();
        let media_type = one_of(&MEDIA_TYPES, &mut bytes)?;
        headers.extend(media_type.map(|value| ("content-type", value)));
        headers.extend(one_of(&KEYS, &mut bytes)?.map(|value| ("idempotency-key", value)));
        headers.extend(one_of(&IDS, &mut bytes)?.map(|value| ("x-request-id", value)));
        let other: u8 = bytes.arbitrary()?;
        if let Some(name) = OTHERS.get(usize::from(other)) {
            headers.push((name, text(&mut bytes)?));
        }
        let arrival = bytes.arbitrary()?;
        let place = String::new();
        Ok(Self { method, path, place, headers, arrival, body: bytes.take_rest() })
    }

    /// Builds the request; it is the same each time.
    pub(crate) fn request(&self) -> Option<Request<Body>> {
        let request = Request::builder().method(self.method).uri(self.path);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(self.body()).ok()
    }

    /// The body as a whole, in frames of `arrival` bytes, or broken off.
    fn body(&self) -> Body {
        let body = Bytes::copy_from_slice(self.body);
        match self.arrival {
            0 => Body::from(body),
            frame => {
                let frames: Vec<_> = body.chunks(usize::from(frame)).map(Bytes::copy_from_slice).map(Ok).collect();
                let broken = (frame == u8::MAX).then(|| Err(io::Error::other("broken off")));
                Body::from_stream(iter(frames.into_iter().chain(broken)))
            }
        }
    }

    pub(crate) fn is_head(&self) -> bool {
        self.method == b"HEAD"
    }

    /// True if the service keeps the answer under an idempotency key.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.place == DECISIONS && self.headers.iter().any(|(name, _)| *name == "idempotency-key")
    }
}

/// Index 0 gives none, the next ones a listed value, the last one a value from the bytes.
fn one_of<'a>(listed: &[&'static [u8]], bytes: &mut Unstructured<'a>) -> Result<Option<&'a [u8]>> {
    let choice = bytes.int_in_range(0..=listed.len() + 1)?;
    match choice.checked_sub(1) {
        None => Ok(None),
        Some(index) => match listed.get(index) {
            Some(&listed) => Ok(Some(listed)),
            None => text(bytes).map(Some),
        },
    }
}

/// Reads a length in one byte, and that many bytes.
fn text<'a>(bytes: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let length: u8 = bytes.arbitrary()?;
    bytes.bytes(usize::from(length).min(bytes.len()))
}
