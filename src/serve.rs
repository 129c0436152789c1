//! `serve`: the decision service, until it is told to stop.

use std::io::{IsTerminal, stderr};
use std::net::SocketAddr;

use andon_serve::{Identity, Service};
use anyhow::Context;

use crate::artifact::Artifact;

/// Serves until interrupted or terminated, then lets requests in flight end.
pub(crate) fn serve(artifact: &Artifact, address: SocketAddr) -> anyhow::Result<()> {
    let identity = Identity {
        name: artifact.manifest.name.clone(),
        model_version: artifact.manifest.version.clone(),
        fingerprint: artifact.manifest.fingerprint.digest().to_owned(),
        card: artifact.card.clone(),
        evidence: artifact.evidence.clone(),
    };
    log();
    let path = &artifact.decider.policy().serve.path;
    let router = andon_serve::router(Service::new(artifact.decider.clone(), identity)?);
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await;
        let listener = listener.with_context(|| format!("failed to listen on {address}"))?;
        let Artifact { manifest, .. } = artifact;
        eprintln!("{} {} on http://{}{path}", manifest.name, manifest.version, listener.local_addr()?);
        andon_serve::serve(listener, router, stopped()).await.context("the server failed")
    })
}

/// Writes a line a request to standard error: for a person on a terminal, as JSON anywhere else.
fn log() {
    let lines = tracing_subscriber::fmt().with_writer(stderr);
    if stderr().is_terminal() {
        lines.init();
    } else {
        lines.json().flatten_event(true).init();
    }
}

/// Resolves when the process is asked to stop.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
