//! The one place where a record is read and decided, and what it is answered with: every endpoint comes through here.

use std::time::Instant;

use andon::cells;
use andon::contract::Record;
use andon::evidence::evidence::today;
use andon::reply::Reply;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Service;
use crate::monitoring::Asked;
use crate::observe::RequestId;
use crate::problem::Problem;
use crate::request;

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
    /// The same for the trail.
    #[serde(skip)]
    pub(crate) why: Option<&'static str>,
}

impl Explained<'_> {
    /// Who worded it and, where the template did, why: as it goes on record.
    pub(crate) fn source(&self) -> String {
        self.why.map_or(self.explanation_source.to_owned(), |why| format!("{}: {why}", self.explanation_source))
    }
}

impl<R: Record> Service<R> {
    /// Refuses to decide with an artifact that does not check out, or what cannot be put on record.
    pub(crate) fn check_ready(&self) -> Result<(), Problem> {
        self.not_ready.as_deref().map_or(Ok(()), |reason| Err(Problem::not_ready(reason)))?;
        self.check_waivers()?;
        self.check_recording()
    }

    /// A waiver ends on its day, whenever the process was started.
    fn check_waivers(&self) -> Result<(), Problem> {
        let policy = self.decider.policy();
        // Most have none, and need no clock.
        let expired = policy.waivers.first().and_then(|_| policy.expired_waiver(today()));
        expired.map_or(Ok(()), |waiver| {
            Err(Problem::not_ready(&format!("the waiver for {} expired on {}", waiver.gate, waiver.expires)))
        })
    }

    /// What a body asks; what is refused is counted by its column.
    pub(crate) fn read(&self, body: &[u8]) -> Result<Asked<R>, Problem> {
        request::asked(&self.decider, body).inspect_err(|problem| self.metrics.refused(problem.columns()))
    }

    /// Decides one record, in the template's words, and puts it on record.
    pub(crate) async fn decide(&self, id: &RequestId, asked: &Asked<R>) -> Result<Answer<'_>, Problem> {
        let answer = self.decided(&asked.record)?;
        self.record(id, asked, &answer, TEMPLATE).await?;
        Ok(answer)
    }

    /// Decides one record; its answer is still to be put on record.
    pub(crate) fn decided(&self, record: &R) -> Result<Answer<'_>, Problem> {
        let start = Instant::now();
        let cells = cells::of(record).map_err(Problem::undecidable)?;
        let answer = self.answer(self.decider.reply_to(&cells));
        let took = start.elapsed();
        self.watch.decided(self.decider.model().encode(&cells).ok().as_deref(), &answer.reply);
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
