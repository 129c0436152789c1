//! The count of offered artifacts, and the reason for the last refusal.

use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfferLabel {
    result: &'static str,
}

/// The counts of offers. They exist from the start, also without an artifact.
#[derive(Debug)]
pub(crate) struct Reloads {
    registry: Registry,
    switched: Counter,
    refused: Counter,
    /// The reason for the last refusal, until another offer is accepted.
    last_refusal: Mutex<Option<String>>,
}

impl Default for Reloads {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("andon");
        let offers = Family::<OfferLabel, Counter>::default();
        let held = |result| offers.get_or_create(&OfferLabel { result }).clone();
        let switched = held("switched");
        let refused = held("refused");
        registry.register("reloads", "Artifacts offered while running, by result", offers);
        Self { registry, switched, refused, last_refusal: Mutex::default() }
    }
}

impl Reloads {
    pub(crate) fn count_switched(&self) {
        self.switched.inc();
        self.set_last_refusal(None);
    }

    pub(crate) fn count_refused(&self, reason: &str) {
        self.refused.inc();
        self.set_last_refusal(Some(reason.to_owned()));
    }

    /// The reason why the last offer was refused; `None` if it was accepted.
    pub(crate) fn last_refusal(&self) -> Option<String> {
        self.last_refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Appends the counts as OpenMetrics text, without the end marker.
    ///
    /// # Errors
    /// None in practice: writing to a `String` does not fail.
    pub(crate) fn encode_into(&self, text: &mut String) -> std::fmt::Result {
        encode_registry(text, &self.registry)
    }

    /// The counts alone, as OpenMetrics text.
    ///
    /// # Errors
    /// None in practice, as above.
    pub(crate) fn to_text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn set_last_refusal(&self, refusal: Option<String>) {
        *self.last_refusal.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }
}
