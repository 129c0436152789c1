//! The columns of scored rows, from the arguments of `judge` and `tally` and from a policy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use andon::partial::released::ReleasedModel;
use andon_evidence::files::{self, sha256_hex};
use andon_evidence::layout::{CONTRACT, MODEL, POLICY};
use andon_evidence::policy::Policy;
use anyhow::{Context, Result, bail};

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

/// The policy and the released model that rows are asked by.
pub(crate) struct AskedRelease {
    pub(crate) policy: Option<PolicyFile>,
    pub(crate) model: Option<Arc<ReleasedModel>>,
}

impl AskedRelease {
    /// Reads the policy, and the folder of the model with its contract; without a policy, that of the folder.
    ///
    /// # Errors
    /// If a file cannot be read, or contract, model and policy are not of one release.
    pub(crate) fn read(policy: Option<&Path>, model: Option<&Path>) -> Result<Self> {
        let of_folder = model.map(|folder| folder.join(POLICY));
        let policy = policy.or(of_folder.as_deref()).map(PolicyFile::read).transpose()?;
        let model = match (model, &policy) {
            (Some(folder), Some(PolicyFile { policy, .. })) => {
                let [contract, model] = [CONTRACT, MODEL].map(|name| files::read(&folder.join(name)));
                let released = ReleasedModel::new(&contract?, &model?, policy);
                Some(Arc::new(released.with_context(|| folder.display().to_string())?))
            }
            _ => None,
        };
        Ok(Self { policy, model })
    }

    /// The columns with outcome and score, and those of the protected attributes: of the policy, or those that were
    /// given.
    ///
    /// # Errors
    /// If a column has two parts.
    pub(crate) fn columns(
        &self,
        [label, score]: [String; 2],
        favourable: &str,
        protected: &[String],
    ) -> Result<ScoredColumns> {
        let protected = match &self.policy {
            Some(file) => file.policy.data.protected.keys().map(|name| ProtectedColumn::same(name)).collect(),
            None => protected_columns(protected)?,
        };
        let policy_sha256 = self.policy.as_ref().map(|file| file.sha256.clone());
        let favourable = favourable.to_owned();
        let released = self.model.clone();
        let columns = ScoredColumns { label, favourable, score, protected, policy_sha256, released };
        if let Some(column) = columns.doubled() {
            bail!(
                "column `{column}` has two parts: outcome, score and each protected attribute are columns of their own"
            );
        }
        Ok(columns)
    }
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
