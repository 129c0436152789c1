//! Many records in one request: a JSON array, answered as one, or lines of JSON, answered line by line.

use std::sync::Arc;

use andon::data::contract::Record;
use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::Service;
use crate::access::Deciding;
use crate::decide::Answer;
use crate::decide::lines;
use crate::problem::Problem;
use crate::read::{self, LIMIT};
use crate::routes::Shared;
use crate::routes::observe::RequestId;

/// Most records in an array.
pub(crate) const MOST: usize = 1_000;

/// Longest array, in bytes.
pub(crate) const ARRAY_LIMIT: usize = 4 << 20;

/// So many records are decided and go on record together; then other requests have their turn.
pub(crate) const TURN: usize = 16;

/// What a record of many is answered with.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Outcome<'a> {
    /// Its answer.
    Answer(Box<Answer<'a>>),
    /// Why there is none.
    Problem(Problem),
}

/// Answers an array or lines, whichever the content type says.
pub(crate) async fn batch<R: Record>(State(service): Shared<R>, request: Request) -> Result<Response, Problem> {
    service.check_ready()?;
    if read::is(request.headers(), lines::MEDIA_TYPE) {
        // Who comes while there is no room is told so at once; then each turn of the lines finds its own.
        drop(service.begin()?);
        return Ok(lines::answer(service, RequestId::of(&request), request.into_body()));
    }
    let id = RequestId::of(&request);
    let body = read::json(request, ARRAY_LIMIT).await?;
    array(&service, &id, &body).await
}

async fn array<R: Record>(service: &Arc<Service<R>>, id: &RequestId, body: &[u8]) -> Result<Response, Problem> {
    let deciding = service.begin()?;
    let records: Vec<&RawValue> = serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Problem::not_an_array(),
        _ => Problem::not_json(error),
    })?;
    if records.len() > MOST {
        return Err(Problem::too_many(records.len(), MOST));
    }
    let mut outcomes = Vec::with_capacity(records.len());
    for (turn, records) in records.chunks(TURN).enumerate() {
        let outcomes_of = records.iter().zip(turn * TURN..).map(async |(record, index)| {
            service.outcome(&deciding, id, record.get().as_bytes(), |problem| problem.at_index(index)).await
        });
        outcomes.extend(join_all(outcomes_of).await);
        tokio::task::yield_now().await;
    }
    Ok(Json(outcomes).into_response())
}

impl<R: Record> Service<R> {
    /// The answer to one record of many, or the problem with it, which is told where it stands.
    pub(crate) async fn outcome(
        &self,
        deciding: &Deciding<'_>,
        id: &RequestId,
        record: &[u8],
        place: impl FnOnce(Problem) -> Problem,
    ) -> Outcome<'_> {
        let short = if record.len() <= LIMIT { Ok(record) } else { Err(Problem::too_large(LIMIT)) };
        let decided = async { self.decide(deciding, id, &self.read(short?)?).await };
        match decided.await {
            Ok(answer) => Outcome::Answer(Box::new(answer)),
            Err(problem) => Outcome::Problem(place(problem)),
        }
    }
}
