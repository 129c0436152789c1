//! A service: everything that the endpoints answer from, and the state that outlives one artifact.

pub(crate) mod cord;
pub(crate) mod error;
pub(crate) mod idempotency;
pub(crate) mod overrides;
pub(crate) mod paths;
pub(crate) mod server_state;
pub(crate) mod shadow;

use std::sync::Arc;

use andon::evidence::evidence::today;
use andon::policy::Policy;
use andon::{Decider, Record};
use andon_audit::Health;
use axum::extract::State;

use crate::access::DecisionPermit;
use crate::identity::Identity;
use crate::problem::Problem;
use crate::service::error::Unservable;
use crate::service::idempotency::IdempotencyCache;
use crate::service::server_state::ServerState;
use crate::watch::DecisionWatch;
use crate::watch::metrics::Metrics;
use crate::watch::recent::RecentDecisions;
use crate::words::Explainer;

/// The state that axum hands to each endpoint.
pub(crate) type SharedService<R> = State<Arc<Service<R>>>;

/// Everything that the endpoints answer from.
#[derive(Debug)]
pub struct Service<R> {
    pub(crate) decider: Decider<R>,
    pub(crate) identity: Identity,
    pub(crate) explainer: Option<Explainer>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) watch: Arc<DecisionWatch>,
    pub(crate) recent: Arc<RecentDecisions>,
    pub(crate) idempotency_cache: Arc<IdempotencyCache>,
    pub(crate) state: ServerState,
}

impl<R: Record> Service<R> {
    /// Prepares a service that is ready to decide.
    ///
    /// # Errors
    /// [`Unservable`] if the policy's path is not a plain path or belongs to another endpoint, or if its language model
    /// is not on this machine and the policy does not say why.
    pub fn new(decider: Decider<R>, identity: Identity) -> Result<Self, Unservable> {
        paths::check(&decider.policy().serve.path)?;
        let language_model = decider.policy().explanation.language_model.as_ref();
        let explainer = language_model.map(Explainer::new).transpose()?;
        let words = [decider.policy().answer.positive.as_str(), &decider.policy().answer.negative];
        let columns = decider.contract().columns().iter().map(|column| column.name.as_str());
        let metrics = Arc::new(Metrics::new(words, columns));
        let watch = DecisionWatch::new(&decider);
        let recent = Arc::new(RecentDecisions::new());
        let idempotency_cache = Arc::default();
        let state = ServerState::default();
        Ok(Self { decider, identity, explainer, metrics, watch, recent, idempotency_cache, state })
    }

    /// The description that the artifact carries of itself.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The policy of the artifact.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        self.decider.policy()
    }

    /// The path of the decision endpoint.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.decider.policy().serve.path
    }

    /// Takes over the counts and the idempotency cache of the service before. If both serve the same release, it also
    /// takes over the watch over the decisions.
    pub(crate) fn succeed(self, before: &Self) -> Self {
        let is_same_release = self.identity.fingerprint == before.identity.fingerprint;
        Self {
            metrics: Arc::clone(&before.metrics),
            watch: if is_same_release { Arc::clone(&before.watch) } else { self.watch },
            recent: Arc::clone(&before.recent),
            idempotency_cache: Arc::clone(&before.idempotency_cache),
            ..self
        }
    }

    /// Lets a request decide. Call it after the body has arrived, so that a slow body holds no permit.
    ///
    /// # Errors
    /// 503 if as many requests decide as may at once.
    pub(crate) fn acquire_permit(&self) -> Result<DecisionPermit<'_>, Problem> {
        self.state.admission.acquire_permit().inspect_err(|_| self.metrics.count_shed())
    }

    /// Refuses to decide while a stop is in force, a waiver is over, the data are too old or the audit trail cannot be
    /// written.
    pub(crate) fn check_ready(&self) -> Result<(), Problem> {
        self.check_stopped()?;
        self.check_day()?;
        self.check_recording()
    }

    /// Refuses to decide while a stop is in force.
    pub(crate) fn check_stopped(&self) -> Result<(), Problem> {
        let stop = self.state.trail.as_ref().and_then(|trail| trail.stops().into_iter().next());
        stop.map_or(Ok(()), |stop| Err(Problem::stopped(&stop.to_string())))
    }

    /// Refuses to decide once a waiver is over or the data are too old.
    pub(crate) fn check_day(&self) -> Result<(), Problem> {
        self.describe_expiry().map_or(Ok(()), |why| Err(Problem::not_ready(&why)))
    }

    /// Names the waiver that is over, or the data that are too old. They end on their day, no matter when the process
    /// was started. Most policies have neither, and then no clock is read.
    pub(crate) fn describe_expiry(&self) -> Option<String> {
        let policy = self.decider.policy();
        if policy.waivers.is_empty() && policy.data.collected_until.is_none() {
            return None;
        }
        let today = today();
        let waiver = policy.expired_waiver(today);
        let over = waiver.map(|waiver| format!("the waiver for {} expired on {}", waiver.gate, waiver.expires));
        over.or_else(|| policy.refused_old_data(today).map(|old| old.to_string()))
    }

    /// Refuses before a decision is made that could not be recorded.
    fn check_recording(&self) -> Result<(), Problem> {
        match self.state.trail.as_ref().map(|trail| trail.health()) {
            None | Some(Health::Writing) => Ok(()),
            Some(Health::Failing { why, .. }) => Err(log_not_recorded(&why)),
        }
    }
}

/// Logs why the trail cannot be written. The reason names files, so only the operator sees it.
pub(crate) fn log_not_recorded(why: &impl std::fmt::Display) -> Problem {
    tracing::error!(%why, "the audit trail cannot be written");
    Problem::not_recorded()
}
