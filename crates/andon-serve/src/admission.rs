//! Who and how much is let in: in front of every endpoint, also of those to come.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use andon::contract::Record;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::Service;
use crate::inference::Refused;
use crate::keys::{CHALLENGES, Client, Keys};
use crate::problem::Problem;

/// What whoever watches over the process asks: always answered, without a key.
const OPEN: [&str; 2] = ["/healthz", "/readyz"];

/// Requests in flight that decide. At the 15,000 decisions a second of two cores, the last of them waits 70 ms: who
/// would wait longer had better ask again.
const DECIDING: usize = 1_024;

/// Whether everybody is let in there, however many ask.
pub(crate) fn is_open(path: &str) -> bool {
    OPEN.contains(&path)
}

/// What a service lets in; clones count together, and by the same keys.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    pub(crate) keys: Option<Arc<Keys>>,
    pub(crate) most: usize,
    deciding: Arc<AtomicUsize>,
}

impl Default for Admission {
    fn default() -> Self {
        Self { keys: None, most: DECIDING, deciding: Arc::default() }
    }
}

/// A request that was let in.
#[derive(Debug)]
pub(crate) struct Admitted<'a> {
    /// Whose it is, where there are keys.
    pub(crate) client: Option<&'a Client>,
    /// It counts as long as this lives: until the answer, or the first of many, is there.
    _deciding: Option<Deciding<'a>>,
}

#[derive(Debug)]
struct Deciding<'a>(&'a AtomicUsize);

impl Drop for Deciding<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl<R: Record> Service<R> {
    /// Lets a request in.
    ///
    /// # Errors
    /// 401 and 429 by the [`Keys`], 503 when as many requests decide as may at once.
    pub(crate) fn admit(&self, request: &Request) -> Result<Admitted<'_>, Problem> {
        let admission = &self.lasting.admission;
        let client = admission.client(request)?;
        // Whatever decides is a POST, and nothing else is.
        let decides = request.method() == Method::POST && !is_open(request.uri().path());
        let deciding = decides.then(|| admission.decide()).transpose();
        let _deciding = deciding.inspect_err(|_| self.metrics.shed())?;
        Ok(Admitted { client, _deciding })
    }
}

impl Admitted<'_> {
    pub(crate) fn by(client: Option<&Client>) -> Admitted<'_> {
        Admitted { client, _deciding: None }
    }
}

impl Admission {
    /// Whose a request is, where there are keys. Where everybody is let in, somebody with a key is known all the same.
    ///
    /// # Errors
    /// 401 and 429 by the [`Keys`].
    pub(crate) fn client(&self, request: &Request) -> Result<Option<&Client>, Problem> {
        let Some(keys) = &self.keys else { return Ok(None) };
        if is_open(request.uri().path()) { Ok(keys.client(request)) } else { keys.admit(request).map(Some) }
    }

    /// Whether a request that was let in is of somebody who may learn what goes on inside: it has a key, or there are none.
    pub(crate) fn knows(&self, request: &Request) -> bool {
        self.keys.is_none() || request.extensions().get::<Client>().is_some()
    }

    /// A problem as whoever asks may learn it.
    pub(crate) fn told(&self, request: &Request, problem: Problem) -> Problem {
        if self.knows(request) { problem } else { problem.untold() }
    }

    fn decide(&self) -> Result<Deciding<'_>, Problem> {
        let others = self.deciding.fetch_add(1, Relaxed);
        let deciding = Deciding(&self.deciding);
        if others < self.most { Ok(deciding) } else { Err(Problem::too_many_at_once(self.most)) }
    }
}

/// Answers a request that was not let in, in the form of the API that it asked.
pub(crate) fn refuse(problem: Problem, path: &str) -> Response {
    let (status, retry_after_s) = (problem.status(), problem.retry_after_s());
    let is_inference = path == "/v2" || path.starts_with("/v2/");
    let mut response = if is_inference { Refused::from(problem).into_response() } else { problem.into_response() };
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after_s {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::UNAUTHORIZED.as_u16() {
        for challenge in CHALLENGES {
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
    }
    response
}
