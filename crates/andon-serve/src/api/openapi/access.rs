//! The rules for every operation: the key that it needs, the refusal of requests from other sites, and the limit of the
//! head.

use serde_json::{Value, json};

use super::operation::{self, Operation};
use crate::access;

/// The ways to send a key.
pub(super) fn security_schemes() -> Value {
    json!({
        "bearer": { "type": "http", "scheme": "bearer", "description": "The API key." },
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "The API key as the password, with any user name: for browsers.",
        },
    })
}

/// Adds the required key and the refusals of access to an operation.
pub(super) fn describe(operation: &Operation, keyed: bool, value: &mut Value) {
    let mut refusals = vec![431];
    if !keyed {
        refusals.push(421);
    }
    if operation.method == "post" {
        refusals.push(403);
    }
    if keyed && !access::is_open(&operation.path) {
        refusals.extend([401, 429]);
        value["security"] = json!([{ "bearer": [] }, { "basic": [] }]);
    }
    for status in refusals {
        let name = if operation.inference && status != 431 { "inference".to_owned() } else { status.to_string() };
        value["responses"][status.to_string()] = operation::response_reference(&name);
    }
}
