//! The inputs of a document.

use andon_evidence::decision::Decision;
use andon_evidence::figures::Figures;
use andon_evidence::fingerprint::Fingerprint;
use andon_evidence::policy::Policy;
use anyhow::{Context, Result};
use serde_json::Value;

use crate::report::AlternativesFound;

/// The content of a package, as far as documents use it. The release at hand has the same content before it is
/// packaged, whatever its decision is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DocumentSource<'a> {
    /// Name and version of the release.
    pub(crate) identity: (&'a str, &'a str),
    /// The decision with its evidence.
    pub(crate) decision: &'a Decision,
    /// The policy.
    pub(crate) policy: &'a Policy,
    /// The figures.
    pub(crate) figures: &'a Figures,
    /// True if green gates vouch for figures and contract.
    pub(crate) vouched: bool,
    /// The data contract as JSON Schema.
    pub(crate) contract: &'a Value,
    /// The alternatives of the search on record.
    pub(crate) alternatives: &'a AlternativesFound,
    /// The digest of every input.
    pub(crate) fingerprint: &'a Fingerprint,
}

impl DocumentSource<'_> {
    /// The schema of a column.
    ///
    /// # Errors
    /// If the data contract does not hold it.
    pub(super) fn column(&self, name: &str) -> Result<&Value> {
        let column = self.contract["properties"].get(name);
        column.with_context(|| format!("the data contract has no column {name}\nnext: cargo test"))
    }

    /// The digest of an input of the fingerprint.
    ///
    /// # Errors
    /// If the fingerprint does not hold it.
    pub(super) fn input(&self, path: &str) -> Result<String> {
        let digest = self.fingerprint.input(path.as_ref());
        Ok(digest.with_context(|| format!("the fingerprint holds no {path}"))?.to_owned())
    }
}
