//! Connections: limits and TLS.

mod limits; // heads, silence, connections, decisions at once
mod tls; // handshakes, and clients that make none
