//! The limits of one client.

use std::time::Duration;

/// The limits of the listener. The defaults are those of the deployed program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest time for the head of a request from its first byte, and from a new connection to its first request:
    /// 10 s.
    pub head: Duration,
    /// The longest time between two requests on a connection, and for a client that does not read a response: 75 s,
    /// because common proxies keep connections for 60 s. While the server is full, `head` applies instead.
    pub idle: Duration,
    /// The longest time for a TLS handshake: 10 s.
    pub handshake: Duration,
    /// The size of the longest head in bytes, with its first line: 16 KiB. Longer heads, or more than 100 headers, are
    /// 431.
    pub head_bytes: usize,
    /// The number of open connections: 4,096. Further ones wait in the system's backlog, where they cost nothing.
    pub connections: u16,
    /// The longest time for requests in progress after the shutdown: 75 s, more than the longest wait for the language
    /// model.
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
