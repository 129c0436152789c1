//! Every operation of the API; a test asks each of them.

use andon::Record;
use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::parts::{constant_object, decided_example, idempotency_key, json_content};
use super::{access, inference};
use crate::decide::batch;
use crate::decide::lines;
use crate::service::Service;
use crate::service::paths::Paths;
use crate::watch::metrics;

/// The paths with their operations.
pub(super) fn paths<R: Record>(service: &Service<R>) -> Map<String, Value> {
    let mut paths = Map::new();
    let keyed = service.state.admission.keys.is_some();
    for operation in deciding_operations(service)
        .into_iter()
        .chain(cord_operations(service))
        .chain(override_operation(service))
        .chain(reading_operations(service))
        .chain(inference::operations(service))
    {
        let entry = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        let mut value = operation.to_value();
        access::describe(&operation, keyed, &mut value);
        entry[operation.method] = value;
    }
    paths
}

fn deciding_operations<R: Record>(service: &Service<R>) -> Vec<Operation> {
    let Paths { decisions, explanations, batch, .. } = Paths::from_decision_path(&service.decider.policy().serve.path);
    let (record, answer) = decided_example(service);
    let decide = Operation {
        method: "post",
        description: "The decision is one of the policy's two words, with its probability; or it is REFER, and a person \
            decides. For a REFER the probability is null, and `outside_validated` lists the values outside the \
            validated ranges.",
        parameters: vec![idempotency_key()],
        body: json_content(json!({ "$ref": "#/components/schemas/Record" }), Some(record.clone())),
        refusals: &[400, 408, 409, 413, 415, 422, 503],
        ..Operation::get(&decisions, "decide", "Decide one record", {
            json_content(json!({ "$ref": "#/components/schemas/Answer" }), Some(answer.clone()))
        })
    };
    let explain = Operation {
        method: "post",
        description: "The same decision, explained by a local language model if it gives an acceptable text in time.",
        parameters: decide.parameters.clone(),
        body: decide.body.clone(),
        refusals: decide.refusals,
        ..Operation::get(&explanations, "explain", "Decide one record, in plain language", {
            json_content(json!({ "$ref": "#/components/schemas/ExplainedAnswer" }), None)
        })
    };
    vec![decide, explain, batch_operation(&batch, &record, &answer)]
}

/// The cord, which a service with an audit trail has.
fn cord_operations<R: Record>(service: &Service<R>) -> Vec<Operation> {
    if service.state.trail.is_none() {
        return Vec::new();
    }
    let Paths { stop, clear, .. } = Paths::from_decision_path(&service.decider.policy().serve.path);
    let operation = |path: &str, id, summary, description| Operation {
        method: "post",
        description,
        body: json_content(json!({ "$ref": "#/components/schemas/CordRequest" }), None),
        refusals: &[400, 408, 409, 413, 415, 422, 503],
        ..Operation::get(path, id, summary, json_content(json!({ "$ref": "#/components/schemas/CordAnswer" }), None))
    };
    let stopping = "Every service that writes this audit trail answers 503 until somebody clears the stop, also after a \
        restart. With keys, the key needs the right `stop`.";
    let clearing = "The policy says who may clear: unless it says otherwise, not whoever stopped. With keys, the key needs \
        the right `clear`.";
    vec![
        operation(&stop, "stop", "Stop the service", stopping),
        operation(&clear, "clear", "Clear the stops", clearing),
    ]
}

/// The override, which a service has if it has a trail and its policy lists reasons.
fn override_operation<R: Record>(service: &Service<R>) -> Option<Operation> {
    let policy = service.decider.policy();
    policy.overrides.as_ref().filter(|_| service.state.trail.is_some())?;
    let Paths { overrides, .. } = Paths::from_decision_path(&policy.serve.path);
    let id = json!({
        "name": "id",
        "in": "path",
        "required": true,
        "description": "The request id of the decision, or `row:17`, its place in the audit trail.",
        "schema": { "type": "string", "minLength": 1 },
    });
    Some(Operation {
        method: "post",
        description: "A person decides otherwise than the model, or decides what was left to a person. Both decisions stay \
            on record; the last override of a decision counts. The same override again gets the same answer. With keys, \
            the key needs the right `override`.",
        parameters: vec![id],
        body: json_content(json!({ "$ref": "#/components/schemas/OverrideRequest" }), None),
        refusals: &[400, 404, 408, 409, 413, 415, 422, 503],
        ..Operation::get(&overrides, "override", "Put a person's decision on record", {
            json_content(json!({ "$ref": "#/components/schemas/OverrideAnswer" }), None)
        })
    })
}

fn batch_operation(path: &str, record: &Value, answer: &Value) -> Operation {
    let records = json!({
        "type": "array",
        "maxItems": batch::MAX_BATCH_RECORDS,
        "items": { "description": "A `Record`. Anything else gets a problem in its place." },
    });
    let outcomes = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Outcome" } });
    let lines = json!({ "schema": { "type": "string", "description": "One record, or its answer, on each line." } });
    let both = |schema: Value, example: &Value| {
        let mut content = json_content(schema, Some(json!([example])));
        content[lines::MEDIA_TYPE] = lines.clone();
        content
    };
    Operation {
        method: "post",
        description: "An array of records gets an array of answers. Lines of JSON, any number of them, are answered line by \
            line while later lines are still arriving, so the client must read while it writes. Each answer is an \
            `Answer`, or a `Problem` with its index or line. A blank line gets no answer.",
        parameters: vec![idempotency_key()],
        body: both(records, record),
        refusals: &[400, 408, 409, 413, 415, 422, 503],
        ..Operation::get(path, "batch", "Decide many records", both(outcomes, answer))
    }
}

fn reading_operations<R: Record>(service: &Service<R>) -> Vec<Operation> {
    let identity = &service.identity;
    let live = json!({ "status": "live" });
    let ready = json!({
        "status": "ready",
        "model_version": identity.model_version,
        "fingerprint": identity.fingerprint,
    });
    let mut readiness = constant_object(&ready);
    let why = "The reason why the last offered artifact was refused; absent if it is in force.";
    readiness["properties"]["last_refusal"] = json!({ "type": "string", "description": why });
    let text = |media_type: &str| json!({ media_type: { "schema": { "type": "string" } } });
    let object = json!({ "type": "object" });
    vec![
        Operation::get("/healthz", "live", "Liveness of the process", json_content(constant_object(&live), Some(live))),
        Operation {
            refusals: &[503],
            ..Operation::get("/readyz", "ready", "Readiness to decide", json_content(readiness, Some(ready)))
        },
        Operation::get("/card", "card", "The model card", text("text/markdown")).tagged(),
        Operation::get("/evidence", "evidence", "The evidence behind the release", json_content(object.clone(), None))
            .tagged(),
        Operation::get("/openapi.json", "openapi", "This description", json_content(object, None)).tagged(),
        Operation::get("/docs", "docs", "This description, as a page", text("text/html")),
        Operation::get("/metrics", "metrics", "The metrics", {
            let mut forms = text(metrics::OPEN_METRICS);
            forms[metrics::PLAIN_TEXT] = forms[metrics::OPEN_METRICS].clone();
            forms
        }),
    ]
}
