//! The inputs of a report.

use std::path::Path;

use andon_evidence::alternatives::{Alternatives, alternatives_path};
use andon_evidence::decision::Decision;
use andon_evidence::evidence::Store;
use andon_evidence::figures::Figures;
use andon_evidence::files::{self, sha256_hex};
use andon_evidence::layout::FIGURES;
use andon_evidence::package::Manifest;
use andon_evidence::policy::Policy;

/// The inputs of a report.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contents<'a> {
    /// Name and version of the release.
    pub(crate) identity: (&'a str, &'a str),
    /// The decision with its evidence.
    pub(crate) decision: &'a Decision,
    /// The policy.
    pub(crate) policy: &'a Policy,
    /// The text of the policy, for the lines of the gates.
    pub(crate) policy_text: &'a str,
    /// The figures that are drawn.
    pub(crate) figures: &'a FigureEvidence,
    /// The previous release, if there is one.
    pub(crate) previous: Option<&'a Manifest>,
    /// The alternatives of the last `cargo andon search`.
    pub(crate) alternatives: &'a AlternativesFound,
}

/// The alternatives, as far as they are those of the release that is reported.
#[derive(Debug, Clone)]
pub(crate) enum AlternativesFound {
    /// They are.
    Current(Alternatives),
    /// They are not shown, for this reason.
    Stale(String),
    /// Nobody has searched.
    Absent,
}

impl AlternativesFound {
    /// Reads the alternatives of the release in `root`.
    pub(crate) fn read(root: &Path, policy: &Policy, decision: &Decision) -> Self {
        let found = match Alternatives::read(root) {
            Ok(Some(found)) => found,
            Ok(None) => return Self::Absent,
            Err(error) => return Self::Stale(error.to_string()),
        };
        let data = files::read(&root.join(&policy.data.file)).map(|bytes| sha256_hex(&bytes)).unwrap_or_default();
        let model = decision.model_sha256().unwrap_or_default();
        let file = alternatives_path(root);
        let shown = file.strip_prefix(root).unwrap_or(&file).display();
        match found.objection(policy, &data, model) {
            Some(why) => Self::Stale(format!("{shown}: {why}")),
            None => Self::Current(found),
        }
    }

    /// The alternatives that are shown.
    pub(super) fn current(&self) -> Option<&Alternatives> {
        if let Self::Current(found) = self { Some(found) } else { None }
    }
}

/// The figures, and what the evidence says of them.
#[derive(Debug, Clone)]
pub(crate) enum FigureEvidence {
    /// A green gate vouches for them.
    Vouched(Figures),
    /// No green gate vouches for them.
    Unvouched(Figures),
    /// There are none, for this reason.
    Absent(String),
}

impl FigureEvidence {
    /// Reads the figures in the store.
    pub(crate) fn read(store: &Store, decision: &Decision) -> Self {
        let path = store.path(FIGURES);
        if !path.exists() {
            return Self::Absent(format!("there is no {FIGURES}, because no gate has made it yet"));
        }
        match files::read(&path) {
            Ok(bytes) => Self::parse(&bytes, decision),
            Err(error) => Self::Absent(error.to_string()),
        }
    }

    /// Reads figures, and compares their digest with the one that the gates of the decision vouch for.
    pub(crate) fn parse(bytes: &[u8], decision: &Decision) -> Self {
        match Figures::parse(bytes) {
            Err(error) => Self::Absent(error.to_string()),
            Ok(figures) if decision.vouched().get(FIGURES) == Some(&sha256_hex(bytes).as_str()) => {
                Self::Vouched(figures)
            }
            Ok(figures) => Self::Unvouched(figures),
        }
    }

    /// The figures, if there are any.
    pub(super) fn figures(&self) -> Option<&Figures> {
        match self {
            Self::Vouched(figures) | Self::Unvouched(figures) => Some(figures),
            Self::Absent(_) => None,
        }
    }
}
