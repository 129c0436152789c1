//! Watches the service while it runs: the distance between the inputs of the last decisions and the training data, and
//! the approval rate of the last hours.
//!
//! A decision costs a few additions to atomic counters and waits for no lock.

pub(crate) mod accepted;
pub(crate) mod metrics;
pub(crate) mod plain_text;
pub(crate) mod recent;
pub(crate) mod reloads;
pub(crate) mod shadowed;

mod approvals;
mod input_drift;

use std::fmt;
use std::sync::Arc;

use andon::evidence::evidence::now;
use andon::{Decider, Record, Reply};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use approvals::HourlyApprovals;
use input_drift::InputDrift;

/// Counts the inputs of the decisions and the approvals.
#[derive(Debug)]
pub(crate) struct DecisionWatch {
    inputs: Option<InputDrift>,
    approvals: HourlyApprovals,
    /// The word that counts as an approval.
    positive: String,
}

impl DecisionWatch {
    pub(crate) fn new<R: Record>(decider: &Decider<R>) -> Arc<Self> {
        let positive = decider.policy().answer.positive.clone();
        let inputs = InputDrift::new(decider.model());
        Arc::new(Self { inputs, approvals: HourlyApprovals::default(), positive })
    }

    /// Counts a decision. `row` is the record as the model sees it; `None` if the model has no number for it.
    pub(crate) fn count(&self, row: Option<&[f64]>, reply: &Reply) {
        if let (Some(inputs), Some(row)) = (&self.inputs, row) {
            inputs.add(row);
        }
        self.approvals.count(current_hour(), reply.decision == self.positive);
    }

    fn encode_inputs(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Some(inputs) = &self.inputs else { return Ok(()) };
        let help = "Population stability index of the last decisions' inputs against the training data";
        let mut family = encoder.encode_descriptor("input_psi", help, None, MetricType::Gauge)?;
        for (feature, index) in inputs.indices() {
            ConstGauge::new(index).encode(family.encode_family(&[("feature", feature)])?)?;
        }
        Ok(())
    }

    fn encode_approvals(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Share of an hour's decisions that are approvals, by hour in UTC";
        let mut family = encoder.encode_descriptor("approval_rate", help, None, MetricType::Gauge)?;
        for (hour, rate) in self.approvals.rates(current_hour()) {
            ConstGauge::new(rate).encode(family.encode_family(&[("hour", hour.as_str())])?)?;
        }
        Ok(())
    }
}

impl Collector for DecisionWatch {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.encode_inputs(&mut encoder)?;
        self.encode_approvals(&mut encoder)
    }
}

/// Hours since 1970.
fn current_hour() -> u64 {
    now().as_second().div_euclid(3600).unsigned_abs()
}
