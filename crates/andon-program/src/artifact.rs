//! The released model: inside the program if it was built with the `deploy` feature, or in a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use andon::evidence::evidence::today;
use andon::evidence::files::sha256_hex;
use andon::evidence::layout::{CONTRACT, POLICY};
use andon::evidence::package::{Package, PackageError, trusted_key};
use andon::evidence::signature::PublicKey;
use andon::release::unpack;
use andon::{Decider, Record};
use andon_serve::Identity;
use anyhow::Context;

use crate::program::Packaged;

/// Error: this build contains no released model.
#[derive(Debug)]
pub(crate) struct Unreleased;

impl std::fmt::Display for Unreleased {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this build contains no released model\nnext: cargo andon release")
    }
}

impl std::error::Error for Unreleased {}

/// The place of the released model.
#[derive(clap::Args)]
pub(crate) struct Source {
    /// Use the artifact in this folder (as `cargo andon release` writes it under dist/) instead of the model inside
    /// this program, after the same checks; on SIGHUP `serve` reads the folder again (hot reload)
    #[arg(long, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// Take the artifact in the folder only if the private key of this one signed its evidence, at the start and on
    /// each SIGHUP. Without it: the key that the model inside this program trusts ([trust] in release.toml)
    #[arg(long, value_name = "FILE", requires = "model")]
    public_key: Option<PathBuf>,
}

impl Source {
    /// Loads the artifact of a command that loads it once.
    ///
    /// # Errors
    /// As [`load`].
    pub(crate) fn load<R: Record>(&self, packaged: Option<Packaged>) -> anyhow::Result<Artifact<R>> {
        load(packaged, self.model.as_deref(), self.demanded_key(packaged)?.as_ref())
    }

    /// The key that must have signed an artifact in a folder: the one in the file, or the one that the model inside
    /// this program trusts. It counts also after a waiver of that model has expired, since that model does not decide.
    ///
    /// # Errors
    /// If the file holds no key, or the model inside this program fails a check that does not depend on the day.
    pub(crate) fn demanded_key(&self, packaged: Option<Packaged>) -> anyhow::Result<Option<PublicKey>> {
        match (&self.public_key, packaged.filter(|_| self.model.is_some())) {
            (Some(file), _) => Ok(Some(PublicKey::read(file).with_context(|| file.display().to_string())?)),
            (None, Some(packaged)) => {
                let package = Package::check_apart_from_dates(files(packaged))?;
                Ok(trusted_key(&package.policy()?)?)
            }
            (None, None) => Ok(None),
        }
    }
}

/// A released model whose package passed every check.
pub(crate) struct Artifact<R> {
    /// The decider, which answers records.
    pub(crate) decider: Decider<R>,
    /// The identity that the program shows: card, evidence, digests.
    pub(crate) identity: Identity,
    /// SHA-256 of its policy.
    pub(crate) policy_sha256: String,
    /// SHA-256 of its contract.
    pub(crate) contract_sha256: String,
}

/// The package inside the program, checked.
fn checked(packaged: Option<Packaged>) -> Option<Result<Package, PackageError>> {
    Some(Package::check(files(packaged?), today()))
}

fn files(packaged: Packaged) -> BTreeMap<String, Vec<u8>> {
    // An empty file stands for one that this package does not have.
    let present = packaged.iter().filter(|(_, bytes)| !bytes.is_empty());
    present.map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
}

/// Reads the package from the folder, or the one inside the program, and checks every digest and the decision again.
/// The key must have signed a package in a folder; without a key, the one that the policy of the package trusts.
///
/// # Errors
/// [`Unreleased`] if there is no package; otherwise the error names the first check that failed.
pub(crate) fn load<R: Record>(
    packaged: Option<Packaged>,
    folder: Option<&Path>,
    key: Option<&PublicKey>,
) -> anyhow::Result<Artifact<R>> {
    let package = match folder {
        Some(folder) => Package::read_trusted(folder, today(), key)?,
        None => checked(packaged).ok_or(Unreleased)??,
    };
    let [policy_sha256, contract_sha256] =
        [POLICY, CONTRACT].map(|name| package.files.get(name).map(|bytes| sha256_hex(bytes)).unwrap_or_default());
    let identity = Identity::from_package(&package)?;
    Ok(Artifact { decider: unpack::decider(&package)?, identity, policy_sha256, contract_sha256 })
}
