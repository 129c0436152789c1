//! Another artifact without another process: the signal that asks for it.

use std::sync::Arc;

use andon::data::contract::Record;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::artifact::Switch;
use crate::service::Service;

/// The process is told by SIGHUP to load its artifact again. Where there is no such signal, it is never told.
#[derive(Debug)]
pub struct ReloadSignal {
    #[cfg(unix)]
    signal: Signal,
}

impl ReloadSignal {
    /// Listens from now on, so that the signal no longer ends the process; to be called inside a runtime of tokio.
    ///
    /// # Errors
    /// When the operating system does not let the process listen.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            signal: signal(SignalKind::hangup())?,
        })
    }

    /// Offers the switch what `load` gives, each time the process is told to. Told again while it loads, it loads once
    /// more, so what is in force in the end was loaded after the last signal.
    pub async fn reload<R: Record>(
        mut self,
        switch: Arc<Switch<R>>,
        load: impl Fn() -> Result<Service<R>, String> + Send + Sync + 'static,
    ) {
        let load = Arc::new(load);
        while self.received().await {
            let offering = Arc::clone(&switch);
            let load = Arc::clone(&load);
            // Reading and hashing files blocks. A refusal was logged and counted by the switch.
            let offered = tokio::task::spawn_blocking(move || offering.offer(load())).await;
            if let Err(panicked) = offered {
                // So is this one.
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
