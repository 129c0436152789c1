//! Who may use the service: keys of which only digests are kept, each with a rate of its own.
//!
//! A key names a client system, not a person: its name is logged with each request, and nothing of the key is.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use andon::evidence::files::sha256_hex;
use axum::extract::Request;
use subtle::{ConditionallySelectable, ConstantTimeEq};

use crate::problem::Problem;

mod credentials;
mod file;
mod rate;

pub(crate) use credentials::CHALLENGES;
use rate::Rate;

/// Random bytes of a key: nobody guesses 256 bits.
const RANDOM: usize = 32;

/// What every key begins with, so that scanners for secrets find one that leaked.
const PREFIX: &str = "andon_";

/// The keys of those who may use the service, as a file lists them.
#[derive(Debug)]
pub struct Keys {
    keys: Vec<Key>,
    /// When rates begin to count.
    since: Instant,
}

#[derive(Debug)]
struct Key {
    client: Client,
    /// SHA-256 of the key, in hexadecimal.
    digest: String,
    rate: Rate,
}

/// The name of a key: that of a client system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client(pub(crate) std::sync::Arc<str>);

/// A file of keys that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read.
    #[error("failed to read {}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nobody could use the service.
    #[error("{} holds no key", file.display())]
    Empty {
        /// Which file.
        file: PathBuf,
    },
    /// A line is none of a key.
    #[error("{}:{line}: {problem}; a line is `name sha256-hex [requests_per_second]`", file.display())]
    Line {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it; it quotes no digest.
        problem: String,
    },
}

/// A key that was made just now; only its digest is ever kept.
#[expect(missing_debug_implementations, reason = "a key in a log is a key that leaked")]
pub struct NewKey {
    /// For the client, and nobody else.
    pub key: String,
    /// For the file: the key's name and digest.
    pub line: String,
}

/// No key can be made.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// The name cannot stand in the file.
    #[error("the name `{0}` is not 1 to 64 of a-z, A-Z, 0-9, `.`, `_` and `-`")]
    Name(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

impl NewKey {
    /// Makes a key from the system's randomness.
    ///
    /// # Errors
    /// [`NoKey`] for a name that cannot stand in the file, or without randomness.
    pub fn named(name: &str) -> Result<Self, NoKey> {
        if !file::is_name(name) {
            return Err(NoKey::Name(name.to_owned()));
        }
        let mut random = [0; RANDOM];
        getrandom::fill(&mut random).map_err(NoKey::Random)?;
        let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("{PREFIX}{digits}");
        let line = format!("{name} {}", sha256_hex(key.as_bytes()));
        Ok(Self { key, line })
    }
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
        let key = self.key(request).ok_or_else(Problem::no_key)?;
        key.rate.take(self.since.elapsed()).map_err(|wait| Problem::too_often(seconds(wait)))?;
        Ok(&key.client)
    }

    /// Whose key a request brings, whatever its rate.
    pub(crate) fn client(&self, request: &Request) -> Option<&Client> {
        self.key(request).map(|key| &key.client)
    }

    fn key(&self, request: &Request) -> Option<&Key> {
        self.find(&sha256_hex(&credentials::key(request.headers())?))
    }

    /// The key of a digest. All are compared, each in constant time: how long it takes says nothing.
    fn find(&self, digest: &str) -> Option<&Key> {
        let none = u32::MAX;
        let mut found = none;
        for (index, key) in (0_u32..).zip(&self.keys) {
            found.conditional_assign(&index, key.digest.as_bytes().ct_eq(digest.as_bytes()));
        }
        (found != none).then(|| self.keys.get(found as usize)).flatten()
    }
}

/// Whole seconds, at least one, as `Retry-After` has them.
fn seconds(wait: Duration) -> u16 {
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
        let (a, b) = ("a".repeat(64), format!("{}b", "a".repeat(63)));
        let keys = keys(&format!("one {a}\ntwo {b}"));
        let name = |digest: &str| keys.find(digest).map(|key| key.client.0.to_string());
        assert_eq!((name(&a).as_deref(), name(&b).as_deref()), (Some("one"), Some("two")));
        for other in [&"a".repeat(63), &"a".repeat(65), &"c".repeat(64), ""] {
            assert_eq!(name(other), None, "{other}");
        }
    }

    #[test]
    fn a_new_key_fits_its_line_and_no_two_are_the_same() {
        let (one, other) = (NewKey::named("branch-7").unwrap(), NewKey::named("branch-7").unwrap());
        assert_ne!(one.key, other.key);
        assert_eq!(one.key.len(), 70);
        assert!(!one.line.contains(&one.key[6..20]), "the line holds a part of the key");
        assert!(keys(&one.line).find(&sha256_hex(one.key.as_bytes())).is_some());
        assert!(keys(&one.line).find(&sha256_hex(other.key.as_bytes())).is_none());
        for name in ["", "a b", "a\n", "#a", "é", &"a".repeat(65)] {
            assert!(matches!(NewKey::named(name), Err(NoKey::Name(_))), "{name}");
        }
    }

    #[test]
    fn waits_are_rounded_up() {
        let waits = [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (u64::MAX, u16::MAX)];
        for (wait, expected) in waits {
            assert_eq!(seconds(Duration::from_millis(wait)), expected, "{wait}");
        }
    }
}
