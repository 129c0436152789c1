//! Signatures that are checked here and made by `cargo andon`: ECDSA over P-256 in DSSE envelopes, which the tools of
//! in-toto and OpenSSF verify.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{DerSignature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use serde::Deserialize;

use crate::files::{self, FileError};

/// The media type of a statement in an envelope.
pub const STATEMENT_TYPE: &str = "application/vnd.in-toto+json";

/// A signature that does not count.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The key file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A text is no public key.
    #[error("not a P-256 public key in PEM")]
    NotAKey,
    /// A file is no envelope.
    #[error("not a {0}: {1}")]
    Form(&'static str, serde_json::Error),
    /// An envelope holds something else than a statement.
    #[error("the payload has the type {0:?}")]
    Type(String),
    /// The payload cannot be read.
    #[error("the payload is not base64")]
    NotBase64,
    /// An envelope has no signature.
    #[error("not signed")]
    Unsigned,
    /// No signature is from the key.
    #[error("the signature is from another key")]
    AnotherKey,
    /// The statement is about something else.
    #[error("the signature is about other evidence")]
    OtherStatement,
}

/// A public key.
#[derive(Debug, Clone)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a public key in PEM from a file.
    ///
    /// # Errors
    /// [`SignatureError`] if the file cannot be read or holds no key.
    pub fn read(path: &Path) -> Result<Self, SignatureError> {
        Self::parse(&String::from_utf8(files::read(path)?).unwrap_or_default())
    }

    /// Reads PEM.
    ///
    /// # Errors
    /// [`SignatureError::NotAKey`].
    pub fn parse(pem: &str) -> Result<Self, SignatureError> {
        VerifyingKey::from_public_key_pem(pem.trim()).map(Self).map_err(|_| SignatureError::NotAKey)
    }
}

/// The bytes that DSSE signs: its pre-authentication encoding.
#[must_use]
pub fn pre_authentication_encoding(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {STATEMENT_TYPE} {} ", STATEMENT_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// A DSSE envelope that was read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Debug, Deserialize)]
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
    ///
    /// # Errors
    /// [`SignatureError`] if it is none, or holds no statement.
    pub fn read(json: &[u8]) -> Result<Self, SignatureError> {
        let envelope: Result<Self, _> = serde_json::from_slice(json);
        envelope.map_err(|error| SignatureError::Form("DSSE envelope", error))?.check_type()
    }

    fn check_type(self) -> Result<Self, SignatureError> {
        if self.payload_type == STATEMENT_TYPE { Ok(self) } else { Err(SignatureError::Type(self.payload_type)) }
    }

    /// Reads the envelope in the signature of a folder.
    ///
    /// # Errors
    /// [`SignatureError`] if there is none, or if it holds no statement.
    pub fn from_bundle(json: &[u8]) -> Result<Self, SignatureError> {
        let bundle: Result<Bundle, _> = serde_json::from_slice(json);
        bundle.map_err(|error| SignatureError::Form("Sigstore bundle", error))?.dsse_envelope.check_type()
    }

    /// True if the envelope holds a signature.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        !self.signatures.is_empty()
    }

    /// The statement in the envelope.
    ///
    /// # Errors
    /// [`SignatureError::NotBase64`].
    pub fn payload(&self) -> Result<Vec<u8>, SignatureError> {
        BASE64.decode(&self.payload).map_err(|_| SignatureError::NotBase64)
    }

    /// Checks that the private key of `key` signed the envelope.
    ///
    /// # Errors
    /// [`SignatureError::Unsigned`] or [`SignatureError::AnotherKey`].
    pub fn check(&self, key: &PublicKey) -> Result<(), SignatureError> {
        let signed = pre_authentication_encoding(&self.payload()?);
        let is_good = |signature: &Signature| {
            let bytes = BASE64.decode(&signature.sig).unwrap_or_default();
            DerSignature::try_from(bytes.as_slice()).is_ok_and(|signature| key.0.verify(&signed, &signature).is_ok())
        };
        match self.signatures.as_slice() {
            [] => Err(SignatureError::Unsigned),
            signatures if signatures.iter().any(is_good) => Ok(()),
            _ => Err(SignatureError::AnotherKey),
        }
    }
}
