//! What outlives an artifact: who is let in, where decisions go on record, and how often another artifact was offered.

use std::sync::Arc;

use andon_audit::Trail;

use crate::access::Admission;
use crate::access::keys::Keys;
use crate::watch::reloads::Reloads;

/// What stands around every artifact that a [`Switch`](crate::Switch) puts in force, and where there is none as well.
/// Without anything said, everybody is let in and nothing goes on record.
#[derive(Debug, Clone, Default)]
pub struct ServerState {
    pub(crate) admission: Admission,
    pub(crate) trail: Option<Arc<Trail>>,
    pub(crate) reloads: Arc<Reloads>,
}

impl ServerState {
    /// Puts every decision on record in this trail before it is answered. While the trail cannot be written, nothing is
    /// decided: 503, and not ready.
    #[must_use]
    pub fn with_audit_trail(self, trail: Trail) -> Self {
        Self { trail: Some(Arc::new(trail)), ..self }
    }

    /// Asks everybody for a key but those who ask `/healthz` and `/readyz`.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.admission.keys = Some(Arc::new(keys));
        self
    }

    /// Decides at most so many requests at once, instead of 1,024; further ones are answered 503.
    #[must_use]
    pub fn with_max_deciding(mut self, requests: usize) -> Self {
        self.admission.most = requests;
        self
    }
}
