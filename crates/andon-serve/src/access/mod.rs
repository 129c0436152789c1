//! Access to every endpoint: keys, requests from other sites, and the limit of concurrent decisions.

mod host;
pub(crate) mod keys;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};

use crate::access::keys::Keys;
use crate::access::keys::key::Client;
use crate::problem::Problem;

/// The paths for monitoring the process. They are always answered, without a key.
const OPEN_PATHS: [&str; 2] = ["/healthz", "/readyz"];

/// The largest number of requests that decide at once. At the 15,000 decisions a second of two cores, the last of them
/// waits 70 ms. A client that would wait longer should try again later.
const DEFAULT_MAX_DECIDING: usize = 1_024;

/// Reports if a path is open to every client, without a key and at any rate.
pub(crate) fn is_open(path: &str) -> bool {
    OPEN_PATHS.contains(&path)
}

/// Reports if a page of another site made a browser send a request (cross-site request forgery). The browser adds the
/// key that it keeps for this site, and it reaches addresses that only its machine can reach. So such a request may
/// only read. Programs other than browsers send neither of these headers.
fn is_forged(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return false;
    }
    match headers.get("sec-fetch-site") {
        Some(site) => site != "same-origin" && site != "none",
        // An older browser only names the site of the page.
        None => headers.get(header::ORIGIN).is_some_and(|origin| !is_same_host(origin, headers.get(header::HOST))),
    }
}

/// Reports if an origin is this host.
fn is_same_host(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let host = host.and_then(|host| host.to_str().ok());
    origin.zip(host).is_some_and(|((_, origin), host)| origin.eq_ignore_ascii_case(host))
}

/// The rules of access. Clones count together and share the keys.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    pub(crate) keys: Option<Arc<Keys>>,
    pub(crate) most: usize,
    deciding: Arc<AtomicUsize>,
}

impl Default for Admission {
    fn default() -> Self {
        Self { keys: None, most: DEFAULT_MAX_DECIDING, deciding: Arc::default() }
    }
}

/// The permit of one request to decide, which lasts until it is dropped. Every decision requires one.
#[derive(Debug)]
pub(crate) struct DecisionPermit<'a>(&'a AtomicUsize);

impl Drop for DecisionPermit<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Admission {
    /// Finds the client of a request, if there are keys. At the open paths, a client with a key is known as well.
    ///
    /// # Errors
    /// 400, 421 and 501 for a head that is not for this server; 403 for a cross-site request; 401 and 429 by the
    /// [`Keys`].
    pub(crate) fn admit(&self, request: &Request) -> Result<Option<&Client>, Problem> {
        host::check_head(request, self.keys.is_some())?;
        if is_forged(request.method(), request.headers()) {
            return Err(Problem::cross_site());
        }
        let Some(keys) = &self.keys else { return Ok(None) };
        if is_open(request.uri().path()) { Ok(keys.find_client(request)) } else { keys.admit(request).map(Some) }
    }

    /// Reports if a request with access may see internal details: it has a key, or no keys are required.
    pub(crate) fn may_see_details(&self, request: &Request) -> bool {
        self.keys.is_none() || request.extensions().get::<Client>().is_some()
    }

    /// Hides the details of a problem if the client may not see them.
    pub(crate) fn redact_for(&self, request: &Request, problem: Problem) -> Problem {
        if self.may_see_details(request) { problem } else { problem.without_detail() }
    }

    pub(crate) fn acquire_permit(&self) -> Result<DecisionPermit<'_>, Problem> {
        let others = self.deciding.fetch_add(1, Relaxed);
        let deciding = DecisionPermit(&self.deciding);
        if others < self.most { Ok(deciding) } else { Err(Problem::too_many_at_once(self.most)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_site_made_a_browser_send_is_forged() {
        let of = |headers: &[(&str, &str)]| {
            let header = |(name, value): &(&str, &str)| {
                (name.parse::<axum::http::HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
            };
            headers.iter().map(header).collect::<HeaderMap>()
        };
        let site = "sec-fetch-site";
        let origin = "origin";
        let host = ("host", "loans.example:8080");
        for (headers, forged) in [
            (of(&[]), false),
            (of(&[(site, "cross-site")]), true),
            (of(&[(site, "same-site")]), true),
            (of(&[(site, "of-no-kind-known")]), true),
            (of(&[(site, "same-origin"), (origin, "null")]), false),
            (of(&[(site, "none")]), false),
            (of(&[(origin, "http://loans.example:8080"), host]), false),
            (of(&[(origin, "http://LOANS.example:8080"), host]), false),
            (of(&[(origin, "http://loans.example"), host]), true),
            (of(&[(origin, "http://elsewhere.example"), host]), true),
            (of(&[(origin, "null"), host]), true),
            (of(&[(origin, "http://loans.example:8080")]), true),
        ] {
            assert_eq!(is_forged(&Method::POST, &headers), forged, "{headers:?}");
            assert!(!is_forged(&Method::GET, &headers), "{headers:?}");
        }
    }
}
