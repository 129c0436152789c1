//! Where each endpoint is found.

use crate::service::error::Unservable;

/// The paths that are the same for each release.
const FIXED_PATHS: [&str; 8] =
    ["/healthz", "/readyz", "/card", "/evidence", "/metrics", "/openapi.json", "/docs", "/v2"];

/// Below these, paths belong to the Open Inference Protocol.
const INFERENCE_PREFIXES: [&str; 2] = ["/v2/health/", "/v2/models/"];

/// The endpoints whose paths follow from the policy's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paths {
    /// Decides one record.
    pub(crate) decisions: String,
    /// The same, worded by the language model.
    pub(crate) explanations: String,
    /// Decides many records.
    pub(crate) batch: String,
}

impl Paths {
    /// The policy's path and its siblings.
    pub(crate) fn from_decision_path(path: &str) -> Self {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let sibling = |name: &str| format!("{parent}/{name}");
        Self { decisions: path.to_owned(), explanations: sibling("explanations"), batch: sibling("batch") }
    }
}

/// Whether a path is one of the page's.
fn is_page(path: &str) -> bool {
    path == "/page" || path.starts_with("/page/")
}

/// Checks that the decision endpoint has a path of its own, which the router takes literally.
pub(crate) fn check(path: &str) -> Result<(), Unservable> {
    let plain = |segment: &str| {
        !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let Paths { explanations, batch, .. } = Paths::from_decision_path(path);
    let is_inference = INFERENCE_PREFIXES.iter().any(|below| path.starts_with(below));
    let problem = if !path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(plain)) {
        "is not a plain path"
    } else if FIXED_PATHS.contains(&path) || is_page(path) || is_inference || path == explanations || path == batch {
        "is the path of another endpoint"
    } else {
        return Ok(());
    };
    Err(Unservable::Path { path: path.to_owned(), problem })
}
