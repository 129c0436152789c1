//! Who may use the service: keys of which only digests are kept, each with a rate of its own.
//!
//! A key names a client system, not a person: its name is logged with each request, and nothing of the key is.

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
use key::{Client, ClientKey};

/// The keys of those who may use the service, as a file lists them.
#[derive(Debug)]
pub struct Keys {
    keys: Vec<ClientKey>,
    /// When rates begin to count.
    since: Instant,
}

impl Keys {
    /// Reads a file of keys: `name sha256-hex [requests_per_second]` on each line, `#` before comments.
    ///
    /// # Errors
    /// [`KeysError`] with the file and the line: unreadable, without any key, a line that is none, a name or a key twice.
    pub fn read(file: &Path) -> Result<Self, KeysError> {
        let unreadable = |source| KeysError::Unreadable { file: file.to_owned(), source };
        let keys = file::parse(&std::fs::read_to_string(file).map_err(unreadable)?, file)?;
        Ok(Self { keys, since: Instant::now() })
    }

    /// Whose request this is.
    ///
    /// # Errors
    /// 401 without a key of the file, 429 for one that is used more often than it may be.
    pub(crate) fn admit(&self, request: &Request) -> Result<&Client, Problem> {
        let key = self.find_for_request(request).ok_or_else(Problem::no_key)?;
        key.rate.take(self.since.elapsed()).map_err(|wait| Problem::rate_limited(whole_seconds(wait)))?;
        Ok(&key.client)
    }

    /// Whose key a request brings, whatever its rate.
    pub(crate) fn find_client(&self, request: &Request) -> Option<&Client> {
        self.find_for_request(request).map(|key| &key.client)
    }

    fn find_for_request(&self, request: &Request) -> Option<&ClientKey> {
        self.find(&sha256_hex(&credentials::find_key(request.headers())?))
    }

    /// The key of a digest. All are compared, each in constant time: how long it takes says nothing.
    fn find(&self, digest: &str) -> Option<&ClientKey> {
        let none = u32::MAX;
        let mut found = none;
        for (index, key) in (0_u32..).zip(&self.keys) {
            found.conditional_assign(&index, key.digest.as_bytes().ct_eq(digest.as_bytes()));
        }
        (found != none).then(|| self.keys.get(found as usize)).flatten()
    }
}

/// Whole seconds, at least one, as `Retry-After` has them.
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
