//! The cache of answers for repeated requests with the same idempotency key.

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

/// The header that holds the key (draft-ietf-httpapi-idempotency-key-header).
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The length of the longest key, in bytes.
const MAX_KEY_BYTES: usize = 128;

/// The number of answers that are kept: at some 2 KiB each, 20 MiB.
const MAX_ANSWERS: usize = 10_000;

/// The bytes of the answers that are kept. The answer to a thousand records has up to 2 MiB.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// The longest time that a request waits for an earlier one with its key. No answered decision takes as long.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredAnswer {
    pub(crate) body: Bytes,
    pub(crate) id: RequestId,
    /// False if a part of it was refused only for now, so that the request must be decided anew when it is repeated.
    pub(crate) is_final: bool,
}

impl IntoResponse for StoredAnswer {
    fn into_response(self) -> Response {
        let mut response = ([(header::CONTENT_TYPE, "application/json")], self.body).into_response();
        response.headers_mut().insert(REQUEST_ID, self.id.0);
        response
    }
}

/// Answers by key. If the cache is full, the oldest answer leaves first.
#[derive(Debug, Default)]
pub(crate) struct IdempotencyCache(Mutex<Answers>);

#[derive(Debug, Default)]
struct Answers {
    /// The digest of the request, and its answer, by key.
    sent: BTreeMap<Arc<str>, (String, StoredAnswer)>,
    oldest_first: VecDeque<Arc<str>>,
    /// The bytes of all answers.
    bytes: usize,
    /// The queue of each key that is being decided.
    queues: BTreeMap<Arc<str>, Arc<Queue>>,
}

/// The request that decides holds the lock.
type Queue = tokio::sync::Mutex<()>;

/// The place of a request in the queue of its key. The queue ends when its last request is answered or cancelled.
struct QueueTicket<'a> {
    cache: &'a IdempotencyCache,
    key: Arc<str>,
    queues: Arc<Queue>,
}

impl Drop for QueueTicket<'_> {
    fn drop(&mut self) {
        let mut answers = self.cache.lock();
        // One reference is the queue's own, one is this ticket's.
        if Arc::strong_count(&self.queues) <= 2 {
            answers.queues.remove(&self.key);
        }
    }
}

impl IdempotencyCache {
    /// Gives the answer that was sent for this key, or computes `answer` and keeps it. A refusal is not kept: a client
    /// that corrects its request may use the key again. An answer that is not final is not kept either. If two requests
    /// come at once, the second waits for the first, and is decided only if the first was refused or cancelled. `asked`
    /// is what is asked, without regard to the form: two bodies that hold one record are one request.
    ///
    /// # Errors
    /// The refusal of `answer`; another request under the same key; a first request that takes too long.
    pub(crate) async fn answer_once<E: From<Problem>>(
        &self,
        key: &str,
        asked: &[u8],
        answer: impl Future<Output = Result<StoredAnswer, E>>,
    ) -> Result<StoredAnswer, E> {
        let digest = sha256_hex(asked);
        let ticket = match self.find_or_queue(key, &digest)? {
            Ok(sent) => return Ok(sent),
            Err(ticket) => ticket,
        };
        let turn = timeout(QUEUE_TIMEOUT, ticket.queues.lock()).await;
        let _turn = turn.map_err(|_| Problem::still_in_progress())?;
        if let Some(sent) = self.lock().find(key, &digest)? {
            return Ok(sent);
        }
        let sent = answer.await?;
        if sent.is_final {
            self.lock().insert(key, digest, sent.clone());
        }
        Ok(sent)
    }

    /// Looks and queues in one step, so that no answer slips in between.
    fn find_or_queue(&self, key: &str, digest: &str) -> Result<Result<StoredAnswer, QueueTicket<'_>>, Problem> {
        let mut answers = self.lock();
        if let Some(sent) = answers.find(key, digest)? {
            return Ok(Ok(sent));
        }
        let key: Arc<str> = key.into();
        let queues = Arc::clone(answers.queues.entry(Arc::clone(&key)).or_default());
        Ok(Err(QueueTicket { cache: self, key, queues }))
    }

    fn lock(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answers {
    fn find(&self, key: &str, digest: &str) -> Result<Option<StoredAnswer>, Problem> {
        match self.sent.get(key) {
            None => Ok(None),
            Some((same, sent)) if same == digest => Ok(Some(sent.clone())),
            Some(_) => Err(Problem::idempotency_key_reused()),
        }
    }

    fn insert(&mut self, key: &str, digest: String, sent: StoredAnswer) {
        self.bytes += sent.body.len();
        while (self.oldest_first.len() >= MAX_ANSWERS || self.bytes > MAX_ANSWER_BYTES)
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.bytes -= self.sent.remove(&oldest).map_or(0, |(_, sent)| sent.body.len());
        }
        let key: Arc<str> = key.into();
        self.sent.insert(Arc::clone(&key), (digest, sent));
        self.oldest_first.push_back(key);
    }
}

/// Reads the key from a request's headers. If the client is known, its name becomes part of the key, so that no client
/// gets the answers of another.
///
/// # Errors
/// More than one key, or a key that is empty, too long or not of visible ASCII characters.
pub(crate) fn read_key(request: &Request) -> Result<Option<String>, Problem> {
    let mut keys = request.headers().get_all(&IDEMPOTENCY_KEY).into_iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let is_key = (1..=MAX_KEY_BYTES).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
    match key.to_str() {
        Ok(key) if is_key && keys.next().is_none() => Ok(Some(match request.extensions().get::<Client>() {
            Some(client) => format!("{} {key}", client.0),
            None => key.to_owned(),
        })),
        _ => Err(Problem::invalid_idempotency_key(MAX_KEY_BYTES)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(number: usize) -> StoredAnswer {
        StoredAnswer { body: Bytes::from(number.to_string()), id: RequestId(number.into()), is_final: true }
    }

    async fn ask(cache: &IdempotencyCache, key: usize, answer: usize) -> StoredAnswer {
        cache.answer_once(&key.to_string(), b"x", async { Ok::<_, Problem>(sent(answer)) }).await.unwrap()
    }

    #[tokio::test]
    async fn the_oldest_is_forgotten_first_and_nothing_grows() {
        let cache = IdempotencyCache::default();
        for key in 0..MAX_ANSWERS {
            assert_eq!(ask(&cache, key, key).await, sent(key));
        }
        let again = ask(&cache, 0, 7_000_000).await;
        assert_eq!(again, sent(0), "it is still known, and being asked for does not make it younger");
        assert_eq!(ask(&cache, MAX_ANSWERS, MAX_ANSWERS).await, sent(MAX_ANSWERS));
        assert_eq!(ask(&cache, 1, 7_000_000).await, sent(1));
        assert_eq!(ask(&cache, 0, 7_000_000).await, sent(7_000_000), "it was forgotten");
        let answers = cache.0.lock().unwrap();
        assert_eq!((answers.sent.len(), answers.oldest_first.len()), (MAX_ANSWERS, MAX_ANSWERS));
    }

    #[tokio::test]
    async fn long_answers_do_not_fill_the_memory() {
        let cache = IdempotencyCache::default();
        let long = StoredAnswer { body: Bytes::from(vec![0; MAX_ANSWER_BYTES / 4]), ..sent(0) };
        for key in 0..20 {
            cache.answer_once(&key.to_string(), b"x", async { Ok::<_, Problem>(long.clone()) }).await.unwrap();
        }
        let answers = cache.lock();
        assert_eq!((answers.sent.len(), answers.bytes), (4, MAX_ANSWER_BYTES));
    }

    #[tokio::test]
    async fn a_refusal_is_not_remembered() {
        let cache = IdempotencyCache::default();
        assert!(cache.answer_once("k", b"x", async { Err(Problem::body_cut_off()) }).await.is_err());
        assert_eq!(cache.answer_once("k", b"y", async { Ok::<_, Problem>(sent(1)) }).await.unwrap(), sent(1));
        assert!(cache.answer_once("k", b"x", async { Ok::<_, Problem>(sent(2)) }).await.is_err(), "another request");
    }

    #[tokio::test]
    async fn an_answer_that_is_not_final_is_not_remembered() {
        let cache = IdempotencyCache::default();
        let for_now = StoredAnswer { is_final: false, ..sent(1) };
        assert_eq!(cache.answer_once("k", b"x", async { Ok::<_, Problem>(for_now.clone()) }).await.unwrap(), for_now);
        assert_eq!(cache.answer_once("k", b"x", async { Ok::<_, Problem>(sent(2)) }).await.unwrap(), sent(2));
        assert_eq!(cache.answer_once("k", b"x", async { Ok::<_, Problem>(sent(3)) }).await.unwrap(), sent(2));
    }

    /// Runs a first request, which decides until it is told to end, and a second one behind it.
    async fn second_behind(
        first: Result<usize, ()>,
        cancelled: bool,
    ) -> (Option<Result<StoredAnswer, u16>>, StoredAnswer) {
        let cache = Arc::new(IdempotencyCache::default());
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let (began, begun) = tokio::sync::oneshot::channel::<()>();
        let deciding = Arc::clone(&cache);
        let first = tokio::spawn(async move {
            let answer = async {
                began.send(()).unwrap();
                drop(ended.await);
                first.map(sent).map_err(|()| Problem::body_cut_off())
            };
            deciding.answer_once("k", b"x", answer).await.map_err(|problem| problem.status())
        });
        begun.await.unwrap();
        let waiting = Arc::clone(&cache);
        let second =
            tokio::spawn(
                async move { waiting.answer_once("k", b"x", async { Ok::<_, Problem>(sent(2)) }).await.unwrap() },
            );
        while Arc::strong_count(&cache.lock().queues["k"]) < 3 {
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
        assert!(cache.lock().queues.is_empty());
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
        let cache = IdempotencyCache::default();
        let never = cache.answer_once("k", b"x", std::future::pending::<Result<_, Problem>>());
        let second = cache.answer_once("k", b"x", async { Ok::<_, Problem>(sent(2)) });
        let refused = tokio::select! {
            biased;
            _ = never => unreachable!("it never ends"),
            second = second => second.unwrap_err(),
        };
        assert_eq!(refused.status(), 409);
        assert!(cache.lock().queues.is_empty(), "both are gone");
    }
}
