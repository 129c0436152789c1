//! The listener: it accepts connections up to a limit, and lets them end at a shutdown.
//!
//! `axum::serve` has no limits, so this room has its own loop: `accept` takes connections, `connection` speaks HTTP on
//! one of them, `timeouts` ends connections that wait too long for their client, and `tls` reads the certificate.

use std::io;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

mod accept;
mod connection;
mod file_size_limit;
mod limits;
mod timeouts;
mod tls;

use connection::Connections;
pub use file_size_limit::outlive_file_size_limit;
pub use limits::Limits;
pub use tls::{Tls, TlsError};

/// Endpoints, with TLS and limits.
#[derive(Debug)]
pub struct Server {
    router: Router,
    tls: Option<Tls>,
    limits: Limits,
}

impl Server {
    /// Serves plain HTTP with the limits of the deployed program.
    #[must_use]
    pub fn new(router: Router) -> Self {
        Self { router, tls: None, limits: Limits::default() }
    }

    /// Serves TLS only.
    #[must_use]
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Replaces the default limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Serves until `shutdown` is ready, then finishes the requests in progress and returns. It returns after
    /// [`Limits::drain`] even if a client still holds a request.
    ///
    /// # Errors
    /// None at present. The signature leaves room for errors of the listener.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
        let Self { router, tls, limits } = self;
        let (stop, stopping) = watch::channel(false);
        let open = Arc::new(Semaphore::new(limits.connections.into()));
        // Without its state, a router would set up every route again for each request.
        let connections = Connections { router: router.with_state(()), tls, limits, open: Arc::clone(&open), stopping };
        tokio::select! {
            () = accept::accept_all(listener, connections) => {}
            () = shutdown => {}
        }
        stop.send_replace(true);
        // A task with all permits knows that no connection is left. After the time limit, open connections are dropped.
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
