//! The outcome of one record among many: its answer, or the problem with it.

use andon::Record;
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::DecisionPermit;
use crate::decide::answer::DecisionAnswer;
use crate::problem::Problem;
use crate::read::MAX_RECORD_BYTES;
use crate::request_id::RequestId;
use crate::service::Service;

/// The number of records that are decided and recorded together; then other requests have their turn.
pub(crate) const RECORDS_PER_TURN: usize = 16;

/// The outcome of one record among many.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Outcome")]
pub(crate) enum RecordOutcome<'a> {
    /// Its answer.
    Answer(Box<DecisionAnswer<'a>>),
    /// The reason why there is no answer.
    Problem(Problem),
}

impl RecordOutcome<'_> {
    /// True if the same record may be answered later.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.is_transient())
    }
}

/// Decides one record of many. `place` marks a problem with the record's place.
pub(crate) async fn decide_one<'a, R: Record>(
    service: &'a Service<R>,
    permit: &DecisionPermit<'_>,
    id: &RequestId,
    record: &[u8],
    place: impl FnOnce(Problem) -> Problem,
) -> RecordOutcome<'a> {
    let short = if record.len() <= MAX_RECORD_BYTES { Ok(record) } else { Err(Problem::too_large(MAX_RECORD_BYTES)) };
    let decided = async { service.decide(permit, id, &service.read_request(short?)?).await };
    match decided.await {
        Ok(answer) => RecordOutcome::Answer(Box::new(answer)),
        Err(problem) => RecordOutcome::Problem(place(problem)),
    }
}
