//! The signed statement about the evidence: the one thing that a forger without a key cannot write.
//!
//! Evidence and digests follow from each other, so whoever can write files can write them all anew. The statement binds
//! the digest of `evidence.json`, which in turn binds policy, model, card, contract and fingerprint. A trusted machine
//! signs it before its program is built; an import brings it from there.

use serde_json::{Value, json};

use super::manifest::{Manifest, PackageError};
use crate::files::sha256_hex;
use crate::layout::{EVIDENCE, POLICY};
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
///
/// # Errors
/// [`SignatureError`].
pub(super) fn check_envelope(envelope: &[u8], evidence: &[u8], key: &PublicKey) -> Result<(), SignatureError> {
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
/// [`PackageError::Inconsistent`] if `[trust]` holds no key.
pub fn trusted_key(policy: &Policy) -> Result<Option<PublicKey>, PackageError> {
    let key = policy.trust.as_ref().map(|trust| PublicKey::parse(&trust.public_key));
    key.transpose().map_err(|error| {
        let problem = format!(
            "{POLICY}: trust.public_key: {error}\nnext: put the text of a .pub file of cargo andon keygen there"
        );
        PackageError::Inconsistent(problem)
    })
}
