//! `stop`, `clear`, and the task that stops the service by itself: the cord of a running service.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use andon::Record;
use andon::evidence::messages::with_causes;
use andon::evidence::signature::PublicKey;
use andon::judge::Verdict;
use andon::policy::{Cord, check_stated};
use andon_audit::{Location, Timestamp, Trail};
use andon_serve::clearable_stop;
use andon_serve::trail::{MonitorError, monitor};
use clap::Args;

use crate::artifact;
use crate::audit::DEFAULT_TRAIL;
use crate::output::print_all;
use crate::program::Packaged;

/// The name under which the monitor stops the service.
const MONITOR: &str = "monitor";

/// A person, a reason and a trail.
#[derive(Args)]
pub(crate) struct Pull {
    /// The person
    #[arg(long)]
    by: String,
    /// The reason; it is kept for ever
    #[arg(long)]
    why: String,
    /// Audit trail of the service: a file, or `postgres://…`
    #[arg(long, default_value = DEFAULT_TRAIL)]
    audit: String,
}

impl Pull {
    /// Refuses a name or a reason in which nobody has stated anything. The reason is kept for ever.
    fn check(&self) -> anyhow::Result<()> {
        let stated = check_stated("--by", &self.by).and_then(|()| check_stated("--why", &self.why));
        stated.map_err(anyhow::Error::msg)
    }
}

/// Stops every service that writes the trail.
///
/// # Errors
/// If the stop cannot be put on the trail.
pub(crate) fn stop(pull: &Pull) -> anyhow::Result<()> {
    pull.check()?;
    let location = Location::from(pull.audit.as_str());
    let receipt = andon_audit::stop(location.clone(), &pull.by, &pull.why)?;
    print_all(&format!("{location}: stopped at {} by {}: {}", receipt.time, pull.by, pull.why))
}

/// Clears the stops of the trail.
///
/// # Errors
/// If no stop is in force, the policy lets another person clear it, or the trail cannot be written.
pub(crate) fn clear(pull: &Pull, rule: &Cord) -> anyhow::Result<()> {
    pull.check()?;
    let location = Location::from(pull.audit.as_str());
    let stops = andon_audit::stops(location.clone())?;
    let last = clearable_stop(rule, &stops, &pull.by).map_err(|why| anyhow::anyhow!("{location}: {why}"))?;
    let receipt = andon_audit::clear(location.clone(), last, &pull.by, &pull.why)?;
    print_all(&format!("{location}: cleared at {} by {}: {}", receipt.time, pull.by, pull.why))
}

/// A trail that the service judges by itself.
pub(crate) struct MonitoredTrail {
    pub(crate) location: Location,
    pub(crate) trail: Arc<Trail>,
    /// The time between two judgements.
    pub(crate) every: Duration,
    pub(crate) source: MonitoredSource,
}

/// The artifact whose bars the trail is judged by.
pub(crate) struct MonitoredSource {
    /// The program's own package.
    pub(crate) packaged: Option<Packaged>,
    /// The folder of the artifact.
    pub(crate) folder: Option<PathBuf>,
    /// The key that must have signed it.
    pub(crate) key: Option<PublicKey>,
}

/// Judges the decisions of the trail again and again, and stops the service at the first NO-GO.
pub(crate) async fn stop_on_monitor<R: Record>(watched: MonitoredTrail) {
    let MonitoredTrail { location, trail, every, source } = watched;
    stop_for_a_reason(trail, every, move || reason_to_stop::<R>(&location, &source)).await;
}

/// Asks for a reason to stop again and again, and stops the service for the first one. A stopped service is not asked.
async fn stop_for_a_reason(
    trail: Arc<Trail>,
    every: Duration,
    reason: impl Fn() -> anyhow::Result<Option<String>> + Send + Sync + 'static,
) {
    let reason = Arc::new(reason);
    loop {
        tokio::time::sleep(every).await;
        if !trail.stops().is_empty() {
            continue;
        }
        let asked = Arc::clone(&reason);
        match tokio::task::spawn_blocking(move || asked()).await {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(why))) => match trail.stop(MONITOR, &why).await {
                Ok(_) => tracing::error!(why, "the monitor stopped the service"),
                Err(error) => tracing::error!(%error, why, "the monitor says NO-GO and could not stop the service"),
            },
            Ok(Err(error)) => tracing::error!(error = with_causes(error.as_ref()), "the trail could not be judged"),
            Err(error) => tracing::error!(%error, "the trail could not be judged"),
        }
    }
}

/// The gates that say NO-GO about the decisions since the last clear, if one does.
fn reason_to_stop<R: Record>(location: &Location, source: &MonitoredSource) -> anyhow::Result<Option<String>> {
    let MonitoredSource { packaged, folder, key } = source;
    let artifact = artifact::load::<R>(*packaged, folder.as_deref(), key.as_ref())?;
    let since: Option<Timestamp> = andon_audit::last_clear(location.clone())?.and_then(|time| time.parse().ok());
    match monitor(&artifact.decider, &artifact.identity, location.clone(), None, since) {
        Ok(monitored) if monitored.monitor.verdict == Verdict::NoGo => {
            Ok(Some(monitored.monitor.no_go_reasons().join(", ")))
        }
        Ok(_) => Ok(None),
        Err(broken @ MonitorError::Broken(_)) => Ok(Some(broken.to_string())),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    fn pull(by: &str, why: &str, audit: &std::path::Path) -> Pull {
        Pull { by: by.to_owned(), why: why.to_owned(), audit: audit.display().to_string() }
    }

    #[test]
    fn a_stop_needs_a_name_and_a_reason_that_state_something() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("trail.db");
        drop(Trail::open(path.as_path()).expect("a trail"));
        for (by, why) in [("Ada", "tbd"), ("-", "the rates are wrong"), ("Ada", "...")] {
            let refused = stop(&pull(by, why, &path)).expect_err("states nothing").to_string();
            assert!(refused.contains("states nothing"), "{refused}");
        }
        stop(&pull("Ada", "the rates are wrong", &path)).expect("a stop");
        let own = clear(&pull("Ada", "they are right", &path), &Cord::default()).expect_err("her own");
        assert!(own.to_string().contains("another person clears it"), "{own}");
        clear(&pull("Grace", "they are right", &path), &Cord::default()).expect("a clear");
        let none = clear(&pull("Grace", "they are right", &path), &Cord::default()).expect_err("none is left");
        assert!(none.to_string().contains("no stop is in force"), "{none}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_no_go_of_the_monitor_stops_the_service_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("trail.db");
        let opened = tokio::task::spawn_blocking(move || Trail::open(path.as_path())).await;
        let trail = Arc::new(opened.expect("no panic").expect("a trail"));
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let reason = move || match count.fetch_add(1, SeqCst) {
            0 => Ok(None),
            1 => anyhow::bail!("the trail could not be read"),
            _ => Ok(Some("fairness.disparate_impact.sex is NO-GO".to_owned())),
        };
        let task = tokio::spawn(stop_for_a_reason(Arc::clone(&trail), Duration::from_millis(5), reason));
        while trail.stops().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        task.abort();
        let stops = trail.stops();
        assert_eq!(stops.len(), 1, "{stops:?}");
        assert_eq!((stops[0].by.as_str(), stops[0].why.as_str()), (MONITOR, "fairness.disparate_impact.sex is NO-GO"));
        assert_eq!(asked.load(SeqCst), 3, "a stopped service is not judged");
    }
}
