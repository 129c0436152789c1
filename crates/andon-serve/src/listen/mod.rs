//! The listener: accepts connections up to a limit, and lets them end when it is told to stop.
//!
//! `axum::serve` has no limits, hence a loop of our own: `accept` takes connections, `connection` speaks HTTP on one of
//! them, `patience` says when the other side has been waited for long enough, `tls` reads the certificate.

use std::io;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

mod accept;
mod connection;
mod limits;
mod timeouts;
mod tls;

use connection::Connections;
pub use limits::Limits;
pub use tls::{Tls, TlsError};

/// Endpoints with how they are to be reached.
#[derive(Debug)]
pub struct Server {
    router: Router,
    tls: Option<Tls>,
    limits: Limits,
}

impl Server {
    /// Plain HTTP with the limits of the deployed program.
    #[must_use]
    pub fn new(router: Router) -> Self {
        Self { router, tls: None, limits: Limits::default() }
    }

    /// Speaks TLS, and nothing else.
    #[must_use]
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Allows more or less than by default.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Serves until `shutdown` is ready, then finishes the requests in flight and returns, after [`Limits::drain`] even
    /// when a client still holds one.
    ///
    /// # Errors
    /// None by itself; the signature leaves room for the listener's.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
        let Self { router, tls, limits } = self;
        let (stop, stopping) = watch::channel(false);
        let open = Arc::new(Semaphore::new(limits.connections.into()));
        // Without its state, a router would set up every route anew for each request.
        let connections = Connections { router: router.with_state(()), tls, limits, open: Arc::clone(&open), stopping };
        tokio::select! {
            () = accept::accept_all(listener, connections) => {}
            () = shutdown => {}
        }
        stop.send_replace(true);
        // Whoever gets all permits knows that no connection has one. When time is up, what is still open is let go.
        let _drained = timeout(limits.drain, open.acquire_many(limits.connections.into())).await;
        Ok(())
    }
}

/// Serves over plain HTTP with the default [`Limits`]: the short form of [`Server`].
///
/// # Errors
/// As [`Server::serve`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    Server::new(router).serve(listener, shutdown).await
}
