//! Answers that are given again to a client that asks again with the same key.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use andon::evidence::files::sha256_hex;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::access::keys::key::Client;
use crate::problem::Problem;
use crate::request_id::{REQUEST_ID, RequestId};

/// The header that names a request (draft-ietf-httpapi-idempotency-key-header).
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Longest key, in bytes.
const LONGEST: usize = 128;

/// How many answers are remembered: at some 2 KiB each, 20 MiB.
const MOST: usize = 10_000;

/// How long a request waits for an earlier one with its key: longer than a decision takes that is answered at all.
const PATIENCE: Duration = Duration::from_secs(10);

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
pub(crate) struct IdempotencyCache(Mutex<Answers>);

#[derive(Debug, Default)]
struct Answers {
    /// By key: the digest of the request's body, and its answer.
    sent: BTreeMap<Arc<str>, (String, Sent)>,
    oldest_first: VecDeque<Arc<str>>,
    /// By key that is being decided: whose turn it is.
    turns: BTreeMap<Arc<str>, Arc<Turns>>,
}

/// Held by the request that decides.
type Turns = tokio::sync::Mutex<()>;

/// A request's place in the line of those with the same key; the line ends with the last of them, answered or cancelled.
struct Place<'a> {
    remembered: &'a IdempotencyCache,
    key: Arc<str>,
    turns: Arc<Turns>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut answers = self.remembered.locked();
        // The line's own and this one.
        if Arc::strong_count(&self.turns) <= 2 {
            answers.turns.remove(&self.key);
        }
    }
}

impl IdempotencyCache {
    /// The answer that was sent for this key, else this one, which is remembered. A refusal is not: a client that
    /// mends its request can keep the key. Of two at once the second waits for the first, and is decided only where that
    /// one was refused or cancelled.
    ///
    /// # Errors
    /// What `answer` refuses, another body under the same key, and a first one that takes too long.
    pub(crate) async fn once(
        &self,
        key: &str,
        body: &[u8],
        answer: impl Future<Output = Result<Sent, Problem>>,
    ) -> Result<Sent, Problem> {
        let digest = sha256_hex(body);
        let place = match self.found_or_placed(key, &digest)? {
            Ok(sent) => return Ok(sent),
            Err(place) => place,
        };
        let turn = timeout(PATIENCE, place.turns.lock()).await;
        let _turn = turn.map_err(|_| Problem::under_way())?;
        if let Some(sent) = self.locked().found(key, &digest)? {
            return Ok(sent);
        }
        let sent = answer.await?;
        self.locked().insert(key, digest, sent.clone());
        Ok(sent)
    }

    /// In one step, so that nobody is answered and forgotten in between.
    fn found_or_placed(&self, key: &str, digest: &str) -> Result<Result<Sent, Place<'_>>, Problem> {
        let mut answers = self.locked();
        if let Some(sent) = answers.found(key, digest)? {
            return Ok(Ok(sent));
        }
        let key: Arc<str> = key.into();
        let turns = Arc::clone(answers.turns.entry(Arc::clone(&key)).or_default());
        Ok(Err(Place { remembered: self, key, turns }))
    }

    fn locked(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

    async fn ask(remembered: &IdempotencyCache, key: usize, answer: usize) -> Sent {
        remembered.once(&key.to_string(), b"x", async { Ok(sent(answer)) }).await.unwrap()
    }

    #[tokio::test]
    async fn the_oldest_is_forgotten_first_and_nothing_grows() {
        let remembered = IdempotencyCache::default();
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
        let remembered = IdempotencyCache::default();
        assert!(remembered.once("k", b"x", async { Err(Problem::cut()) }).await.is_err());
        assert_eq!(remembered.once("k", b"y", async { Ok(sent(1)) }).await.unwrap(), sent(1));
        assert!(remembered.once("k", b"x", async { Ok(sent(2)) }).await.is_err(), "another body");
    }

    /// A request that decides until it is told to end, and one behind it.
    async fn second_behind(first: Result<usize, ()>, cancelled: bool) -> (Option<Result<Sent, u16>>, Sent) {
        let remembered = Arc::new(IdempotencyCache::default());
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let (began, begun) = tokio::sync::oneshot::channel::<()>();
        let deciding = Arc::clone(&remembered);
        let first = tokio::spawn(async move {
            let answer = async {
                began.send(()).unwrap();
                drop(ended.await);
                first.map(sent).map_err(|()| Problem::cut())
            };
            deciding.once("k", b"x", answer).await.map_err(|problem| problem.status())
        });
        begun.await.unwrap();
        let waiting = Arc::clone(&remembered);
        let second = tokio::spawn(async move { waiting.once("k", b"x", async { Ok(sent(2)) }).await.unwrap() });
        while Arc::strong_count(&remembered.locked().turns["k"]) < 3 {
            tokio::task::yield_now().await;
        }
        let first = if cancelled {
            first.abort();
            first.await.ok()
        } else {
            end.send(()).unwrap();
            Some(first.await.unwrap())
        };
        let second = second.await.unwrap();
        assert!(remembered.locked().turns.is_empty());
        (first, second)
    }

    #[tokio::test]
    async fn of_two_at_once_the_second_is_given_the_answer_to_the_first() {
        assert_eq!(second_behind(Ok(1), false).await, (Some(Ok(sent(1))), sent(1)));
    }

    #[tokio::test]
    async fn behind_a_refused_or_cancelled_one_the_second_is_decided() {
        assert_eq!(second_behind(Err(()), false).await, (Some(Err(400)), sent(2)));
        assert_eq!(second_behind(Ok(1), true).await, (None, sent(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let remembered = IdempotencyCache::default();
        let never = remembered.once("k", b"x", std::future::pending());
        let second = remembered.once("k", b"x", async { Ok(sent(2)) });
        let refused = tokio::select! {
            biased;
            _ = never => unreachable!("it never ends"),
            second = second => second.unwrap_err(),
        };
        assert_eq!(refused.status(), 409);
        assert!(remembered.locked().turns.is_empty(), "both are gone");
    }
}
