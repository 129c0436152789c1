//! The operations of the Open Inference Protocol.

use andon::Record;
use serde_json::{Value, json};

use super::operation::Operation;
use super::parts::{constant_object, idempotency_key, json_content};
use super::schemas;
use crate::inference::{metadata, tensor};
use crate::service::Service;

/// The operations of the server and of a model, the latter with and without its version.
pub(super) fn operations<R: Record>(service: &Service<R>) -> Vec<Operation> {
    let object = |example: Value| json_content(constant_object(&example), Some(example));
    let server = [
        Operation::get("/v2", "v2Server", "The server", object(metadata::describe_server(&service.identity))),
        Operation::get("/v2/health/live", "v2Live", "Liveness of the process", object(json!({ "live": true }))),
        Operation {
            refusals: &[503],
            ..Operation::get("/v2/health/ready", "v2Ready", "Readiness to decide", object(json!({ "ready": true })))
        },
    ];
    let paths = [
        ("/v2/models/{name}", ["v2Model", "v2ModelReady", "v2Infer"]),
        ("/v2/models/{name}/versions/{version}", ["v2ModelVersion", "v2ModelVersionReady", "v2InferVersion"]),
    ];
    let of_models = paths.into_iter().flat_map(|(path, ids)| model_operations(service, path, ids));
    server.into_iter().chain(of_models).map(|operation| Operation { inference: true, ..operation }).collect()
}

fn model_operations<R: Record>(service: &Service<R>, path: &str, ids: [&'static str; 3]) -> [Operation; 3] {
    let name = &service.identity.name;
    let version = &service.identity.model_version;
    let named = [("name", name), ("version", version)].into_iter().filter(|(key, _)| path.contains(key));
    let parameter = |(key, value)| {
        let schema = json!({ "type": "string", "enum": [value] });
        json!({ "name": key, "in": "path", "required": true, "schema": schema })
    };
    let parameters: Vec<Value> = named.map(parameter).collect();
    let get = |path: &str, id, summary, refusals, example: Value| Operation {
        parameters: parameters.clone(),
        refusals,
        ..Operation::get(path, id, summary, json_content(constant_object(&example), Some(example)))
    };
    let ready = json!({ "name": name, "ready": true });
    let [model, model_ready, infer] = ids;
    [
        get(path, model, "The model: its tensors", &[404], metadata::describe_model(service)),
        get(&format!("{path}/ready"), model_ready, "Readiness of the model", &[404, 503], ready),
        Operation {
            method: "post",
            description: "One tensor for each column, or one named `features` for all of them, with up to 1,000 rows. The \
                service decides all rows or none. The probability of a REFER is null; a client that cannot read null asks \
                for the output `decision` alone.",
            parameters: parameters.iter().cloned().chain([idempotency_key()]).collect(),
            body: json_content(
                json!({ "$ref": "#/components/schemas/InferenceRequest" }),
                Some(example_request(service)),
            ),
            refusals: &[400, 404, 408, 409, 413, 415, 503],
            ..Operation::get(&format!("{path}/infer"), infer, "Decide the rows of tensors", {
                json_content(json!({ "$ref": "#/components/schemas/InferenceResponse" }), None)
            })
        },
    ]
}

/// The example record as tensors.
fn example_request<R: Record>(service: &Service<R>) -> Value {
    let record = schemas::example(&service.decider);
    let input = |column: &andon::Column| {
        let datatype = tensor::Datatype::for_kind(&column.kind);
        json!({ "name": column.name, "shape": [1], "datatype": datatype, "data": [record[&column.name]] })
    };
    json!({ "id": "1", "inputs": service.decider.input_columns().map(input).collect::<Vec<_>>() })
}
