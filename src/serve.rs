//! `serve`: the decision service, until it is told to stop.

use std::io::{IsTerminal, stderr};

use andon_audit::{Location, Trail};
use andon_serve::{Identity, Server, Service};
use anyhow::Context;

use crate::artifact::Artifact;
use crate::listen::{Access, Listen};

/// What `--audit` says where no trail is wanted.
const OFF: &str = "off";

/// Serves until interrupted or terminated, then lets requests in flight end.
pub(crate) fn serve(artifact: &Artifact, listen: &Listen, audit: &str) -> anyhow::Result<()> {
    let identity = Identity {
        name: artifact.manifest.name.clone(),
        model_version: artifact.manifest.version.clone(),
        fingerprint: artifact.manifest.fingerprint.digest().to_owned(),
        card: artifact.card.clone(),
        evidence: artifact.evidence.clone(),
    };
    log();
    let Access { keys, tls } = listen.access()?;
    let path = &artifact.decider.policy().serve.path;
    let mut service = Service::new(artifact.decider.clone(), identity)?;
    if let Some(keys) = keys {
        service = service.keyed(keys);
    }
    let router = andon_serve::router(if audit == OFF { service } else { service.audited(open_trail(audit)?) });
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen.address).await;
        let listener = listener.with_context(|| format!("failed to listen on {}", listen.address))?;
        let Artifact { manifest, .. } = artifact;
        eprintln!("{} {} on {}://{}{path}", manifest.name, manifest.version, listen.scheme(), listener.local_addr()?);
        let server = tls.into_iter().fold(Server::new(router), Server::tls);
        server.serve(listener, stopped()).await.context("the server failed")
    })
}

/// Opens the trail and says where its chain ends: a line that is worth keeping elsewhere.
fn open_trail(location: &str) -> anyhow::Result<Trail> {
    let location = Location::from(location);
    let trail = Trail::open(location.clone()).with_context(|| format!("failed to open the audit trail {location}"))?;
    eprintln!("audit trail {location}, head {}", trail.head());
    Ok(trail)
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
