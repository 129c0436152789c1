//! `serve`: runs the decision service until somebody stops it.

use std::io::{self, IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use andon::evidence::messages::with_causes;
use andon::evidence::package::trusted_key;
use andon::evidence::signature::PublicKey;
use andon::policy::AnswerRule;
use andon::{Decider, Record};
use andon_audit::{Location, Trail};
use andon_serve::{
    Identity, ReloadSignal, Server, ServerState, Service, Shadow, Switch, Unservable, outlive_file_size_limit,
};
use anyhow::Context;
use tokio::net::TcpListener;

use crate::artifact::{self, Artifact, Source, Unreleased};
use crate::cord::{self, MonitoredSource, MonitoredTrail};
use crate::listen::{Access, Listen};
use crate::output::hint;
use crate::program::{Packaged, Program};

/// The value of `--audit` that means no trail.
const OFF: &str = "off";

/// What goes on beside the decisions.
pub(crate) struct Watching {
    /// The time between two judgements of the trail, if the service is to stop by itself.
    pub(crate) monitored_every: Option<Duration>,
    /// The folder of the shadow challenger.
    pub(crate) shadow: Option<PathBuf>,
}

/// Serves until SIGINT or SIGTERM, then finishes the requests in flight. If the artifact fails a check, the process is
/// live but not ready. If the artifact is in a folder, SIGHUP reads that folder again.
///
/// # Errors
/// [`Unreleased`] if there is neither a folder nor a model inside the program; otherwise the error names the trail, key
/// file, certificate or address that cannot be used.
pub(crate) fn serve<R: Record>(
    program: &Program<R>,
    source: &Source,
    listen: &Listen,
    audit: &str,
    watching: Watching,
) -> anyhow::Result<()> {
    let packaged = program.package;
    let folder = source.model.clone();
    let key = source.demanded_key(packaged)?;
    start_log();
    let Access { keys, tls } = listen.access(program.name)?;
    let runtime = tokio::runtime::Runtime::new()?;
    // The handler comes before the first load: a SIGHUP during the load must not end the process.
    runtime.block_on(async { outlive_file_size_limit() })?;
    let reload_signal = folder.as_ref().map(|_| runtime.block_on(async { ReloadSignal::listen() })).transpose()?;
    let offered = load::<R>(packaged, folder.as_deref(), key.as_ref())?;
    // Pinned: an artifact that is offered later cannot choose its own key, or do without one.
    let first = offered.as_ref().ok().map(|service| trusted_key(service.policy())).transpose()?.flatten();
    let key = key.or(first);
    let (title, path) = title_and_path(&offered);
    let state = keys.into_iter().fold(ServerState::default(), ServerState::with_keys);
    let state = if audit == OFF { state } else { state.with_audit_trail(open_trail(audit)?) };
    let words = offered.as_ref().ok().map(|service| service.policy().answer.clone());
    let challenger = watching.shadow.as_deref().map(|folder| challenger::<R>(folder, key.as_ref(), words.as_ref()));
    let state = match challenger {
        Some(challenger) => {
            let trail = state.trail().context("--shadow records in the audit trail: --audit must not be off")?;
            let _inside = runtime.enter();
            state.with_shadow(start_shadow(challenger, trail))
        }
        None => state,
    };
    let monitored = MonitoredSource { packaged, folder: folder.clone(), key: key.clone() };
    let watched = watch(audit, watching.monitored_every, &state, monitored)?;
    let switch = Arc::new(Switch::new(offered, state));
    runtime.block_on(async {
        let listener = TcpListener::bind(listen.address).await;
        let listener = listener.with_context(|| format!("failed to listen on {}", listen.address))?;
        hint(&format!("{title} on {}://{}{path}", listen.scheme(), listener.local_addr()?));
        if let Some(watched) = watched {
            tokio::spawn(cord::stop_on_monitor::<R>(watched));
        }
        if let Some(reload_signal) = reload_signal {
            let load = move || {
                load::<R>(packaged, folder.as_deref(), key.as_ref())
                    .unwrap_or_else(|unreleased| Err(unreleased.to_string()))
            };
            tokio::spawn(reload_signal.reload(Arc::clone(&switch), load));
        }
        let server = tls.into_iter().fold(Server::new(switch.router()), Server::tls);
        server.serve(listener, stop_signal()).await.context("the server failed")
    })
}

/// Loads the challenger by the checks of an artifact in force. It must decide in the same words.
fn challenger<R: Record>(
    folder: &Path,
    key: Option<&PublicKey>,
    words: Option<&AnswerRule>,
) -> anyhow::Result<Artifact<R>> {
    let artifact = artifact::load::<R>(None, Some(folder), key)?;
    let own = &artifact.decider.policy().answer;
    let is_same = |words: &AnswerRule| (&words.positive, &words.negative) == (&own.positive, &own.negative);
    anyhow::ensure!(words.is_none_or(is_same), "it decides in other words: {}, {}", own.positive, own.negative);
    Ok(artifact)
}

/// Starts the challenger. One that failed a check is counted and stops nothing.
fn start_shadow<R: Record>(challenger: anyhow::Result<Artifact<R>>, trail: Arc<Trail>) -> Shadow {
    match challenger {
        Ok(Artifact { decider, identity, .. }) => {
            hint(&format!("shadow challenger {} {}", identity.name, identity.model_version));
            Shadow::start(decider, identity, trail)
        }
        Err(error) => {
            tracing::error!(error = with_causes(error.as_ref()), "the shadow challenger failed a check");
            Shadow::failed()
        }
    }
}

/// The name of the service, or the reason why it is not ready, and the path of its decisions.
fn title_and_path<R: Record>(offered: &Result<Service<R>, String>) -> (String, String) {
    match offered {
        Ok(service) => {
            let identity = service.identity();
            (format!("{} {}", identity.name, identity.model_version), service.path().to_owned())
        }
        Err(reason) => (format!("not ready: {reason}\nlive"), String::new()),
    }
}

/// The trail with what it is judged by, if the service is to stop by itself.
///
/// # Errors
/// If there is no trail.
fn watch(
    audit: &str,
    every: Option<Duration>,
    state: &ServerState,
    source: MonitoredSource,
) -> anyhow::Result<Option<MonitoredTrail>> {
    let Some(every) = every else { return Ok(None) };
    let trail = state.trail().context("--stop-on-monitor judges the audit trail: --audit must not be off")?;
    Ok(Some(MonitoredTrail { location: Location::from(audit), trail, every, source }))
}

/// Loads the artifact: a service, or the reason why the artifact failed a check.
///
/// # Errors
/// [`Unreleased`] if there is no artifact at all.
fn load<R: Record>(
    packaged: Option<Packaged>,
    folder: Option<&Path>,
    key: Option<&PublicKey>,
) -> Result<Result<Service<R>, String>, Unreleased> {
    match artifact::load(packaged, folder, key).and_then(service) {
        Ok(service) => Ok(Ok(service)),
        Err(error) => error.downcast().map_or_else(|error| Ok(Err(with_causes(error.as_ref()))), Err),
    }
}

fn service<R: Record>(artifact: Artifact<R>) -> anyhow::Result<Service<R>> {
    Ok(Service::new(artifact.decider, artifact.identity)?)
}

/// Serves the decisions of `decider` on `listener` as the program does, for as long as the future is polled.
///
/// The gates ask this server.
///
/// # Errors
/// [`Unservable`] if the policy describes no service.
pub fn serve_decider<R: Record>(
    decider: Decider<R>,
    identity: Identity,
    listener: TcpListener,
) -> Result<Pin<Box<dyn Future<Output = io::Result<()>> + Send>>, Unservable> {
    let router = andon_serve::router(Service::new(decider, identity)?);
    Ok(Box::pin(andon_serve::serve(listener, router, std::future::pending())))
}

/// Opens the trail and prints its head, which is worth keeping on another machine.
fn open_trail(location: &str) -> anyhow::Result<Trail> {
    let location = Location::from(location);
    let trail = Trail::open(location.clone()).with_context(|| format!("failed to open the audit trail {location}"))?;
    hint(&format!("audit trail {location}, head {}", trail.head()));
    Ok(trail)
}

/// Logs one line for each request to standard error: plain text on a terminal, JSON otherwise.
fn start_log() {
    let lines = tracing_subscriber::fmt().with_writer(stderr);
    if stderr().is_terminal() {
        lines.init();
    } else {
        lines.json().flatten_event(true).init();
    }
}

/// Resolves when the process receives SIGINT or SIGTERM.
async fn stop_signal() {
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
