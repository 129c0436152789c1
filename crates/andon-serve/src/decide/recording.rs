//! Records each decision in the audit trail, if the service has one, before the answer is sent.

use andon::Record;
use andon_audit::{Entry, JsonObject, TrailError};
use serde_json::Value;

use crate::decide::answer::DecisionAnswer;
use crate::problem::Problem;
use crate::read::attributes::DecisionRequest;
use crate::request_id::RequestId;
use crate::service::{Service, log_not_recorded};

/// Returns when the answer is on disk. The answer must not be sent before, and not at all if this fails.
pub(super) async fn record<R: Record>(
    service: &Service<R>,
    id: &RequestId,
    request: &DecisionRequest<R>,
    answer: &DecisionAnswer<'_>,
    explanation_source: &str,
) -> Result<(), Problem> {
    let Some(trail) = &service.state.trail else { return Ok(()) };
    let reply = &answer.reply;
    let inputs = inputs(&request.record)?;
    let shadowed = service.state.shadow.as_ref().map(|shadow| (shadow, inputs.clone()));
    let entry = Entry {
        request_id: id.0.to_str().unwrap_or_default().to_owned(),
        model_version: answer.model_version.to_owned(),
        fingerprint: answer.fingerprint.to_owned(),
        model_sha256: service.identity.model_sha256.clone(),
        inputs,
        score: reply.probability,
        decision: reply.decision.clone(),
        reasons: reply.reasons.iter().map(|reason| reason.code.clone()).collect(),
        explanation_source: explanation_source.to_owned(),
        monitoring: request.monitoring.clone(),
    };
    let recorded = trail.record(entry).await.map_err(|error| match error {
        TrailError::Full(waiting) => {
            service.metrics.count_shed();
            Problem::trail_busy(waiting)
        }
        TrailError::Halted(why) => Problem::stopped(&why),
        other => log_not_recorded(&other),
    })?;
    if let Some((shadow, inputs)) = shadowed {
        shadow.offer(recorded.sequence, inputs);
    }
    Ok(())
}

/// The columns that the request held.
fn inputs<R: Record>(record: &R) -> Result<JsonObject, Problem> {
    let mut inputs = serde_json::to_value(record).map_err(Problem::undecidable)?;
    if let Value::Object(columns) = &mut inputs {
        columns.retain(|_, value| !value.is_null());
    }
    JsonObject::try_from(inputs).map_err(Problem::undecidable)
}
