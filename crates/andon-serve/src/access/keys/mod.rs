//! API keys. The service keeps only their digests, and each key has its own rate.
//!
//! A key names a client system, not a person. The log shows its name with each request, but no part of the key.

use std::path::Path;
use std::time::{Duration, Instant};

use andon::evidence::files::sha256_hex;
use axum::extract::Request;
use subtle::{ConditionallySelectable, ConstantTimeEq};

use crate::problem::Problem;

mod credentials;
pub(crate) mod error;
mod file;
pub(crate) mod key;
pub(crate) mod new_key;
mod rate;

pub(crate) use credentials::CHALLENGES;
use error::KeysError;
use key::{Client, ClientKey, Right};

/// The keys in a file.
#[derive(Debug)]
pub struct Keys {
    keys: Vec<ClientKey>,
    /// The time from which the rates count.
    since: Instant,
}

impl Keys {
    /// Reads a file of keys: `name sha256-hex [requests_per_second] [stop] [clear] [override]` on each line, `#` before
    /// comments.
    ///
    /// # Errors
    /// [`KeysError`] with the file and the line: an unreadable file, no key at all, an invalid line, a repeated name or
    /// key.
    pub fn read(file: &Path) -> Result<Self, KeysError> {
        let unreadable = |source| KeysError::Unreadable { file: file.to_owned(), source };
        let keys = file::parse(&std::fs::read_to_string(file).map_err(unreadable)?, file)?;
        Ok(Self { keys, since: Instant::now() })
    }

    /// Finds the client of a request, and takes one request from its rate.
    ///
    /// # Errors
    /// 401 without a known key; 429 if the key is used more often than its rate allows.
    pub(crate) fn admit(&self, request: &Request) -> Result<&Client, Problem> {
        let key = self.find_for_request(request).ok_or_else(Problem::no_key)?;
        key.rate.take(self.since.elapsed()).map_err(|wait| Problem::rate_limited(whole_seconds(wait)))?;
        Ok(&key.client)
    }

    /// True if the key with this name has a right.
    pub(crate) fn may(&self, client: &Client, right: Right) -> bool {
        self.keys.iter().any(|key| key.client == *client && key.rights.contains(&right))
    }

    /// Finds the client of a request without touching its rate.
    pub(crate) fn find_client(&self, request: &Request) -> Option<&Client> {
        self.find_for_request(request).map(|key| &key.client)
    }

    fn find_for_request(&self, request: &Request) -> Option<&ClientKey> {
        self.find(&sha256_hex(&credentials::find_key(request.headers())?))
    }

    /// Finds a key by its digest. It compares all keys, each in constant time, so the time reveals nothing.
    fn find(&self, digest: &str) -> Option<&ClientKey> {
        let none = u32::MAX;
        let mut found = none;
        for (index, key) in (0_u32..).zip(&self.keys) {
            found.conditional_assign(&index, key.digest.as_bytes().ct_eq(digest.as_bytes()));
        }
        (found != none).then(|| self.keys.get(found as usize)).flatten()
    }
}

/// Rounds up to whole seconds, at least one, for `Retry-After`.
fn whole_seconds(wait: Duration) -> u16 {
    u16::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u16::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Keys {
        Keys { keys: file::parse(text, Path::new("keys")).unwrap(), since: Instant::now() }
    }

    #[test]
    fn a_key_is_found_by_the_whole_of_its_digest() {
        let a = "a".repeat(64);
        let b = format!("{}b", "a".repeat(63));
        let keys = keys(&format!("one {a}\ntwo {b}"));
        let name = |digest: &str| keys.find(digest).map(|key| key.client.0.to_string());
        assert_eq!((name(&a).as_deref(), name(&b).as_deref()), (Some("one"), Some("two")));
        for other in [&"a".repeat(63), &"a".repeat(65), &"c".repeat(64), ""] {
            assert_eq!(name(other), None, "{other}");
        }
    }

    #[test]
    fn waits_are_rounded_up() {
        let waits = [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (u64::MAX, u16::MAX)];
        for (wait, expected) in waits {
            assert_eq!(whole_seconds(Duration::from_millis(wait)), expected, "{wait}");
        }
    }
}
