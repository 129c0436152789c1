//! Accepts connections from the listener, up to the limit of open connections.
//!
//! Further connections wait in the system's backlog and are not answered 503. There they cost neither a file descriptor
//! nor a TLS handshake, and a burst is over in milliseconds. While it lasts, idle connections are closed early. A load
//! balancer sees that `connect` takes long, as with any full server.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};

use super::connection::Connections;

/// The pause after the system failed to give a connection.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The shortest time between two warnings that the server is full.
const WARNING_INTERVAL: Duration = Duration::from_secs(10);

/// Serves every connection of the listener; never ends.
pub(super) async fn accept_all(listener: TcpListener, connections: Connections) {
    let mut room = Room { open: Arc::clone(&connections.open), said: None };
    while let Some(permit) = room.acquire().await {
        let stream = accept_next(&listener).await;
        // Without this, a reply could wait until the client acknowledges the one before.
        let _best_effort = stream.set_nodelay(true);
        let connections = connections.clone();
        tokio::spawn(async move {
            connections.serve(stream).await;
            drop(permit);
        });
    }
}

/// Room for connections.
struct Room {
    open: Arc<Semaphore>,
    /// The time of the last warning that the server is full.
    said: Option<Instant>,
}

impl Room {
    /// Waits for room for one more connection. The semaphore is never closed, so it always gives a permit in the end.
    async fn acquire(&mut self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.open).try_acquire_owned() {
            return Some(permit);
        }
        if self.said.is_none_or(|said| said.elapsed() > WARNING_INTERVAL) {
            self.said = Some(Instant::now());
            tracing::warn!("the limit of open connections is reached: further connections wait");
        }
        Arc::clone(&self.open).acquire_owned().await.ok()
    }
}

/// A source of connections.
trait Listener {
    type Stream;

    /// Accepts the next connection.
    fn next(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<TcpStream> {
        self.accept().await.map(|(stream, _)| stream)
    }
}

/// Accepts the next connection. If the client is gone again, the next one follows at once. If the system has no
/// descriptors or no memory left, the same error would come again and again, so there is a pause in which connections
/// can end.
async fn accept_next<L: Listener>(listener: &L) -> L::Stream {
    loop {
        match listener.next().await {
            Ok(stream) => return stream,
            Err(error) if is_client_error(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                sleep(RETRY_PAUSE).await;
            }
        }
    }
}

fn is_client_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI32, Ordering};

    use super::*;

    /// Fails three times.
    struct Failing<E> {
        error: E,
        tries: AtomicI32,
    }

    impl<E: Fn() -> io::Error + Sync> Listener for Failing<E> {
        type Stream = i32;

        async fn next(&self) -> io::Result<i32> {
            let tries = self.tries.fetch_add(1, Ordering::Relaxed);
            if tries < 3 { Err((self.error)()) } else { Ok(tries) }
        }
    }

    /// The seconds until a connection comes, after this error occurred three times.
    async fn seconds_after(error: impl Fn() -> io::Error + Sync) -> u64 {
        let start = Instant::now();
        assert_eq!(accept_next(&Failing { error, tries: AtomicI32::new(0) }).await, 3);
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn errors_of_the_system_are_waited_out_and_those_of_a_client_passed_over() {
        // EMFILE, ENFILE, ENOMEM on Linux.
        for code in [24, 23, 12] {
            assert_eq!(seconds_after(|| io::Error::from_raw_os_error(code)).await, 3, "{code}");
        }
        assert_eq!(seconds_after(|| io::ErrorKind::ConnectionAborted.into()).await, 0);
    }
}
