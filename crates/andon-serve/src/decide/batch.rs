//! Many records in one request: a JSON array, answered as an array, or lines of JSON, answered line by line.

use std::sync::Arc;

use andon::Record;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::future::join_all;
use serde_json::value::RawValue;

use crate::decide::lines;
use crate::decide::outcome::{RECORDS_PER_TURN, RecordOutcome, decide_one};
use crate::problem::Problem;
use crate::read;
use crate::request_id::RequestId;
use crate::service::idempotency::{self, StoredAnswer};
use crate::service::{Service, SharedService};

/// The largest number of records in an array.
pub(crate) const MAX_BATCH_RECORDS: usize = 1_000;

/// The size of the longest array, in bytes.
pub(crate) const MAX_ARRAY_BYTES: usize = 4 << 20;

/// Answers an array or lines, as the content type says.
pub(crate) async fn batch<R: Record>(State(service): SharedService<R>, request: Request) -> Result<Response, Problem> {
    service.check_ready()?;
    if read::has_media_type(request.headers(), lines::MEDIA_TYPE) {
        if idempotency::read_key(&request)?.is_some() {
            return Err(Problem::no_key_for_lines());
        }
        // If there is no room, the client learns it at once. Later, each turn of the lines takes its own permit.
        drop(service.acquire_permit()?);
        return Ok(lines::respond(service, RequestId::from_request(&request), request.into_body()));
    }
    let id = RequestId::from_request(&request);
    let key = idempotency::read_key(&request)?;
    let body = read::read_json_body(request, MAX_ARRAY_BYTES).await?;
    let decide = decide_array(&service, &id, &body);
    let Some(key) = key else { return Ok(decide.await?.into_response()) };
    let asked = canonical(&service, &read_array(&body)?).map_err(Problem::undecidable)?;
    Ok(service.idempotency_cache.answer_once(&key, &asked, decide).await?.into_response())
}

fn read_array(body: &[u8]) -> Result<Vec<&RawValue>, Problem> {
    let records: Vec<&RawValue> = serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Problem::not_an_array(),
        _ => Problem::not_json(error),
    })?;
    if records.len() > MAX_BATCH_RECORDS {
        return Err(Problem::too_many_records(records.len(), MAX_BATCH_RECORDS));
    }
    Ok(records)
}

/// The records without regard to their form, as the endpoint for one record compares them. A record that cannot be read
/// is compared as it was sent.
fn canonical<R: Record>(service: &Service<R>, records: &[&RawValue]) -> serde_json::Result<Vec<u8>> {
    let read = |record: &&RawValue| match read::parse_request(&service.decider, record.get().as_bytes()) {
        Ok(request) => request.to_canonical(),
        Err(_) => Ok(record.get().to_owned()),
    };
    serde_json::to_vec(&records.iter().map(read).collect::<Result<Vec<_>, _>>()?)
}

async fn decide_array<R: Record>(
    service: &Arc<Service<R>>,
    id: &RequestId,
    body: &[u8],
) -> Result<StoredAnswer, Problem> {
    let permit = service.acquire_permit()?;
    let records = read_array(body)?;
    let mut outcomes = Vec::with_capacity(records.len());
    for (turn, records) in records.chunks(RECORDS_PER_TURN).enumerate() {
        let outcomes_of = records.iter().zip(turn * RECORDS_PER_TURN..).map(async |(record, index)| {
            decide_one(service, &permit, id, record.get().as_bytes(), |problem| problem.at_index(index)).await
        });
        outcomes.extend(join_all(outcomes_of).await);
        tokio::task::yield_now().await;
    }
    let body = serde_json::to_vec(&outcomes).map_err(Problem::undecidable)?.into();
    Ok(StoredAnswer { body, id: id.clone(), is_final: !outcomes.iter().any(RecordOutcome::is_transient) })
}
