//! Answers that are given again to a client that asks again with the same key.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use andon::evidence::files::sha256_hex;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};

use crate::keys::Client;
use crate::observe::{REQUEST_ID, RequestId};
use crate::problem::Problem;

/// The header that names a request (draft-ietf-httpapi-idempotency-key-header).
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Longest key, in bytes.
const LONGEST: usize = 128;

/// How many answers are remembered: at some 2 KiB each, 20 MiB.
const MOST: usize = 10_000;

/// An answer as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) body: Bytes,
    pub(crate) id: RequestId,
}

impl IntoResponse for Sent {
    fn into_response(self) -> Response {
        let mut response = ([(header::CONTENT_TYPE, "application/json")], self.body).into_response();
        response.headers_mut().insert(REQUEST_ID, self.id.0);
        response
    }
}

/// Answers by key, as many as there is room for; the oldest goes first.
#[derive(Debug, Default)]
pub(crate) struct Remembered(Mutex<Answers>);

#[derive(Debug, Default)]
struct Answers {
    /// By key: the digest of the request's body, and its answer.
    sent: BTreeMap<Arc<str>, (String, Sent)>,
    oldest_first: VecDeque<Arc<str>>,
}

impl Remembered {
    /// The answer that was sent for this key, else this one, which is remembered. A refusal is not: a client that
    /// mends its request can keep the key.
    ///
    /// # Errors
    /// What `answer` refuses, and another body under the same key.
    pub(crate) async fn once(
        &self,
        key: &str,
        body: &[u8],
        answer: impl Future<Output = Result<Sent, Problem>>,
    ) -> Result<Sent, Problem> {
        let digest = sha256_hex(body);
        if let Some(sent) = self.found(key, &digest)? {
            return Ok(sent);
        }
        let sent = answer.await?;
        // Nobody waits for a decision under way: of two at once, both are on record, and both are given the first to end.
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sent) = answers.found(key, &digest)? {
            return Ok(sent);
        }
        answers.insert(key, digest, sent.clone());
        Ok(sent)
    }

    fn found(&self, key: &str, digest: &str) -> Result<Option<Sent>, Problem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).found(key, digest)
    }
}

impl Answers {
    fn found(&self, key: &str, digest: &str) -> Result<Option<Sent>, Problem> {
        match self.sent.get(key) {
            None => Ok(None),
            Some((same, sent)) if same == digest => Ok(Some(sent.clone())),
            Some(_) => Err(Problem::another_body()),
        }
    }

    fn insert(&mut self, key: &str, digest: String, sent: Sent) {
        if self.oldest_first.len() >= MOST
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.sent.remove(&oldest);
        }
        let key: Arc<str> = key.into();
        self.sent.insert(Arc::clone(&key), (digest, sent));
        self.oldest_first.push_back(key);
    }
}

/// The key in a request's headers; with the client's name before it where the request has one, so that no client is
/// given the answers of another.
///
/// # Errors
/// More than one, or one that is empty, too long, or of other than visible characters.
pub(crate) fn key(request: &Request) -> Result<Option<String>, Problem> {
    let mut keys = request.headers().get_all(&IDEMPOTENCY_KEY).into_iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let is_key = (1..=LONGEST).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
    match key.to_str() {
        Ok(key) if is_key && keys.next().is_none() => Ok(Some(match request.extensions().get::<Client>() {
            Some(client) => format!("{} {key}", client.0),
            None => key.to_owned(),
        })),
        _ => Err(Problem::not_a_key(LONGEST)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(number: usize) -> Sent {
        Sent { body: Bytes::from(number.to_string()), id: RequestId(number.into()) }
    }

    async fn ask(remembered: &Remembered, key: usize, answer: usize) -> Sent {
        remembered.once(&key.to_string(), b"x", async { Ok(sent(answer)) }).await.unwrap()
    }

    #[tokio::test]
    async fn the_oldest_is_forgotten_first_and_nothing_grows() {
        let remembered = Remembered::default();
        for key in 0..MOST {
            assert_eq!(ask(&remembered, key, key).await, sent(key));
        }
        let again = ask(&remembered, 0, 7_000_000).await;
        assert_eq!(again, sent(0), "it is still known, and being asked for does not make it younger");
        assert_eq!(ask(&remembered, MOST, MOST).await, sent(MOST));
        assert_eq!(ask(&remembered, 1, 7_000_000).await, sent(1));
        assert_eq!(ask(&remembered, 0, 7_000_000).await, sent(7_000_000), "it was forgotten");
        let answers = remembered.0.lock().unwrap();
        assert_eq!((answers.sent.len(), answers.oldest_first.len()), (MOST, MOST));
    }

    #[tokio::test]
    async fn a_refusal_is_not_remembered() {
        let remembered = Remembered::default();
        assert!(remembered.once("k", b"x", async { Err(Problem::cut()) }).await.is_err());
        assert_eq!(remembered.once("k", b"y", async { Ok(sent(1)) }).await.unwrap(), sent(1));
        assert!(remembered.once("k", b"x", async { Ok(sent(2)) }).await.is_err(), "another body");
    }

    #[tokio::test]
    async fn of_two_at_once_both_are_given_the_first_to_end() {
        let remembered = Remembered::default();
        let slow = async {
            remembered.once("k", b"x", async { Ok(sent(1)) }).await.unwrap();
            Ok(sent(2))
        };
        assert_eq!(remembered.once("k", b"x", slow).await.unwrap(), sent(1));
    }
}
