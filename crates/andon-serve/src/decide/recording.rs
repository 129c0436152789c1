//! Puts every decision on record before it is answered, where the service has an audit trail.

use andon::data::contract::Record;
use andon_audit::{Entry, Health, JsonObject, TrailError};
use serde_json::Value;

use crate::Service;
use crate::decide::Answer;
use crate::problem::Problem;
use crate::read::monitoring::Asked;
use crate::routes::observe::RequestId;

impl<R: Record> Service<R> {
    /// Returns when the answer is on disk; it must not be sent before, nor if this fails.
    pub(crate) async fn record(
        &self,
        id: &RequestId,
        asked: &Asked<R>,
        answer: &Answer<'_>,
        explanation_source: &str,
    ) -> Result<(), Problem> {
        let Some(trail) = &self.lasting.trail else { return Ok(()) };
        let reply = &answer.reply;
        let entry = Entry {
            request_id: id.0.to_str().unwrap_or_default().to_owned(),
            model_version: answer.model_version.to_owned(),
            fingerprint: answer.fingerprint.to_owned(),
            inputs: inputs(&asked.record)?,
            score: reply.probability,
            decision: reply.decision.clone(),
            reasons: reply.reasons.iter().map(|reason| reason.code.clone()).collect(),
            explanation_source: explanation_source.to_owned(),
            monitoring: asked.monitoring.clone(),
        };
        trail.record(entry).await.map(drop).map_err(|error| match error {
            TrailError::Full(waiting) => {
                self.metrics.shed();
                Problem::busy(waiting)
            }
            other => not_recorded(&other),
        })
    }

    /// Refuses before a decision is made that could not be put on record.
    pub(crate) fn check_recording(&self) -> Result<(), Problem> {
        match self.lasting.trail.as_ref().map(|trail| trail.health()) {
            None | Some(Health::Writing) => Ok(()),
            Some(Health::Failing { why, .. }) => Err(not_recorded(&why)),
        }
    }
}

/// The columns that a request held.
fn inputs<R: Record>(record: &R) -> Result<JsonObject, Problem> {
    let mut inputs = serde_json::to_value(record).map_err(Problem::undecidable)?;
    if let Value::Object(columns) = &mut inputs {
        columns.retain(|_, value| !value.is_null());
    }
    JsonObject::new(&inputs).map_err(Problem::undecidable)
}

/// Why is for the operator; it names files.
fn not_recorded(why: &impl std::fmt::Display) -> Problem {
    tracing::error!(%why, "not recorded");
    Problem::not_recorded()
}
