//! SIGHUP, the signal that asks for a hot reload.

use std::sync::Arc;

use andon::Record;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::artifact::Switch;
use crate::service::Service;

/// Receives SIGHUP, which asks the process to load its artifact again. On systems without this signal, it never
/// receives one.
#[derive(Debug)]
pub struct ReloadSignal {
    #[cfg(unix)]
    signal: Signal,
}

impl ReloadSignal {
    /// Listens from now on, so that the signal no longer ends the process. Call it inside a runtime of tokio.
    ///
    /// # Errors
    /// The operating system does not let the process listen.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            signal: signal(SignalKind::hangup())?,
        })
    }

    /// Offers the result of `load` to the switch after each signal. If a signal comes during a load, another load
    /// follows, so the artifact in force in the end was loaded after the last signal.
    pub async fn reload<R: Record>(
        mut self,
        switch: Arc<Switch<R>>,
        load: impl Fn() -> Result<Service<R>, String> + Send + Sync + 'static,
    ) {
        let load = Arc::new(load);
        while self.received().await {
            let offering = Arc::clone(&switch);
            let load = Arc::clone(&load);
            // Reading and hashing files blocks. The switch logs and counts a refusal.
            let offered = tokio::task::spawn_blocking(move || offering.offer(load())).await;
            if let Err(panicked) = offered {
                // The switch logs and counts this refusal as well.
                let _refused = switch.offer(Err(format!("loading it failed: {panicked}")));
            }
        }
    }

    #[cfg(unix)]
    async fn received(&mut self) -> bool {
        self.signal.recv().await.is_some()
    }

    #[cfg(not(unix))]
    async fn received(&mut self) -> bool {
        std::future::pending().await
    }
}
