//! The file that a model was read from.

use serde::{Deserialize, Serialize};

/// The origin of a model that was trained elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The library that wrote the file.
    pub library: String,
    /// The version of the library, as far as the file states it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// SHA-256 of the file.
    pub sha256: String,
}
