//! What one client may take of the server.

use std::time::Duration;

/// What the listener allows; the defaults are those of the deployed program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long the head of a request may take from its first byte, and a new connection until its first request: 10 s.
    pub head: Duration,
    /// How long a connection may be kept between two requests, and a client may leave a response unread: 75 s, longer
    /// than the 60 s for which common proxies keep theirs. While no further connection is accepted, `head` applies.
    pub idle: Duration,
    /// How long a TLS handshake may take: 10 s.
    pub handshake: Duration,
    /// The head of a request in bytes, its first line with it: 16 KiB. Over it, and over 100 headers: 431.
    pub head_bytes: usize,
    /// Connections open at once: 4,096. Further ones wait in the system's backlog, where they cost nothing.
    pub connections: u16,
    /// How long requests in flight may take after the shutdown: 75 s, longer than the longest wait for the language model.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            handshake: Duration::from_secs(10),
            head_bytes: 16 << 10,
            connections: 4_096,
            drain: Duration::from_secs(75),
        }
    }
}
