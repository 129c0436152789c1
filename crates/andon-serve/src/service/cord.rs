//! The endpoints of the cord: a person, or the system behind a key, stops the service and clears the stop.

use andon::Record;
use andon::policy::{Cord, check_stated};
use andon_audit::{Receipt, TrailError, TrailStop};
use axum::Json;
use axum::extract::{Request, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::keys::key::{Client, Right};
use crate::problem::Problem;
use crate::read::{self, MAX_RECORD_BYTES};
use crate::service::{Service, SharedService, log_not_recorded};

/// A request to stop the service, or to clear the stop.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CordRequest {
    /// The person; without keys only, since the name of a key stands for whoever has it.
    #[serde(default)]
    pub(crate) by: Option<String>,
    /// The reason.
    pub(crate) why: String,
}

/// The cord as it was pulled.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CordAnswer {
    /// `stopped` or `cleared`.
    status: &'static str,
    /// The person, or the name of the key.
    by: String,
    /// The reason.
    why: String,
    /// The time: UTC, RFC 3339.
    time: String,
    /// The place in the audit trail.
    sequence: u64,
}

pub(crate) async fn stop<R: Record>(
    State(service): SharedService<R>,
    request: Request,
) -> Result<Json<CordAnswer>, Problem> {
    let client = request.extensions().get::<Client>().cloned();
    let asked = read_request(request).await?;
    pull(&service, client.as_ref(), Right::Stop, asked).await.map(Json)
}

pub(crate) async fn clear<R: Record>(
    State(service): SharedService<R>,
    request: Request,
) -> Result<Json<CordAnswer>, Problem> {
    let client = request.extensions().get::<Client>().cloned();
    let asked = read_request(request).await?;
    pull(&service, client.as_ref(), Right::Clear, asked).await.map(Json)
}

async fn read_request(request: Request) -> Result<CordRequest, Problem> {
    let body = read::read_json_body(request, MAX_RECORD_BYTES).await?;
    serde_json::from_slice(&body).map_err(Problem::not_json)
}

/// Pulls the cord, if the client may.
pub(crate) async fn pull<R: Record>(
    service: &Service<R>,
    client: Option<&Client>,
    right: Right,
    asked: CordRequest,
) -> Result<CordAnswer, Problem> {
    let trail = service.state.trail.as_ref().ok_or_else(Problem::no_cord)?;
    let by = name_person(service, client, right, asked.by)?;
    check_stated("why", &asked.why).map_err(Problem::undecidable)?;
    let pulled = match right {
        Right::Stop => trail.stop(&by, &asked.why).await,
        Right::Override => return Err(Problem::not_found()),
        Right::Clear => {
            let last = clearable_stop(&service.policy().cord, &trail.stops(), &by);
            trail.clear(last.map_err(|why| Problem::cord_refused(&why))?, &by, &asked.why).await
        }
    };
    let Receipt { sequence, time, .. } = pulled.map_err(|error| match error {
        TrailError::Invalid { .. } => Problem::undecidable(error),
        TrailError::OtherStop => Problem::cord_refused(&error.to_string()),
        other => log_not_recorded(&other),
    })?;
    let status = if right == Right::Stop { "stopped" } else { "cleared" };
    tracing::warn!(status, by, why = asked.why, "the cord was pulled");
    Ok(CordAnswer { status, by, why: asked.why, time, sequence })
}

/// The name that goes on record: that of the key, or without keys the one that the request states.
fn name_person<R: Record>(
    service: &Service<R>,
    client: Option<&Client>,
    right: Right,
    stated: Option<String>,
) -> Result<String, Problem> {
    let Some(keys) = &service.state.admission.keys else {
        let by = stated.ok_or_else(|| Problem::undecidable("`by` is missing: name the person"))?;
        check_stated("by", &by).map_err(Problem::undecidable)?;
        return Ok(by);
    };
    let client = client.filter(|client| keys.may(client, right)).ok_or_else(|| Problem::no_right(right.name()))?;
    match stated {
        None => Ok(client.0.to_string()),
        Some(_) => Err(Problem::undecidable("`by` is not allowed: the name of the key goes on record")),
    }
}

/// The place of the last stop, if the policy lets this person clear all of them.
///
/// # Errors
/// The reason why the person may not, or that no stop is in force.
pub fn clearable_stop(rule: &Cord, stops: &[TrailStop], by: &str) -> Result<u64, String> {
    if let Some(why) = stops.iter().find_map(|stop| rule.refusal(&stop.by, by)) {
        return Err(format!("{by} must not clear the stop: {why}"));
    }
    stops.last().map(|last| last.sequence).ok_or_else(|| "no stop is in force".to_owned())
}
