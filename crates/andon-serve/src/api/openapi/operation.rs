//! One operation of the API, and the refusals that operations share.

use andon::Record;
use serde_json::{Map, Value, json};

use crate::inference::error::InferenceError;
use crate::problem::Problem;
use crate::read::MAX_RECORD_BYTES;
use crate::service::Service;

/// An endpoint: its purpose, request and answers.
pub(super) struct Operation {
    pub(super) path: String,
    pub(super) method: &'static str,
    /// Its stable name.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) parameters: Vec<Value>,
    /// The content of the request's body by media type; null if there is none.
    pub(super) body: Value,
    /// The content of the answer by media type.
    pub(super) answer: Value,
    /// The statuses of its problems.
    pub(super) refusals: &'static [u16],
    /// True if the answer has an entity tag.
    pub(super) tagged: bool,
    /// True if refusals have the form of the Open Inference Protocol.
    pub(super) inference: bool,
}

impl Operation {
    /// A GET that takes nothing and is never refused.
    pub(super) fn get(path: &str, id: &'static str, summary: &'static str, answer: Value) -> Self {
        Self {
            path: path.to_owned(),
            method: "get",
            id,
            summary,
            description: "",
            parameters: Vec::new(),
            body: Value::Null,
            answer,
            refusals: &[],
            tagged: false,
            inference: false,
        }
    }

    /// Adds an entity tag to the answer.
    pub(super) fn tagged(self) -> Self {
        let known = json!({
            "name": "If-None-Match",
            "in": "header",
            "description": "The entity tag of the client's copy.",
            "schema": { "type": "string" },
        });
        Self { tagged: true, parameters: vec![known], ..self }
    }

    /// The operation as OpenAPI writes it.
    pub(super) fn to_value(&self) -> Value {
        let mut parameters = self.parameters.clone();
        parameters.push(json!({
            "name": "x-request-id",
            "in": "header",
            "description": "An id for the request. If it is not a plain id, the service makes a new one.",
            "schema": { "type": "string" },
        }));
        let mut value = json!({
            "operationId": self.id,
            "summary": self.summary,
            "description": self.description,
            "parameters": parameters,
            "responses": self.responses(),
        });
        if !self.body.is_null() {
            value["requestBody"] = json!({ "required": true, "content": self.body });
        }
        value
    }

    fn responses(&self) -> Map<String, Value> {
        let mut headers = common_headers();
        if self.tagged {
            headers["ETag"] =
                json!({ "description": "The entity tag of these bytes.", "schema": { "type": "string" } });
        }
        let answered = json!({ "description": "The answer", "headers": headers, "content": self.answer });
        let mut responses = Map::from_iter([("200".to_owned(), answered)]);
        if self.tagged {
            let unchanged = json!({ "description": "The client's copy is current", "headers": headers });
            responses.insert("304".to_owned(), unchanged);
        }
        for status in self.refusals {
            let name = if self.inference { "inference".to_owned() } else { status.to_string() };
            responses.insert(status.to_string(), response_reference(&name));
        }
        responses
    }
}

/// A reference to a refusal in the components.
pub(super) fn response_reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// The headers of every response.
pub(super) fn common_headers() -> Value {
    json!({ "x-request-id": { "$ref": "#/components/headers/x-request-id" } })
}

/// The problems by status, each with a real one as example.
pub(super) fn refusal_responses<R: Record>(service: &Service<R>) -> Map<String, Value> {
    let mut problems = vec![
        Problem::not_json("expected value at line 1 column 1"),
        Problem::no_decision(),
        Problem::still_in_progress(),
        Problem::too_slow(),
        Problem::too_large(MAX_RECORD_BYTES),
        Problem::wrong_media_type("application/json"),
        Problem::not_ready("the model is not the one that the gates judged"),
    ];
    problems.extend(access_problems(service.state.admission.keys.is_some()));
    problems.extend(crate::read::parse_record(&service.decider, b"{}").err());
    let response = |problem: Problem| {
        let description = problem.title();
        let content = json!({
            "schema": { "$ref": "#/components/schemas/Problem" },
            "example": problem,
        });
        let content = json!({ "application/problem+json": content });
        let value = json!({ "description": description, "headers": common_headers(), "content": content });
        (problem.status().to_string(), value)
    };
    let mut responses: Map<String, Value> = problems.into_iter().map(response).collect();
    responses.insert("inference".to_owned(), inference_refusal());
    responses.insert("431".to_owned(), head_too_long());
    responses
}

/// A refusal in the form of the Open Inference Protocol.
fn inference_refusal() -> Value {
    let content = json!({
        "schema": { "$ref": "#/components/schemas/InferenceError" },
        "example": InferenceError::bad_request("there are no inputs"),
    });
    json!({ "description": "Refused", "headers": common_headers(), "content": { "application/json": content } })
}

/// The problems of requests without access.
fn access_problems(keyed: bool) -> Vec<Problem> {
    let of_keys = if keyed { vec![Problem::no_key(), Problem::rate_limited(1)] } else { Vec::new() };
    let of_none = (!keyed).then(Problem::other_host);
    of_keys.into_iter().chain(of_none).chain([Problem::cross_site()]).collect()
}

/// The answer to a head that is too long. It has no id, because the server did not read the head.
fn head_too_long() -> Value {
    json!({ "description": "Request Header Fields Too Large: more than 100 headers, or more than 16 KiB of them" })
}
