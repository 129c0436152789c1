//! Keys, and the signatures that they make: ECDSA over P-256 in DSSE envelopes, which the tools of in-toto and OpenSSF
//! verify. `andon_evidence::signature` checks them.
//!
//! Signing is deterministic (RFC 6979): the same package has the same signature.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use andon_evidence::files::{self, FileError, sha256_hex};
use andon_evidence::messages::shell_word;
use andon_evidence::signature::{STATEMENT_TYPE, pre_authentication_encoding};
use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use serde_json::{Value, json};

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
