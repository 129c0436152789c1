//! The released model: inside the program if it was built with the `deploy` feature, or in a folder.

use std::path::Path;

use andon::Decider;
use andon::evidence::evidence::today;
use andon::evidence::package::Package;
use andon::release::unpack;
use andon_serve::Identity;

use crate::application::LoanApplication;

/// Error: this build contains no released model.
#[derive(Debug)]
pub(crate) struct Unreleased;

impl std::fmt::Display for Unreleased {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this build contains no released model\nnext: cargo andon release")
    }
}

impl std::error::Error for Unreleased {}

/// A released model whose package passed every check.
pub(crate) struct Artifact {
    /// The decider, which answers records.
    pub(crate) decider: Decider<LoanApplication>,
    /// The identity that the program shows: card, evidence, digests.
    pub(crate) identity: Identity,
}

/// The files of the package, which the build script put into the program.
#[cfg(feature = "deploy")]
fn embedded() -> Option<[(&'static str, &'static [u8]); 7]> {
    macro_rules! packaged {
        ($name:literal) => {
            ($name, include_bytes!(concat!(env!("OUT_DIR"), "/", $name)))
        };
    }
    Some([
        packaged!("MODEL_CARD.md"),
        packaged!("contract.schema.json"),
        packaged!("evidence.json"),
        packaged!("figures.json"),
        packaged!("model.json"),
        packaged!("model.onnx"),
        packaged!("release.toml"),
    ])
}

#[cfg(not(feature = "deploy"))]
fn embedded() -> Option<[(&'static str, &'static [u8]); 7]> {
    None
}

/// Reads the package from the folder, or from the program, and checks every digest and the decision again.
///
/// # Errors
/// [`Unreleased`] if there is no package; otherwise the error names the first check that failed.
pub(crate) fn load(folder: Option<&Path>) -> anyhow::Result<Artifact> {
    let package = match folder {
        Some(folder) => Package::read(folder, today())?,
        None => {
            let files = embedded().ok_or(Unreleased)?;
            Package::check(files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect(), today())?
        }
    };
    Ok(Artifact { decider: unpack::decider(&package)?, identity: Identity::from_package(&package)? })
}
