//! One key of the file: the client that it names, its digest and its rate.

use super::rate::RateLimit;

#[derive(Debug)]
pub(super) struct ClientKey {
    pub(super) client: Client,
    /// SHA-256 of the key, in hexadecimal.
    pub(super) digest: String,
    pub(super) rate: RateLimit,
}

/// The name of a key, which is the name of a client system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client(pub(crate) std::sync::Arc<str>);
