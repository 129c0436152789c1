//! What holds for every operation: the key it needs, where keys are needed, the page of another site that may not ask, and
//! the head that is too long.

use serde_json::{Value, json};

use super::operation::{self, Operation};
use crate::access;
use crate::problem::Problem;

/// How a key is sent.
pub(super) fn schemes() -> Value {
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
        value["responses"][status.to_string()] = operation::reference(&name);
    }
}

/// The problems of those who are not let in.
pub(super) fn problems(keyed: bool) -> Vec<Problem> {
    let of_keys = if keyed { vec![Problem::no_key(), Problem::too_often(1)] } else { Vec::new() };
    of_keys.into_iter().chain([Problem::of_another_site()]).collect()
}

/// The answer to a head that is too long, which nobody has read: it has no id.
pub(super) fn head_too_long() -> Value {
    json!({ "description": "Request Header Fields Too Large: more than 100 headers, or than 16 KiB of them" })
}
