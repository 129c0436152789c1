//! The columns of scored rows, from the arguments of `judge` and `tally` and from a policy.

use std::path::{Path, PathBuf};

use andon_evidence::files::{self, sha256_hex};
use andon_evidence::policy::Policy;
use anyhow::{Result, bail};

use crate::scores::rows::{ProtectedColumn, ScoredColumns};

/// A policy, and the file that it was read from.
pub(crate) struct PolicyFile {
    pub(crate) path: PathBuf,
    pub(crate) policy: Box<Policy>,
    /// Digest of the file.
    pub(crate) sha256: String,
}

impl PolicyFile {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path)?;
        let policy = Box::new(Policy::parse(&String::from_utf8_lossy(&bytes), path)?);
        Ok(Self { path: path.to_owned(), policy, sha256: sha256_hex(&bytes) })
    }
}

/// The columns with outcome and score, and those of the protected attributes: of the policy, or those that were given.
pub(crate) fn scored_columns(
    [label, score]: [String; 2],
    favourable: &str,
    protected: &[String],
    policy: Option<&PolicyFile>,
) -> Result<ScoredColumns> {
    let protected = match policy {
        Some(file) => file.policy.data.protected.keys().map(|name| ProtectedColumn::same(name)).collect(),
        None => protected_columns(protected)?,
    };
    let policy_sha256 = policy.map(|file| file.sha256.clone());
    let columns = ScoredColumns { label, favourable: favourable.to_owned(), score, protected, policy_sha256 };
    if let Some(column) = columns.doubled() {
        bail!("column `{column}` has two parts: outcome, score and each protected attribute are columns of their own");
    }
    Ok(columns)
}

/// The columns of protected attributes, each under a name. Two must not come to one name.
pub(crate) fn protected_columns(columns: &[String]) -> Result<Vec<ProtectedColumn>> {
    let columns: Vec<ProtectedColumn> = columns.iter().map(|column| ProtectedColumn::new(column)).collect();
    for (at, one) in columns.iter().enumerate() {
        if one.name.is_empty() || columns[..at].iter().any(|other| other.name == one.name) {
            bail!("--protected: column `{}` has no name of its own in letters and digits", one.column);
        }
    }
    Ok(columns)
}
