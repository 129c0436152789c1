//! The artifact in force, and its hot reload: another artifact replaces it while requests go on.
//!
//! Each request goes to the endpoints of the artifact that is in force when it arrives. So its decision, audit row,
//! card, description and page belong to one artifact. The switch itself keeps the state that outlives an artifact
//! ([`ServerState`]: keys and audit trail). Each service hands its counts, its idempotency cache and its figures of the
//! last minutes to the next.

pub(crate) mod reload_signal;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use andon::Record;
use axum::Router;
use axum::extract::Request;
use tower_service::Service as _;

use crate::routes::{endpoints, refusing};
use crate::service::Service;
use crate::service::server_state::ServerState;

/// Serves an artifact, or the reason why there is none. If it is offered another artifact that passes its checks, it
/// serves that one.
#[derive(Debug)]
pub struct Switch<R> {
    /// The endpoints of the artifact in force.
    endpoints: Arc<RwLock<Router>>,
    /// The service behind the endpoints; `None` until an artifact passed its checks. A caller must hold this lock to
    /// switch.
    service: Mutex<Option<Arc<Service<R>>>>,
    state: ServerState,
}

impl<R: Record> Switch<R> {
    /// Begins with an artifact, or with the reason why the first artifact was refused. In the second case the process
    /// is live, but not ready, and decides nothing.
    #[must_use]
    pub fn new(offered: Result<Service<R>, String>, state: ServerState) -> Self {
        let nothing = refusing("no artifact was loaded", &state);
        let endpoints = Arc::new(RwLock::new(nothing));
        let switch = Self { endpoints, service: Mutex::new(None), state };
        match offered {
            Ok(service) => switch.put_in_force(&mut switch.lock_service(), service),
            Err(reason) => switch.refuse(&reason),
        }
        switch
    }

    /// Switches to another artifact at once, or keeps the one in force. In the second case the log, the counts and
    /// `/readyz` say why.
    ///
    /// # Errors
    /// The reason: the one in `offered`, or a change that would break the clients of the artifact in force.
    pub fn offer(&self, offered: Result<Service<R>, String>) -> Result<(), String> {
        let mut service = self.lock_service();
        match offered.and_then(|next| check_replacement(service.as_deref(), next)) {
            Ok(next) => {
                self.put_in_force(&mut service, next);
                self.state.reloads.count_switched();
                Ok(())
            }
            Err(reason) => {
                self.state.reloads.count_refused(&reason);
                if service.is_none() {
                    self.refuse(&reason);
                }
                tracing::error!(%reason, "artifact refused");
                Err(reason)
            }
        }
    }

    /// The endpoints of the artifact in force, whichever that is.
    pub fn router(&self) -> Router {
        let endpoints = Arc::clone(&self.endpoints);
        Router::new().fallback(async move |request: Request| {
            let mut current = endpoints.read().unwrap_or_else(PoisonError::into_inner).clone();
            current.call(request).await
        })
    }

    fn lock_service(&self) -> MutexGuard<'_, Option<Arc<Service<R>>>> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_in_force(&self, service: &mut Option<Arc<Service<R>>>, next: Service<R>) {
        let next = service.as_deref().into_iter().fold(next, Service::succeed);
        let next = Service { state: self.state.clone(), ..next };
        let version = &next.identity.model_version;
        let fingerprint = &next.identity.fingerprint;
        let model_sha256 = &next.identity.model_sha256;
        tracing::info!(model_version = version, fingerprint, model_sha256, "artifact in force");
        let next = Arc::new(next);
        self.replace(endpoints(Arc::clone(&next)));
        *service = Some(next);
    }

    fn refuse(&self, reason: &str) {
        self.replace(refusing(reason, &self.state));
    }

    fn replace(&self, router: Router) {
        *self.endpoints.write().unwrap_or_else(PoisonError::into_inner) = router;
    }
}

/// Checks that a service decides, and that it can replace another without breaking its clients.
fn check_replacement<R: Record>(now: Option<&Service<R>>, next: Service<R>) -> Result<Service<R>, String> {
    if let Some(over) = next.describe_expiry() {
        return Err(over);
    }
    let Some(now) = now else { return Ok(next) };
    let differs = |what: &str, now: String, next: String| match now == next {
        true => Ok(()),
        false => {
            Err(format!("{what} `{next}`, but the artifact in force has `{now}`; restart the service to change it"))
        }
    };
    let inputs = |service: &Service<R>| {
        let mut names: Vec<String> = service.decider.input_columns().map(|column| column.name.clone()).collect();
        names.sort_unstable();
        names.join(", ")
    };
    let now_policy = now.decider.policy();
    let next_policy = next.decider.policy();
    let words = |answer: &andon::policy::AnswerRule| format!("{}, {}", answer.positive, answer.negative);
    differs("its name is", now.identity.name.clone(), next.identity.name.clone())?;
    differs("its serve.path is", now_policy.serve.path.clone(), next_policy.serve.path.clone())?;
    differs("its inputs are", inputs(now), inputs(&next))?;
    differs("its decision words are", words(&now_policy.answer), words(&next_policy.answer))?;
    Ok(next)
}
