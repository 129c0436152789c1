//! JSON and YAML whose keys are in order, so that the same value gives the same bytes.

use anyhow::Result;
use serde_json::Value;

/// JSON with sorted keys. The order of serde_json's own maps depends on features that other crates switch on.
pub(super) fn to_json(mut value: Value) -> Result<String> {
    value.sort_all_objects();
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// YAML with sorted keys.
pub(super) fn to_yaml(mut value: Value) -> Result<String> {
    value.sort_all_objects();
    Ok(serde_yaml_ng::to_string(&value)?)
}
