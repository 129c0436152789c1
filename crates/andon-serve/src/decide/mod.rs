//! The one place where a record is read and decided: every endpoint that decides comes through here.

pub(crate) mod answer;
pub(crate) mod batch;
pub(crate) mod endpoint;
pub(crate) mod lines;
pub(crate) mod outcome;
mod recording;

use std::time::{Duration, Instant};

use andon::data::cells;
use andon::{Record, Reply};

use crate::access::DecisionPermit;
use crate::decide::answer::{DecisionAnswer, TEMPLATE};
use crate::problem::Problem;
use crate::read;
use crate::read::attributes::DecisionRequest;
use crate::request_id::RequestId;
use crate::service::Service;
use crate::watch::recent::DecisionKind;

/// A decision that is made, but neither recorded nor counted yet.
#[derive(Debug)]
pub(crate) struct Unrecorded<'a> {
    pub(crate) answer: DecisionAnswer<'a>,
    /// The record as the model sees it; `None` if the model has no number for it.
    row: Option<Vec<f64>>,
    took: Duration,
}

impl<R: Record> Service<R> {
    /// Reads the record in a body and the attributes beside it. A refusal is counted by its columns.
    pub(crate) fn read_request(&self, body: &[u8]) -> Result<DecisionRequest<R>, Problem> {
        read::parse_request(&self.decider, body).inspect_err(|problem| self.metrics.count_refused(problem.columns()))
    }

    /// Decides one record, in the template's words, and records the decision.
    pub(crate) async fn decide(
        &self,
        permit: &DecisionPermit<'_>,
        id: &RequestId,
        request: &DecisionRequest<R>,
    ) -> Result<DecisionAnswer<'_>, Problem> {
        let unrecorded = self.decide_unrecorded(permit, &request.record)?;
        self.record_and_count(id, request, unrecorded, TEMPLATE).await
    }

    /// Decides one record; [`record_and_count`](Self::record_and_count) must follow. Stop and day are checked here,
    /// because a request of many records may last beyond a stop, the last day of a waiver or of the data.
    pub(crate) fn decide_unrecorded(&self, _: &DecisionPermit<'_>, record: &R) -> Result<Unrecorded<'_>, Problem> {
        self.check_stopped()?;
        self.check_day()?;
        let start = Instant::now();
        let cells = cells::read(record).map_err(Problem::undecidable)?;
        let answer = self.wrap_reply(self.decider.reply_to(&cells));
        let took = start.elapsed();
        Ok(Unrecorded { answer, row: self.decider.model().encode(&cells).ok(), took })
    }

    /// Records a decision and then counts it. A decision that cannot be recorded is refused and not counted.
    pub(crate) async fn record_and_count<'a>(
        &self,
        id: &RequestId,
        request: &DecisionRequest<R>,
        Unrecorded { answer, row, took }: Unrecorded<'a>,
        explanation_source: &str,
    ) -> Result<DecisionAnswer<'a>, Problem> {
        recording::record(self, id, request, &answer, explanation_source).await?;
        let reply = &answer.reply;
        self.watch.count(row.as_deref(), reply);
        self.metrics.count_decision(&reply.decision, took);
        self.recent.count(Instant::now(), DecisionKind::classify(reply, self.decider.policy()), took);
        Ok(answer)
    }

    /// Answers one record without recording or counting it: for examples.
    pub(crate) fn preview(&self, record: &R) -> Result<DecisionAnswer<'_>, Problem> {
        self.decider.reply(record).map(|reply| self.wrap_reply(reply)).map_err(Problem::undecidable)
    }

    fn wrap_reply(&self, reply: Reply) -> DecisionAnswer<'_> {
        DecisionAnswer { reply, model_version: &self.identity.model_version, fingerprint: &self.identity.fingerprint }
    }
}

#[cfg(test)]
mod tests {
    use crate::houses::{OVER, over};

    #[test]
    fn each_record_of_many_is_decided_only_before_a_waiver_is_over() {
        let service = over();
        let request = service.read_request(br#"{"rooms":5,"area":120.5,"heating":"gas"}"#).unwrap();
        let refused = service.decide_unrecorded(&service.acquire_permit().unwrap(), &request.record).unwrap_err();
        assert_eq!(refused.detail(), OVER, "the check at the beginning of the request does not count");
        assert!(service.preview(&request.record).is_ok(), "an example is not a decision");
    }
}
