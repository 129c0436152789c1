//! The signed statement about the evidence: the one thing that a forger without a key cannot write.
//!
//! Evidence and digests follow from each other, so whoever can write files can write them all anew. The statement binds
//! the digest of `evidence.json`, which in turn binds policy, model, card, contract and fingerprint. A trusted machine
//! signs it before its program is built; an import brings it from there.

use std::path::Path;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::Package;
use super::folder::read_folder;
use super::manifest::{Manifest, PackageError};
use crate::evidence::Store;
use crate::files::{self, sha256_hex};
use crate::layout::{EVIDENCE, SIGNED_EVIDENCE};
use crate::policy::Policy;
use crate::signature::{Envelope, PublicKey, SignatureError};

const PREDICATE_TYPE: &str = "urn:andon:predicate:evidence:v1";

/// The statement that a trusted machine signs about the evidence of a release.
#[must_use]
pub fn evidence_statement(manifest: &Manifest, evidence: &[u8]) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": EVIDENCE, "digest": { "sha256": sha256_hex(evidence) } }],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "name": manifest.name,
            "version": manifest.version,
            "fingerprint": manifest.fingerprint.digest(),
            "model_sha256": manifest.decision.model_sha256(),
        },
    })
}

/// Checks that the key signed a statement about exactly this evidence.
fn check_envelope(envelope: &[u8], evidence: &[u8], key: &PublicKey) -> Result<(), SignatureError> {
    let envelope = Envelope::read(envelope)?;
    envelope.check(key)?;
    let form = |error| SignatureError::Form("statement", error);
    let stated: Value = serde_json::from_slice(&envelope.payload()?).map_err(form)?;
    let manifest: Manifest = serde_json::from_slice(evidence).map_err(form)?;
    if stated == evidence_statement(&manifest, evidence) {
        return Ok(());
    }
    Err(SignatureError::OtherStatement)
}

/// The key that a policy trusts, if it trusts one.
///
/// # Errors
/// [`PackageError::Untrusted`] if `[trust]` holds no key.
pub fn trusted_key(policy: &Policy) -> Result<Option<PublicKey>, PackageError> {
    let key = policy.trust.as_ref().map(|trust| PublicKey::parse(&trust.public_key));
    key.transpose().map_err(|error| PackageError::Untrusted(SIGNED_EVIDENCE.to_owned(), error))
}

impl Package {
    /// Checks that the key that the policy trusts signed the evidence in the store of `root`. A policy that trusts no
    /// key asks for nothing.
    ///
    /// # Errors
    /// [`PackageError::Untrusted`].
    pub fn check_trust(&self, root: &Path) -> Result<(), PackageError> {
        let Some(key) = trusted_key(&self.policy()?)? else { return Ok(()) };
        let path = Store::in_root(root).path(SIGNED_EVIDENCE);
        let files = self.all_files()?;
        let evidence = files.get(EVIDENCE).map(Vec::as_slice).unwrap_or_default();
        let refused = |error| PackageError::Untrusted(path.display().to_string(), error);
        if !path.exists() {
            return Err(refused(SignatureError::Unsigned));
        }
        let envelope = files::read(&path)?;
        check_envelope(&envelope, evidence, &key).map_err(refused)
    }

    /// Reads and checks the package in `folder`, as [`read`](Self::read) does. The key must have signed its evidence;
    /// without a key, the one that its own policy trusts.
    ///
    /// # Errors
    /// [`PackageError::Untrusted`], and whatever [`read`](Self::read) finds.
    pub fn read_trusted(folder: &Path, today: Date, key: Option<&PublicKey>) -> Result<Self, PackageError> {
        let files = read_folder(folder)?;
        let envelope = files.get(SIGNED_EVIDENCE).cloned();
        let evidence = files.get(EVIDENCE).cloned().unwrap_or_default();
        let package = Self::check(files, today)?;
        let own = trusted_key(&package.policy()?)?;
        let Some(key) = key.or(own.as_ref()) else { return Ok(package) };
        let refused = |error| PackageError::Untrusted(folder.join(SIGNED_EVIDENCE).display().to_string(), error);
        let envelope = envelope.ok_or(SignatureError::Unsigned).map_err(refused)?;
        check_envelope(&envelope, &evidence, key).map_err(refused)?;
        Ok(package)
    }
}
