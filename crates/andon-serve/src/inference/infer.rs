//! One request of the protocol and its response.

use andon::data::contract::Record;
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Refused;
use super::tensor::{self, Datatype, Tensor};
use crate::Service;
use crate::access::Deciding;
use crate::decide::Answer;
use crate::decide::batch::TURN;
use crate::read::monitoring::Asked;
use crate::routes::observe::RequestId;

/// The output with the words.
pub(super) const DECISION: &str = "decision";

/// The output with the numbers.
pub(super) const PROBABILITY: &str = "probability";

/// What is asked; parameters are none that this server has.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct InferenceRequest {
    /// Sent back.
    #[serde(default)]
    id: Option<String>,
    /// A tensor for each column, or one named `features` for all of them.
    inputs: Vec<Tensor>,
    /// Which outputs; all without it.
    #[serde(default)]
    outputs: Vec<Wanted>,
}

/// An output that is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "WantedOutput")]
struct Wanted {
    /// `probability` or `decision`.
    name: String,
}

/// What is answered.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InferenceResponse {
    /// The model that decided.
    model_name: String,
    /// Its version.
    model_version: String,
    /// The request's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// A value for each row.
    outputs: Vec<Output>,
}

/// A tensor of a response.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OutputTensor")]
struct Output {
    name: String,
    datatype: Datatype,
    shape: [usize; 1],
    data: Data,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OutputData")]
#[serde(untagged)]
enum Data {
    /// 0 to 1; null where a person decides.
    Probabilities(Vec<Option<f64>>),
    /// Words of the policy, or REFER.
    Decisions(Vec<String>),
}

impl<R: Record> Service<R> {
    /// Decides each row, or none where one cannot be read. Where the service can no longer decide in the middle, those before
    /// are on record, and whoever asks is told so.
    pub(super) async fn infer(
        &self,
        deciding: &Deciding<'_>,
        request: &RequestId,
        asked: InferenceRequest,
    ) -> Result<InferenceResponse, Refused> {
        let InferenceRequest { id, inputs, outputs } = asked;
        let names = wanted(&outputs)?;
        let records = tensor::records(&self.decider, inputs)?.into_iter().enumerate();
        // All are read before the first is decided: a decision that nobody is told of is none.
        let records = records.map(|(row, record)| self.row(row, record)).collect::<Result<Vec<Asked<R>>, _>>()?;
        if records.is_empty() {
            return Err(Refused::bad("there are no inputs"));
        }
        let mut answers = Vec::with_capacity(records.len());
        for records in records.chunks(TURN) {
            let decided = join_all(records.iter().map(|record| self.decide(deciding, request, record))).await;
            let on_record = answers.len() + decided.iter().filter(|answer| answer.is_ok()).count();
            let decided = decided.into_iter().collect::<Result<Vec<_>, _>>();
            answers.extend(decided.map_err(|problem| Refused::from(problem).after(on_record))?);
            tokio::task::yield_now().await;
        }
        let outputs = names.into_iter().map(|name| output(name, &answers)).collect();
        let (model_name, model_version) = (self.identity.name.clone(), self.identity.model_version.clone());
        Ok(InferenceResponse { model_name, model_version, id, outputs })
    }

    fn row(&self, row: usize, record: Map<String, Value>) -> Result<Asked<R>, Refused> {
        let read = self.read(Value::Object(record).to_string().as_bytes());
        read.map_err(|problem| Refused::bad(format!("row {row}: {}", problem.detail())))
    }
}

/// The outputs by name: those that are asked for, or both.
fn wanted(outputs: &[Wanted]) -> Result<Vec<&'static str>, Refused> {
    let known = [PROBABILITY, DECISION];
    if outputs.iter().any(|output| !known.contains(&output.name.as_str())) {
        return Err(Refused::bad(format!("the outputs are {PROBABILITY} and {DECISION}")));
    }
    let is_wanted = |name: &&str| outputs.is_empty() || outputs.iter().any(|output| output.name == *name);
    Ok(known.into_iter().filter(is_wanted).collect())
}

fn output(name: &str, answers: &[Answer]) -> Output {
    let replies = answers.iter().map(|answer| &answer.reply);
    let (datatype, data) = if name == PROBABILITY {
        (Datatype::Fp64, Data::Probabilities(replies.map(|reply| reply.probability).collect()))
    } else {
        (Datatype::Bytes, Data::Decisions(replies.map(|reply| reply.decision.clone()).collect()))
    };
    Output { name: name.to_owned(), datatype, shape: [answers.len()], data }
}
