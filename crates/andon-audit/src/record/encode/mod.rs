//! Fields as bytes that can be read in one way only, and their digest.

use sha2::{Digest, Sha256};

use crate::record::hash::Hash;

/// Writes fields one after the other, each behind its length.
///
/// Without lengths, the fields `ab`, `c` and `a`, `bc` would give the same bytes. What the fields mean is said by the
/// domain in front, so that no encoding of one kind is one of another.
pub(crate) struct Encoder(Vec<u8>);

impl Encoder {
    pub(crate) fn new(domain: &str) -> Self {
        Self(Vec::with_capacity(512)).text(domain)
    }

    /// A field: its length in bytes as 8 bytes, least first, then itself.
    pub(crate) fn bytes(mut self, field: &[u8]) -> Self {
        self.0.extend_from_slice(&(field.len() as u64).to_le_bytes());
        self.0.extend_from_slice(field);
        self
    }

    pub(crate) fn text(self, field: &str) -> Self {
        self.bytes(field.as_bytes())
    }

    pub(crate) fn number(self, field: u64) -> Self {
        self.bytes(&field.to_le_bytes())
    }

    /// A field that may be absent, which is not the same as empty: a byte 0, or a byte 1 and the field.
    pub(crate) fn optional(mut self, field: Option<&[u8]>) -> Self {
        self.0.push(u8::from(field.is_some()));
        match field {
            Some(field) => self.bytes(field),
            None => self,
        }
    }

    pub(crate) fn digest(self) -> Hash {
        Hash::new(Sha256::digest(self.0).into())
    }

    #[cfg(test)]
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests;
