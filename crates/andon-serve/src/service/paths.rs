//! The paths of the endpoints.

use crate::service::error::Unservable;

/// The paths that are the same in every release.
const FIXED_PATHS: [&str; 8] =
    ["/healthz", "/readyz", "/card", "/evidence", "/metrics", "/openapi.json", "/docs", "/v2"];

/// The prefixes of the Open Inference Protocol.
const INFERENCE_PREFIXES: [&str; 2] = ["/v2/health/", "/v2/models/"];

/// The endpoints whose paths follow from the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paths {
    /// Decides one record.
    pub(crate) decisions: String,
    /// Decides one record, and words the explanation by the language model.
    pub(crate) explanations: String,
    /// Decides many records.
    pub(crate) batch: String,
    /// Stops the service.
    pub(crate) stop: String,
    /// Clears the stop.
    pub(crate) clear: String,
    /// Puts a person's decision beside the one with an id.
    pub(crate) overrides: String,
}

impl Paths {
    /// Derives the paths from the policy's path: itself and its siblings.
    pub(crate) fn from_decision_path(path: &str) -> Self {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let sibling = |name: &str| format!("{parent}/{name}");
        Self {
            decisions: path.to_owned(),
            explanations: sibling("explanations"),
            batch: sibling("batch"),
            stop: sibling("stop"),
            clear: sibling("clear"),
            overrides: format!("{path}/{{id}}/override"),
        }
    }
}

/// Reports if a path belongs to the page.
fn is_page(path: &str) -> bool {
    path == "/page" || path.starts_with("/page/")
}

/// Checks that the decision endpoint has a plain path, and that no other endpoint has the same.
pub(crate) fn check(path: &str) -> Result<(), Unservable> {
    let plain = |segment: &str| {
        !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let Paths { explanations, batch, stop, clear, .. } = Paths::from_decision_path(path);
    let is_sibling = [explanations, batch, stop, clear].iter().any(|sibling| sibling == path);
    let is_inference = INFERENCE_PREFIXES.iter().any(|below| path.starts_with(below));
    let problem = if !path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(plain)) {
        "is not a plain path"
    } else if FIXED_PATHS.contains(&path) || is_page(path) || is_inference || is_sibling {
        "is the path of another endpoint"
    } else {
        return Ok(());
    };
    Err(Unservable::Path { path: path.to_owned(), problem })
}
