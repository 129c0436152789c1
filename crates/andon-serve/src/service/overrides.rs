//! The endpoint of overrides: a person decides otherwise than the model, and both decisions stay on record.

use andon::Record;
use andon_audit::{
    FoundDecision, FoundDecisions, FoundNote, JsonObject, Note, NoteKind, Receipt, Selection, TrailError,
};
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::keys::key::{Client, Right};
use crate::problem::Problem;
use crate::read::{self, MAX_RECORD_BYTES};
use crate::service::{Service, SharedService, log_not_recorded};
use crate::trail::OverrideBody;

/// The prefix of a decision that is named by its row of the trail. No request id has a colon.
const ROW: &str = "row:";

/// The longest name of a person, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// A person's decision.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OverrideRequest {
    /// The decision, in one of the policy's two words.
    decision: String,
    /// The code of the reason, from the policy's list.
    reason: String,
    /// The person.
    by: String,
}

/// The decision by the model, as it stays on record.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DecisionOnRecord")]
struct RecordedAnswer {
    /// The id of its request.
    request_id: String,
    /// Its place in the audit trail.
    sequence: u64,
    /// The time: UTC, RFC 3339.
    time: String,
    /// The decision.
    decision: String,
    /// The probability; null if it was left to a person.
    probability: Option<f64>,
}

/// The decision by the person.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Override")]
struct RecordedOverride {
    /// The decision.
    decision: String,
    /// The code of the reason.
    reason: String,
    /// The reason in words.
    reason_text: String,
    /// The person.
    by: String,
    /// The name of the key that sent it; null in a service without keys.
    key: Option<String>,
    /// The time: UTC, RFC 3339.
    time: String,
    /// The place in the audit trail.
    sequence: u64,
}

/// Both decisions.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OverrideAnswer {
    model: RecordedAnswer,
    r#override: RecordedOverride,
}

pub(crate) async fn override_decision<R: Record>(
    State(service): SharedService<R>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Json<OverrideAnswer>, Problem> {
    let Path(id) = id.map_err(|_| Problem::no_decision())?;
    let key = name_key(&service, &request)?;
    let body = read::read_json_body(request, MAX_RECORD_BYTES).await?;
    let asked: OverrideRequest = serde_json::from_slice(&body).map_err(Problem::not_json)?;
    let (body, reason_text) = check(&service, asked, key)?;
    let found = find(&service, &id).await?;
    let decision = only_decision(&found)?;
    if decision.decision == body.decision {
        return Err(Problem::override_refused(&format!("{} is what the model decided", body.decision)));
    }
    let noted = match on_record(&found.notes, &body) {
        Some(note) => (note.sequence, note.time),
        None => record(&service, &found, decision.sequence, &body).await?,
    };
    Ok(Json(answer(decision, body, reason_text, noted)))
}

/// The name of the key, which must have the right.
fn name_key<R: Record>(service: &Service<R>, request: &Request) -> Result<Option<String>, Problem> {
    let Some(keys) = &service.state.admission.keys else { return Ok(None) };
    let client = request.extensions().get::<Client>().filter(|client| keys.may(client, Right::Override));
    let client = client.ok_or_else(|| Problem::no_right(Right::Override.name()))?;
    Ok(Some(client.0.to_string()))
}

/// Checks the request by the policy; gives the reason in words too.
fn check<R: Record>(
    service: &Service<R>,
    asked: OverrideRequest,
    key: Option<String>,
) -> Result<(OverrideBody, String), Problem> {
    let OverrideRequest { decision, reason, by } = asked;
    let policy = service.policy();
    let words = [&policy.answer.positive, &policy.answer.negative];
    if !words.contains(&&decision) {
        let allowed = format!("{}, {}", words[0], words[1]);
        return Err(Problem::wrong_value("decision", &decision, "is no decision of the policy", &allowed));
    }
    let reasons = policy.overrides.as_ref().map(|overrides| &overrides.reasons);
    let reasons = reasons.ok_or_else(|| Problem::override_refused("the policy lists no reason for an override"))?;
    let Some(text) = reasons.get(&reason) else {
        let allowed = reasons.keys().cloned().collect::<Vec<_>>().join(", ");
        return Err(Problem::wrong_value("reason", &reason, "is no reason of the policy", &allowed));
    };
    if by.trim().is_empty() || by.contains('\0') || by.len() > MAX_NAME_BYTES {
        return Err(Problem::wrong_value("by", "", "is no name of a person", "1 to 200 bytes of text"));
    }
    Ok((OverrideBody { decision, reason, by, key }, text.clone()))
}

/// Looks the decision up, on a thread that may block.
async fn find<R: Record>(service: &Service<R>, id: &str) -> Result<FoundDecisions, Problem> {
    let trail = service.state.trail.as_ref().ok_or_else(Problem::no_override)?;
    let selection = match id.strip_prefix(ROW) {
        Some(row) => Selection::Sequence(row.parse().map_err(|_| Problem::no_decision())?),
        None => Selection::Request(id.to_owned()),
    };
    let location = trail.location().clone();
    let looked = tokio::task::spawn_blocking(move || andon_audit::find(location, &selection, NoteKind::Override));
    looked.await.map_err(|error| log_not_recorded(&error))?.map_err(|error| log_not_recorded(&error))
}

fn only_decision(found: &FoundDecisions) -> Result<&FoundDecision, Problem> {
    match found.decisions.as_slice() {
        [] => Err(Problem::no_decision()),
        [decision] => Ok(decision),
        several => {
            let rows: Vec<String> = several.iter().map(|decision| format!("{ROW}{}", decision.sequence)).collect();
            Err(Problem::override_refused(&format!(
                "the request has several decisions: name one of {}",
                rows.join(", ")
            )))
        }
    }
}

/// The last override, if it is this one: a client may send it again.
fn on_record(notes: &[FoundNote], body: &OverrideBody) -> Option<FoundNote> {
    let last = notes.last()?;
    let is_same = serde_json::from_str::<OverrideBody>(&last.body).is_ok_and(|known| known == *body);
    is_same.then(|| last.clone())
}

async fn record<R: Record>(
    service: &Service<R>,
    found: &FoundDecisions,
    about: u64,
    body: &OverrideBody,
) -> Result<(u64, String), Problem> {
    let trail = service.state.trail.as_ref().ok_or_else(Problem::no_override)?;
    let object = JsonObject::new(body).map_err(Problem::undecidable)?;
    let note = Note { kind: NoteKind::Override, about, body: object };
    let receipts = trail.note(vec![note], Some(found.known)).await.map_err(|error| match error {
        TrailError::OtherNotes => Problem::override_refused(&error.to_string()),
        TrailError::Full(waiting) => Problem::trail_busy(waiting),
        other => log_not_recorded(&other),
    })?;
    let receipt = receipts.into_iter().next();
    let Receipt { sequence, time, .. } = receipt.ok_or_else(|| log_not_recorded(&"the trail gave no receipt"))?;
    tracing::info!(about, sequence, reason = body.reason, "a person overrode a decision");
    Ok((sequence, time))
}

fn answer(
    decision: &FoundDecision,
    body: OverrideBody,
    reason_text: String,
    (sequence, time): (u64, String),
) -> OverrideAnswer {
    let FoundDecision { request_id, score, .. } = decision.clone();
    let model = RecordedAnswer {
        request_id,
        sequence: decision.sequence,
        time: decision.time.clone(),
        decision: decision.decision.clone(),
        probability: score,
    };
    let OverrideBody { decision, reason, by, key } = body;
    OverrideAnswer { model, r#override: RecordedOverride { decision, reason, reason_text, by, key, time, sequence } }
}
