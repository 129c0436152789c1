//! What holds for every operation: the key it needs, where keys are needed, the page of another site that may not ask, and
//! the head that is too long.

use serde_json::{Value, json};

use super::operation::{self, Operation};
use crate::access;

/// How a key is sent.
pub(super) fn security_schemes() -> Value {
    json!({
        "bearer": { "type": "http", "scheme": "bearer", "description": "The key." },
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "The key as password, of any user name: for browsers.",
        },
    })
}

/// Adds to an operation who may ask for it and how it is refused to others.
pub(super) fn describe(operation: &Operation, keyed: bool, value: &mut Value) {
    let mut refusals = vec![431];
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
