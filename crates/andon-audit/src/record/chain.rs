//! The hash chain: the construction of each row's hash, and the head that an auditor keeps.
//!
//! `H` is SHA-256 (FIPS 180-4) over fields that each stand behind their length, which keeps neighbours apart: 8 bytes,
//! least first, then the field in UTF-8. A number is a field of 8 bytes, least first; the score has the bits of an
//! IEEE 754 double. Before a field that may be absent (`?`) stands a byte: 1, or 0 and no field.
//!
//! ```text
//! inputs_digest     = H("andon-audit personal 1", "inputs",     salt, JSON)
//! monitoring_digest = H("andon-audit personal 1", "monitoring", salt, JSON)
//! content           = H("andon-audit decision 2", model_sha256, request_id, model_version, fingerprint, score?,
//!                       decision, reasons, explanation_source, inputs_digest, monitoring_digest?)
//!                or   H("andon-audit forgetting 1", rows, reason)
//!                or   H("andon-audit stop 1", by, why)
//!                or   H("andon-audit clear 1", by, why)
//!                or   H("andon-audit note 1", kind, sequence of the decision, JSON)
//! hash              = H("andon-audit link 1", hash of the row before, sequence, time, content)
//! ```
//!
//! A salt is 32 random bytes, new for each row and part, and stored beside the text. All other fields are hashed as
//! they are stored. The row before the first has 32 zero bytes for a hash. This is the construction of Haber and
//! Stornetta, *How to time-stamp a digital document* (Journal of Cryptology 3, 1991), with the writers of
//! the trail in place of a time-stamping service.
//!
//! Rows of version 0.1.0 say `decision 1` and hold no `model_sha256`. They stay valid beside rows of today.
//!
//! **Forgetting.** The personal data of a decision enter the chain only as a digest with a salt. Once text and salt are
//! erased, the digest says nothing of the person: without 32 unknown bytes no guess at the text can be tried. The
//! digest stays, so every hash stays the same. The forgetting is itself a row of the chain, with its time and reason,
//! and names the rows it erased. An absence that no such row explains is a fault.
//!
//! **The limit of the chain.** A person who can write the whole trail can hash it anew from any row on, and then it is
//! consistent. A [`Head`] that is kept elsewhere prevents this: it pins every row up to it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::record::encode::Encoder;
use crate::record::hash::Hash;

/// A text is not a [`Head`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a head: expected <number of rows>:<64 hexadecimal digits>")]
pub struct NotAHead(String);

/// The end of the chain: its number of rows, and the hash of the last.
///
/// Written as `count:hash`. Kept outside the trail's reach, on paper or in another's system, it proves later that
/// none of these rows was changed or cut off; see [`crate::verify()`].
///
/// ```
/// use andon_audit::Head;
///
/// let kept = format!("2:{}", "0f".repeat(32));
/// assert_eq!(kept.parse::<Head>().unwrap().to_string(), kept);
/// assert!("2:0f".parse::<Head>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Number of rows, decisions and others; also the sequence number of the last.
    pub count: u64,
    /// The last row's hash; 32 zero bytes when there is none.
    pub hash: Hash,
}

impl Head {
    pub(crate) const EMPTY: Self = Self { count: 0, hash: Hash::ZERO };

    /// The head after one more row of this content.
    pub(crate) fn next(&self, time: &str, content: &Hash) -> Self {
        let count = self.count + 1;
        Self { count, hash: link(&self.hash, count, time, content) }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.count, self.hash)
    }
}

impl FromStr for Head {
    type Err = NotAHead;

    fn from_str(text: &str) -> Result<Self, NotAHead> {
        let parse = || {
            let (count, hash) = text.split_once(':')?;
            Some(Self { count: count.parse().ok()?, hash: Hash::from_hexadecimal(hash)? })
        };
        parse().ok_or_else(|| NotAHead(text.to_owned()))
    }
}

/// The hash of a row.
pub(crate) fn link(before: &Hash, sequence: u64, time: &str, content: &Hash) -> Hash {
    let link = Encoder::new("andon-audit link 1").bytes(before.as_bytes()).number(sequence);
    link.text(time).bytes(content.as_bytes()).digest()
}
