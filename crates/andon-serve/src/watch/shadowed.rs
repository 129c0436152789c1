//! The counts of a shadow challenger.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ShadowLabel {
    result: &'static str,
}

/// The counts of what became of the decisions that a challenger was to answer.
#[derive(Debug)]
pub(crate) struct ShadowCounts {
    registry: Registry,
    recorded: Counter,
    failed: Counter,
    dropped: Counter,
}

impl Default for ShadowCounts {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("andon");
        let answers = Family::<ShadowLabel, Counter>::default();
        let held = |result| answers.get_or_create(&ShadowLabel { result }).clone();
        let recorded = held("recorded");
        let failed = held("failed");
        let dropped = held("dropped");
        registry.register("shadow_decisions", "Decisions for the shadow challenger, by result", answers);
        Self { registry, recorded, failed, dropped }
    }
}

impl ShadowCounts {
    /// Answers that are on the trail.
    pub(crate) fn count_recorded(&self, answers: u64) {
        self.recorded.inc_by(answers);
    }

    /// Decisions that the challenger could not answer, or whose answer could not be recorded.
    pub(crate) fn count_failed(&self, decisions: u64) {
        self.failed.inc_by(decisions);
    }

    /// A decision for which the challenger had no time.
    pub(crate) fn count_dropped(&self) {
        self.dropped.inc();
    }

    /// Appends the counts as OpenMetrics text, without the end marker.
    ///
    /// # Errors
    /// None in practice: writing to a `String` does not fail.
    pub(crate) fn encode_into(&self, text: &mut String) -> std::fmt::Result {
        encode_registry(text, &self.registry)
    }
}
