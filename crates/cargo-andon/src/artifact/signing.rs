//! Signatures: ECDSA over P-256, in DSSE envelopes, as in-toto's and OpenSSF's tools check them.
//!
//! Signing is deterministic (RFC 6979), so that the same package has the same signature.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use andon_evidence::files::{self, FileError, sha256_hex};
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
pub(crate) struct Key(SigningKey);

/// Makes a key pair: `path`, readable by its owner only, and `path` with `.pub` added.
///
/// # Errors
/// When a file is already there, lies in a repository, or cannot be written.
pub(crate) fn keygen(path: &Path) -> Result<PathBuf> {
    ensure_outside(path)?;
    let beside = PathBuf::from(format!("{}.pub", path.display()));
    if let Some(taken) = [path, &beside].into_iter().find(|path| path.symlink_metadata().is_ok()) {
        bail!("{} is there already: a key is not overwritten", taken.display());
    }
    let mut seed = [0; 32];
    let key = loop {
        getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("the system has no randomness: {error}"))?;
        // All but a vanishing part of the numbers are keys.
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

/// A private key in a repository is a private key no more: what lies in one gets committed.
fn ensure_outside(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(FileError::io("find", folder))?;
    let is_repository = |folder: &&Path| crate::root::is_root(folder) || folder.join(".git").exists();
    match folder.ancestors().find(is_repository) {
        Some(repository) => bail!(
            "{} lies in the repository {}, where keys get committed\nnext: cargo andon keygen with a path outside it",
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

impl Key {
    /// Reads a private key that nobody else can read and that is in no repository.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        // A link would lead anywhere.
        let path = &path.canonicalize().map_err(FileError::io("read", path))?;
        ensure_outside(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path).map_err(FileError::io("read", path))?.permissions().mode();
            ensure!(
                mode & 0o077 == 0,
                "{0} can be read by others (mode {1:o})\nnext: chmod 600 {0}",
                path.display(),
                mode & 0o777
            );
        }
        let pem = String::from_utf8(files::read(path)?).unwrap_or_default();
        let key = SigningKey::from_pkcs8_pem(&pem);
        let next = "cargo andon keygen makes one";
        Ok(Self(
            key.map_err(|_| {
                anyhow::anyhow!("{} is no P-256 private key in PKCS #8 PEM\nnext: {next}", path.display())
            })?,
        ))
    }

    fn hint(&self) -> Result<String> {
        hint(self.0.verifying_key())
    }

    fn sign(&self, payload: &[u8]) -> String {
        let signature: DerSignature = self.0.sign(&to_be_signed(payload));
        BASE64.encode(signature.as_bytes())
    }
}

/// The name of a key: the digest of its PEM text.
fn hint(key: &VerifyingKey) -> Result<String> {
    Ok(sha256_hex(public_pem(key)?.as_bytes()))
}

/// DSSE's pre-authentication encoding.
fn to_be_signed(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {STATEMENT_TYPE} {} ", STATEMENT_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// A statement in an envelope; without a key the list of signatures is empty, which no verifier accepts.
pub(crate) fn envelope(statement: &[u8], key: Option<&Key>) -> Result<Value> {
    let signature = |key: &Key| -> Result<Value> { Ok(json!({ "keyid": key.hint()?, "sig": key.sign(statement) })) };
    let signatures = key.map(signature).transpose()?;
    Ok(json!({
        "payload": BASE64.encode(statement),
        "payloadType": STATEMENT_TYPE,
        "signatures": signatures.into_iter().collect::<Vec<_>>(),
    }))
}

/// OpenSSF's signature of a model folder: a bundle over the digest of every file in it.
pub(crate) fn folder_signature(name: &str, digests: &BTreeMap<String, String>, key: &Key) -> Result<Value> {
    let statement = serde_json::to_vec(&folder_statement(name, digests)?)?;
    let mut envelope = envelope(&statement, Some(key))?;
    envelope["signatures"][0]["keyid"] = json!("");
    Ok(json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": key.hint()? }, "tlogEntries": [] },
        "dsseEnvelope": envelope,
    }))
}

/// What the signature of a folder states: the digest of every file in it, and one over all of them.
pub(crate) fn folder_statement(name: &str, digests: &BTreeMap<String, String>) -> Result<Value> {
    let raw: Vec<Vec<u8>> = digests.values().map(|digest| raw_digest(digest)).collect::<Result<_>>()?;
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

fn raw_digest(hex: &str) -> Result<Vec<u8>> {
    let byte = |pair: &[u8]| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
    hex.as_bytes().chunks(2).map(byte).collect()
}

/// A DSSE envelope as read.
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
    /// Names a key, and proves nothing.
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
        let envelope: Self = serde_json::from_slice(json).context("it is no DSSE envelope")?;
        envelope.typed()
    }

    fn typed(self) -> Result<Self> {
        ensure!(self.payload_type == STATEMENT_TYPE, "its payload is of type {:?}", self.payload_type);
        Ok(self)
    }

    /// The envelope inside a folder's signature.
    pub(crate) fn of_bundle(json: &[u8]) -> Result<Self> {
        let bundle: Bundle = serde_json::from_slice(json).context("it is no Sigstore bundle")?;
        bundle.dsse_envelope.typed()
    }

    /// Whether anybody signed it.
    pub(crate) fn is_signed(&self) -> bool {
        !self.signatures.is_empty()
    }

    /// What is in it.
    pub(crate) fn payload(&self) -> Result<Vec<u8>> {
        BASE64.decode(&self.payload).context("its payload is no base64")
    }

    /// Checks that the holder of `key`'s other half signed it.
    pub(crate) fn check(&self, key: &PublicKey) -> Result<()> {
        let signed = to_be_signed(&self.payload()?);
        let is_good = |signature: &Signature| {
            let bytes = BASE64.decode(&signature.sig).unwrap_or_default();
            DerSignature::try_from(bytes.as_slice()).is_ok_and(|signature| key.0.verify(&signed, &signature).is_ok())
        };
        if !self.is_signed() {
            bail!("it is not signed");
        }
        ensure!(self.signatures.iter().any(is_good), "its signature is not of this key");
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
        Ok(Self(key.map_err(|_| anyhow::anyhow!("it is no P-256 public key in PEM"))?))
    }
}
