//! The outcome of one record among many: its answer, or the problem with it.

use andon::data::contract::Record;
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::DecisionPermit;
use crate::decide::answer::Answer;
use crate::problem::Problem;
use crate::read::LIMIT;
use crate::request_id::RequestId;
use crate::service::Service;

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

/// Decides one record of many. `place` marks a problem with the record's place.
pub(crate) async fn decide_one<'a, R: Record>(
    service: &'a Service<R>,
    permit: &DecisionPermit<'_>,
    id: &RequestId,
    record: &[u8],
    place: impl FnOnce(Problem) -> Problem,
) -> Outcome<'a> {
    let short = if record.len() <= LIMIT { Ok(record) } else { Err(Problem::too_large(LIMIT)) };
    let decided = async { service.decide(permit, id, &service.read_request(short?)?).await };
    match decided.await {
        Ok(answer) => Outcome::Answer(Box::new(answer)),
        Err(problem) => Outcome::Problem(place(problem)),
    }
}
