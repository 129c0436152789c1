//! Signatures: ECDSA over P-256 in DSSE envelopes, which the tools of in-toto and OpenSSF verify.
//!
//! Signing is deterministic (RFC 6979): the same package has the same signature.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use andon_evidence::files::{self, FileError, sha256_hex};
use andon_evidence::messages::shell_word;
use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use p256::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::forms::STATEMENT_TYPE;

/// A private key.
pub(crate) struct PrivateKey(SigningKey);

/// Makes a key pair: the private key in `path`, which only its owner can read, and the public key in `path` with `.pub`
/// added.
///
/// # Errors
/// If one of the files exists already, would lie in a repository, or cannot be written.
pub(crate) fn keygen(path: &Path) -> Result<PathBuf> {
    ensure_outside(path)?;
    let beside = PathBuf::from(format!("{}.pub", path.display()));
    if let Some(taken) = [path, &beside].into_iter().find(|path| path.symlink_metadata().is_ok()) {
        bail!("{} exists already, and a key is never overwritten", taken.display());
    }
    let mut seed = [0; 32];
    let key = loop {
        getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
        // Nearly every number is a key.
        if let Ok(key) = SigningKey::from_slice(&seed) {
            break key;
        }
    };
    let private = key.to_pkcs8_pem(LineEnding::LF).context("failed to write the key as PEM")?;
    let public = public_pem(key.verifying_key())?;
    create(path, private.as_bytes(), 0o600)?;
    create(&beside, public.as_bytes(), 0o644)?;
    Ok(beside)
}

/// Refuses a path in a repository, since files in a repository get committed.
fn ensure_outside(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(FileError::io("find", folder))?;
    let is_repository = |folder: &&Path| crate::root::is_root(folder) || folder.join(".git").exists();
    match folder.ancestors().find(is_repository) {
        Some(repository) => bail!(
            "{} lies in the repository {}, where it could be committed\nnext: keep the key outside, or make one there: cargo andon keygen",
            path.display(),
            repository.display()
        ),
        None => Ok(()),
    }
}

fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path).map_err(FileError::io("create", path))?;
    Ok(file.write_all(bytes).map_err(FileError::io("write", path))?)
}

fn public_pem(key: &VerifyingKey) -> Result<String> {
    key.to_public_key_pem(LineEnding::LF).context("failed to write the public key as PEM")
}

impl PrivateKey {
    /// Reads a private key. Nobody but its owner may have access to it, and it may not lie in a repository.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        // A symbolic link may lead into a repository.
        let path = &path.canonicalize().map_err(FileError::io("read", path))?;
        ensure_outside(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path).map_err(FileError::io("read", path))?.permissions().mode();
            ensure!(
                mode & 0o077 == 0,
                "other users have access to {} (mode {:o})\nnext: chmod 600 {}",
                path.display(),
                mode & 0o777,
                shell_word(path)
            );
        }
        let pem = String::from_utf8(files::read(path)?).unwrap_or_default();
        let key = SigningKey::from_pkcs8_pem(&pem);
        let next = "cargo andon keygen makes a key";
        Ok(Self(
            key.map_err(|_| {
                anyhow::anyhow!("{} is no P-256 private key in PKCS #8 PEM\nnext: {next}", path.display())
            })?,
        ))
    }

    fn id(&self) -> Result<String> {
        key_id(self.0.verifying_key())
    }

    fn sign(&self, payload: &[u8]) -> String {
        let signature: DerSignature = self.0.sign(&pre_authentication_encoding(payload));
        BASE64.encode(signature.as_bytes())
    }
}

/// The id of a key: the digest of its PEM text.
fn key_id(key: &VerifyingKey) -> Result<String> {
    Ok(sha256_hex(public_pem(key)?.as_bytes()))
}

/// The bytes that DSSE signs: its pre-authentication encoding.
fn pre_authentication_encoding(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {STATEMENT_TYPE} {} ", STATEMENT_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Puts a statement into an envelope. Without a key the list of signatures is empty, which no verifier accepts.
pub(crate) fn envelope(statement: &[u8], key: Option<&PrivateKey>) -> Result<Value> {
    let signature =
        |key: &PrivateKey| -> Result<Value> { Ok(json!({ "keyid": key.id()?, "sig": key.sign(statement) })) };
    let signatures = key.map(signature).transpose()?;
    Ok(json!({
        "payload": BASE64.encode(statement),
        "payloadType": STATEMENT_TYPE,
        "signatures": signatures.into_iter().collect::<Vec<_>>(),
    }))
}

/// The signature of a model folder as OpenSSF defines it: a bundle with the digest of every file.
pub(crate) fn folder_signature(name: &str, digests: &BTreeMap<String, String>, key: &PrivateKey) -> Result<Value> {
    let statement = serde_json::to_vec(&folder_statement(name, digests)?)?;
    let mut envelope = envelope(&statement, Some(key))?;
    envelope["signatures"][0]["keyid"] = json!("");
    Ok(json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": key.id()? }, "tlogEntries": [] },
        "dsseEnvelope": envelope,
    }))
}

/// The statement that is signed for a folder: the digest of every file, and one digest over all of them.
pub(crate) fn folder_statement(name: &str, digests: &BTreeMap<String, String>) -> Result<Value> {
    let raw: Vec<Vec<u8>> = digests.values().map(|digest| digest_bytes(digest)).collect::<Result<_>>()?;
    let resource =
        |(name, digest): (&String, &String)| json!({ "name": name, "digest": digest, "algorithm": "sha256" });
    Ok(json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": name, "digest": { "sha256": sha256_hex(&raw.concat()) } }],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "serialization": { "method": "files", "hash_type": "sha256", "allow_symlinks": false, "ignore_paths": [] },
            "resources": digests.iter().map(resource).collect::<Vec<_>>(),
        },
    }))
}

fn digest_bytes(hex: &str) -> Result<Vec<u8>> {
    let byte = |pair: &[u8]| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
    hex.as_bytes().chunks(2).map(byte).collect()
}

/// A DSSE envelope that was read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    sig: String,
    /// The id of a key, which proves nothing.
    #[serde(rename = "keyid")]
    _keyid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    dsse_envelope: Envelope,
}

impl Envelope {
    /// Reads an envelope.
    pub(crate) fn read(json: &[u8]) -> Result<Self> {
        let envelope: Self = serde_json::from_slice(json).context("not a DSSE envelope")?;
        envelope.check_type()
    }

    fn check_type(self) -> Result<Self> {
        ensure!(self.payload_type == STATEMENT_TYPE, "the payload has the type {:?}", self.payload_type);
        Ok(self)
    }

    /// Reads the envelope in the signature of a folder.
    pub(crate) fn from_bundle(json: &[u8]) -> Result<Self> {
        let bundle: Bundle = serde_json::from_slice(json).context("not a Sigstore bundle")?;
        bundle.dsse_envelope.check_type()
    }

    /// True if the envelope holds a signature.
    pub(crate) fn is_signed(&self) -> bool {
        !self.signatures.is_empty()
    }

    /// The statement in the envelope.
    pub(crate) fn payload(&self) -> Result<Vec<u8>> {
        BASE64.decode(&self.payload).context("the payload is not base64")
    }

    /// Checks that the private key of `key` signed the envelope.
    pub(crate) fn check(&self, key: &PublicKey) -> Result<()> {
        let signed = pre_authentication_encoding(&self.payload()?);
        let is_good = |signature: &Signature| {
            let bytes = BASE64.decode(&signature.sig).unwrap_or_default();
            DerSignature::try_from(bytes.as_slice()).is_ok_and(|signature| key.0.verify(&signed, &signature).is_ok())
        };
        if !self.is_signed() {
            bail!("not signed");
        }
        ensure!(self.signatures.iter().any(is_good), "the signature is from another key");
        Ok(())
    }
}

/// A public key.
pub(crate) struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a public key in PEM.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let pem = String::from_utf8(files::read(path)?).unwrap_or_default();
        Self::parse(&pem).with_context(|| path.display().to_string())
    }

    /// Reads PEM.
    pub(crate) fn parse(pem: &str) -> Result<Self> {
        let key = VerifyingKey::from_public_key_pem(pem.trim());
        Ok(Self(key.map_err(|_| anyhow::anyhow!("not a P-256 public key in PEM"))?))
    }
}
