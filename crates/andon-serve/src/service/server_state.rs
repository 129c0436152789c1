//! The state that outlives an artifact: keys, audit trail and the count of reloads.

use std::sync::Arc;

use andon_audit::Trail;

use crate::access::Admission;
use crate::access::keys::Keys;
use crate::service::shadow::Shadow;
use crate::watch::reloads::Reloads;

/// The state around every artifact that a [`Switch`](crate::Switch) puts in force, also while there is none. By default
/// every client has access, and nothing is recorded.
#[derive(Debug, Clone, Default)]
pub struct ServerState {
    pub(crate) admission: Admission,
    pub(crate) trail: Option<Arc<Trail>>,
    pub(crate) reloads: Arc<Reloads>,
    pub(crate) shadow: Option<Arc<Shadow>>,
}

impl ServerState {
    /// Records every decision in this trail before it is answered. While the trail cannot be written, the service is
    /// not ready and answers 503.
    #[must_use]
    pub fn with_audit_trail(self, trail: Trail) -> Self {
        Self { trail: Some(Arc::new(trail)), ..self }
    }

    /// Lets a challenger decide after the model. It answers nobody, and needs the trail that it was started with.
    #[must_use]
    pub fn with_shadow(self, shadow: Shadow) -> Self {
        Self { shadow: Some(Arc::new(shadow)), ..self }
    }

    /// The audit trail, for a task that may stop the service.
    #[must_use]
    pub fn trail(&self) -> Option<Arc<Trail>> {
        self.trail.clone()
    }

    /// Requires a key from every client, except at `/healthz` and `/readyz`.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.admission.keys = Some(Arc::new(keys));
        self
    }

    /// Decides at most so many requests at once; the default is 1,024. Further requests are answered 503.
    #[must_use]
    pub fn with_max_deciding(mut self, requests: usize) -> Self {
        self.admission.most = requests;
        self
    }
}
