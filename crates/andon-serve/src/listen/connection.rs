//! One connection, from its first byte to its last.

use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::limits::Limits;
use super::timeouts::{ConnectionTimer, ObservedStream};
use super::tls::Tls;

/// The settings that all connections share.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) router: Router,
    pub(super) tls: Option<Tls>,
    pub(super) limits: Limits,
    /// A permit for each connection that may still be opened.
    pub(super) open: Arc<Semaphore>,
    /// True once the server is to stop.
    pub(super) stopping: watch::Receiver<bool>,
}

impl Connections {
    /// Serves one connection. Errors are the client's fault and end up in the debug log.
    pub(super) async fn serve(mut self, stream: TcpStream) {
        let Some(tls) = self.tls.take() else { return self.serve_http(stream).await };
        let mut stopping = self.stopping.clone();
        let shaken = tokio::select! {
            shaken = timeout(self.limits.handshake, tls.accept(stream)) => shaken,
            // There is no request yet that could be finished.
            () = wait_for_stop(&mut stopping) => return,
        };
        match shaken {
            Ok(Ok(stream)) => self.serve_http(stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "the TLS handshake failed"),
            Err(_) => tracing::debug!("the TLS handshake took too long"),
        }
    }

    async fn serve_http(mut self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let timer = ConnectionTimer::new();
        let connection = http1::Builder::new()
            .timer(timer.clone())
            // Makes hyper report when it waits for a head. The `timer` decides how long it may wait.
            .header_read_timeout(self.limits.idle)
            .max_header_size(self.limits.head_bytes)
            .serve_connection(
                TokioIo::new(ObservedStream::new(stream, timer.clone())),
                TowerToHyperService::new(self.router),
            );
        let mut connection = pin!(connection);
        let mut expired = pin!(timer.wait_until_expired(&self.limits, &self.open));
        let mut stopped = pin!(wait_for_stop(&mut self.stopping));
        let mut is_stopping = false;
        loop {
            tokio::select! {
                biased;
                served = connection.as_mut() => {
                    return served.unwrap_or_else(|error| tracing::debug!(%error, "the connection broke"));
                }
                () = expired.as_mut() => return tracing::debug!("the client took too long"),
                () = stopped.as_mut(), if !is_stopping => {
                    is_stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// Resolves when the server is to stop, or when nobody runs it any more.
async fn wait_for_stop(stopping: &mut watch::Receiver<bool>) {
    let _either = stopping.wait_for(|stopping| *stopping).await;
}
