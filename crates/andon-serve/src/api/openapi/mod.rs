//! The description of the API as OpenAPI 3.1, made from the types that are served. The contract gives the request, the
//! derives of the answers give their schemas, and a real decision gives the example.

use andon::Record;
use serde_json::{Value, json};

use crate::service::Service;

mod access;
mod inference;
mod operation;
mod operations;
mod parts;
mod schemas;

/// Describes a service.
pub(crate) fn describe<R: Record>(service: &Service<R>) -> Value {
    let identity = &service.identity;
    let about = &service.decider.policy().about;
    let keyed = service.state.admission.keys.is_some();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": identity.name,
            "version": identity.model_version,
            "summary": about.purpose,
            "description": format!("{} The release's fingerprint is `{}`.", about.purpose, identity.fingerprint),
        },
        "servers": [{ "url": "/" }],
        "paths": operations::paths(service),
        "components": {
            "schemas": schemas::components(&service.decider),
            "responses": operation::refusal_responses(service),
            "headers": { "x-request-id": request_id_header() },
            "securitySchemes": if keyed { access::security_schemes() } else { json!({}) },
        },
    })
}

fn request_id_header() -> Value {
    json!({
        "description": "The id of the request: the client's own if it has 1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`.",
        "required": true,
        "schema": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" },
    })
}
