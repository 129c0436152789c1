//! `serve`: the decision service, until it is told to stop.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use andon_audit::{Location, Trail};
use andon_serve::{ReloadSignal, Server, ServerState, Service, Switch};
use anyhow::Context;
use loan_approval::application::LoanApplication;

use crate::artifact::{self, Artifact, Unreleased};
use crate::listen::{Access, Listen};

/// What `--audit` says where no trail is wanted.
const OFF: &str = "off";

/// Serves until interrupted or terminated, then lets requests in flight end. What does not check out is not served: the
/// process is then live and not ready. With a folder, SIGHUP makes it look there again.
///
/// # Errors
/// [`Unreleased`] where there is neither a folder nor a model inside the program; a trail, key or address that cannot be
/// used.
pub(crate) fn serve(folder: Option<PathBuf>, listen: &Listen, audit: &str) -> anyhow::Result<()> {
    log();
    let Access { keys, tls } = listen.access()?;
    let runtime = tokio::runtime::Runtime::new()?;
    // Before anything is loaded: told to load again meanwhile, the process must not end.
    let reload_signal = folder.as_ref().map(|_| runtime.block_on(async { ReloadSignal::listen() })).transpose()?;
    let offered = load(folder.as_deref())?;
    let (title, path) = match &offered {
        Ok(service) => {
            (format!("{} {}", service.identity().name, service.identity().model_version), service.path().to_owned())
        }
        Err(reason) => (format!("not ready: {reason}\nlive"), String::new()),
    };
    let state = keys.into_iter().fold(ServerState::default(), ServerState::with_keys);
    let state = if audit == OFF { state } else { state.with_audit_trail(open_trail(audit)?) };
    let switch = Arc::new(Switch::new(offered, state));
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen.address).await;
        let listener = listener.with_context(|| format!("failed to listen on {}", listen.address))?;
        eprintln!("{title} on {}://{}{path}", listen.scheme(), listener.local_addr()?);
        if let Some(reload_signal) = reload_signal {
            let load = move || load(folder.as_deref()).unwrap_or_else(|unreleased| Err(unreleased.to_string()));
            tokio::spawn(reload_signal.reload(Arc::clone(&switch), load));
        }
        let server = tls.into_iter().fold(Server::new(switch.router()), Server::tls);
        server.serve(listener, stopped()).await.context("the server failed")
    })
}

/// A service, or the reason why the artifact does not check out.
///
/// # Errors
/// [`Unreleased`] where there is no artifact at all.
fn load(folder: Option<&Path>) -> Result<Result<Service<LoanApplication>, String>, Unreleased> {
    match artifact::load(folder).and_then(service) {
        Ok(service) => Ok(Ok(service)),
        Err(error) => error.downcast().map_or_else(|error| Ok(Err(format!("{error:#}"))), Err),
    }
}

fn service(artifact: Artifact) -> anyhow::Result<Service<LoanApplication>> {
    Ok(Service::new(artifact.decider, artifact.identity)?)
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
