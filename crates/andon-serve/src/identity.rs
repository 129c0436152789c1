//! The description that an artifact carries of itself: name, version, fingerprint, model card and evidence.

use andon::evidence::files::sha256_hex;
use andon::evidence::layout::{CARD, EVIDENCE, MODEL};
use andon::evidence::package::{Package, PackageError};

/// The description that an artifact carries of itself.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Name of the release; the model's name in the Open Inference Protocol.
    pub name: String,
    /// Version of the release.
    pub model_version: String,
    /// Digest of every input that could change the decision to release it.
    pub fingerprint: String,
    /// Digest of the model, of its bytes and not of what the artifact says about itself.
    pub model_sha256: String,
    /// The model card, in Markdown.
    pub card: String,
    /// The evidence, as JSON text.
    pub evidence: String,
}

impl Identity {
    /// Reads the description from a checked package.
    ///
    /// # Errors
    /// [`PackageError`] if its card or evidence is not UTF-8.
    pub fn from_package(package: &Package) -> Result<Self, PackageError> {
        let mut files = package.all_files()?;
        let mut text = |name: &str| {
            let text = String::from_utf8(files.remove(name).unwrap_or_default());
            text.map_err(|error| PackageError::Inconsistent(format!("{name}: {error}")))
        };
        Ok(Self {
            name: package.manifest.name.clone(),
            model_version: package.manifest.version.clone(),
            fingerprint: package.manifest.fingerprint.digest().to_owned(),
            model_sha256: package.files.get(MODEL).map(|model| sha256_hex(model)).unwrap_or_default(),
            card: text(CARD)?,
            evidence: text(EVIDENCE)?,
        })
    }
}
