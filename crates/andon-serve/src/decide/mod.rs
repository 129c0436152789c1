//! The one place where a record is read and decided, and what it is answered with: every endpoint comes through here.

pub(crate) mod batch;
pub(crate) mod lines;
pub(crate) mod recording;

use std::time::{Duration, Instant};

use andon::data::cells;
use andon::data::contract::Record;
use andon::decide::decider::Reply;
use andon::evidence::evidence::today;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Service;
use crate::access::Deciding;
use crate::problem::Problem;
use crate::read;
use crate::read::monitoring::Asked;
use crate::routes::observe::RequestId;

/// The template worded an explanation.
pub(crate) const TEMPLATE: &str = "template";

/// The answer to one record.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Answer<'a> {
    #[serde(flatten)]
    pub(crate) reply: Reply,
    /// Version of the model that decided.
    pub(crate) model_version: &'a str,
    /// SHA-256 over every input that could have changed the decision to release it.
    pub(crate) fingerprint: &'a str,
}

/// An answer with who worded its explanation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ExplainedAnswer")]
pub(crate) struct Explained<'a> {
    #[serde(flatten)]
    pub(crate) answer: Answer<'a>,
    /// `ollama`, or `template` where the language model had no good words in time.
    pub(crate) explanation_source: &'static str,
    /// Why the template's words are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fallback: Option<String>,
}

/// A decision that is made, and neither on record nor counted yet.
#[derive(Debug)]
pub(crate) struct Made<'a> {
    pub(crate) answer: Answer<'a>,
    /// The record as the model sees it; none where the model has no number for it.
    row: Option<Vec<f64>>,
    took: Duration,
}

impl<R: Record> Service<R> {
    /// Refuses to decide with an artifact that does not check out, or what cannot be put on record.
    pub(crate) fn check_ready(&self) -> Result<(), Problem> {
        self.check_waivers()?;
        self.check_recording()
    }

    fn check_waivers(&self) -> Result<(), Problem> {
        self.expired().map_or(Ok(()), |why| Err(Problem::not_ready(&why)))
    }

    /// Which waiver is over, in words: it ends on its day, whenever the process was started. Most policies have none, and
    /// then no clock is read.
    pub(crate) fn expired(&self) -> Option<String> {
        let policy = self.decider.policy();
        let waiver = policy.waivers.first().and_then(|_| policy.expired_waiver(today()))?;
        Some(format!("the waiver for {} expired on {}", waiver.gate, waiver.expires))
    }

    /// What a body asks; what is refused is counted by its column.
    pub(crate) fn read(&self, body: &[u8]) -> Result<Asked<R>, Problem> {
        read::asked(&self.decider, body).inspect_err(|problem| self.metrics.refused(problem.columns()))
    }

    /// Decides one record, in the template's words, and puts it on record.
    pub(crate) async fn decide(
        &self,
        deciding: &Deciding<'_>,
        id: &RequestId,
        asked: &Asked<R>,
    ) -> Result<Answer<'_>, Problem> {
        let made = self.decided(deciding, &asked.record)?;
        self.settled(id, asked, made, TEMPLATE).await
    }

    /// Decides one record; it is still to be [settled](Self::settled). Here the day is looked at, since a request of many
    /// records may last beyond it.
    pub(crate) fn decided(&self, _: &Deciding<'_>, record: &R) -> Result<Made<'_>, Problem> {
        self.check_waivers()?;
        let start = Instant::now();
        let cells = cells::of(record).map_err(Problem::undecidable)?;
        let answer = self.answer(self.decider.reply_to(&cells));
        let took = start.elapsed();
        Ok(Made { answer, row: self.decider.model().encode(&cells).ok(), took })
    }

    /// Puts a decision on record and then counts it: what is refused for want of a record was not decided.
    pub(crate) async fn settled<'a>(
        &self,
        id: &RequestId,
        asked: &Asked<R>,
        Made { answer, row, took }: Made<'a>,
        explanation_source: &str,
    ) -> Result<Answer<'a>, Problem> {
        self.record(id, asked, &answer, explanation_source).await?;
        self.watch.decided(row.as_deref(), &answer.reply);
        self.metrics.decided(&answer.reply.decision, took);
        self.note(&answer.reply, took);
        Ok(answer)
    }

    /// The answer to one record that nobody asked about: an example counts for nothing.
    pub(crate) fn answered(&self, record: &R) -> Result<Answer<'_>, Problem> {
        self.decider.reply(record).map(|reply| self.answer(reply)).map_err(Problem::undecidable)
    }

    fn answer(&self, reply: Reply) -> Answer<'_> {
        let (model_version, fingerprint) = (&self.identity.model_version, &self.identity.fingerprint);
        Answer { reply, model_version, fingerprint }
    }
}

#[cfg(test)]
mod tests {
    use crate::houses::{OVER, over};

    #[test]
    fn each_record_of_many_is_decided_only_before_a_waiver_is_over() {
        let service = over();
        let asked = service.read(br#"{"rooms":5,"area":120.5,"heating":"gas"}"#).unwrap();
        let refused = service.decided(&service.begin().unwrap(), &asked.record).unwrap_err();
        assert_eq!(refused.detail(), OVER, "whatever was looked at when the request came");
        assert!(service.answered(&asked.record).is_ok(), "an example is no decision");
    }
}
