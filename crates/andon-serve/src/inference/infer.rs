//! One request of the protocol and its response.

use andon::Record;
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::InferenceError;
use super::tensor::{self, Datatype, InputTensor};
use crate::access::DecisionPermit;
use crate::decide::answer::DecisionAnswer;
use crate::decide::outcome::RECORDS_PER_TURN;
use crate::read::attributes::DecisionRequest;
use crate::request_id::RequestId;
use crate::service::Service;

/// The output with the policy's words.
pub(super) const DECISION_OUTPUT: &str = "decision";

/// The output with the probabilities.
pub(super) const PROBABILITY_OUTPUT: &str = "probability";

/// A request. This server has no parameters.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct InferenceRequest {
    /// An id that the response repeats.
    #[serde(default)]
    id: Option<String>,
    /// A tensor for each column, or one named `features` for all of them.
    pub(super) inputs: Vec<InputTensor>,
    /// The wanted outputs; all of them if the list is empty.
    #[serde(default)]
    outputs: Vec<WantedOutput>,
}

/// A wanted output.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct WantedOutput {
    /// `probability` or `decision`.
    name: String,
}

/// A response.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InferenceResponse {
    /// The model that decided.
    model_name: String,
    /// Its version.
    model_version: String,
    /// The id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// A value for each row.
    outputs: Vec<OutputTensor>,
}

/// A tensor of a response.
#[derive(Debug, Serialize, JsonSchema)]
struct OutputTensor {
    name: String,
    datatype: Datatype,
    shape: [usize; 1],
    data: OutputData,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum OutputData {
    /// 0 to 1; null if a person decides.
    Probabilities(Vec<Option<f64>>),
    /// Words of the policy, or REFER.
    Decisions(Vec<String>),
}

/// Decides each row, or no row if one of them cannot be read. If the service fails in the middle, the rows before are
/// on record, and the error says how many.
pub(super) async fn infer<R: Record>(
    service: &Service<R>,
    permit: &DecisionPermit<'_>,
    id: &RequestId,
    request: InferenceRequest,
) -> Result<InferenceResponse, InferenceError> {
    let names = select_outputs(&request.outputs)?;
    // All rows are read before the first is decided, so that no decision is made that the client does not receive.
    let records = tensor::read_records(&service.decider, request.inputs)?.into_iter().enumerate();
    let records = records.map(|(row, record)| read_row(service, row, record)).collect::<Result<Vec<_>, _>>()?;
    if records.is_empty() {
        return Err(InferenceError::bad_request("there are no inputs"));
    }
    let mut answers = Vec::with_capacity(records.len());
    for records in records.chunks(RECORDS_PER_TURN) {
        let decided = join_all(records.iter().map(|record| service.decide(permit, id, record))).await;
        let on_record = answers.len() + decided.iter().filter(|answer| answer.is_ok()).count();
        let decided = decided.into_iter().collect::<Result<Vec<_>, _>>();
        answers.extend(decided.map_err(|problem| InferenceError::from(problem).with_rows_on_record(on_record))?);
        tokio::task::yield_now().await;
    }
    Ok(InferenceResponse {
        model_name: service.identity.name.clone(),
        model_version: service.identity.model_version.clone(),
        id: request.id,
        outputs: names.into_iter().map(|name| build_output(name, &answers)).collect(),
    })
}

fn read_row<R: Record>(
    service: &Service<R>,
    row: usize,
    record: Map<String, Value>,
) -> Result<DecisionRequest<R>, InferenceError> {
    let read = service.read_request(Value::Object(record).to_string().as_bytes());
    read.map_err(|problem| InferenceError::bad_request(format!("row {row}: {}", problem.detail())))
}

/// The wanted outputs by name; both if the request names none.
fn select_outputs(outputs: &[WantedOutput]) -> Result<Vec<&'static str>, InferenceError> {
    let known = [PROBABILITY_OUTPUT, DECISION_OUTPUT];
    if outputs.iter().any(|output| !known.contains(&output.name.as_str())) {
        return Err(InferenceError::bad_request(format!("the outputs are {PROBABILITY_OUTPUT} and {DECISION_OUTPUT}")));
    }
    let is_wanted = |name: &&str| outputs.is_empty() || outputs.iter().any(|output| output.name == *name);
    Ok(known.into_iter().filter(is_wanted).collect())
}

fn build_output(name: &str, answers: &[DecisionAnswer]) -> OutputTensor {
    let replies = answers.iter().map(|answer| &answer.reply);
    let (datatype, data) = if name == PROBABILITY_OUTPUT {
        (Datatype::Fp64, OutputData::Probabilities(replies.map(|reply| reply.probability).collect()))
    } else {
        (Datatype::Bytes, OutputData::Decisions(replies.map(|reply| reply.decision.clone()).collect()))
    };
    OutputTensor { name: name.to_owned(), datatype, shape: [answers.len()], data }
}
