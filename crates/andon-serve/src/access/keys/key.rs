//! One key of the file: the client that it names, its digest and its rate.

use super::rate::RateLimit;

#[derive(Debug)]
pub(super) struct ClientKey {
    pub(super) client: Client,
    /// SHA-256 of the key, in hexadecimal.
    pub(super) digest: String,
    pub(super) rate: RateLimit,
    pub(super) rights: Vec<Right>,
}

/// A right that a key has only if its line says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// To stop the service.
    Stop,
    /// To clear a stop.
    Clear,
    /// To put a person's decision beside the model's.
    Override,
}

impl Right {
    /// The word for it in the file of keys.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Clear => "clear",
            Self::Override => "override",
        }
    }

    /// The right with this name.
    pub(super) fn named(word: &str) -> Option<Self> {
        [Self::Stop, Self::Clear, Self::Override].into_iter().find(|right| right.name() == word)
    }
}

/// The name of a key, which is the name of a client system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client(pub(crate) std::sync::Arc<str>);
