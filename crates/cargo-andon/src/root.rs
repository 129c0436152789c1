//! The root of the release: the folder that holds its policy and its manifest.

use std::path::{Path, PathBuf};

use andon_evidence::files::FileError;
use andon_evidence::layout::{CARGO_MANIFEST, POLICY};
use anyhow::{Context, Result};

/// The root nearest to the current folder, going upwards.
///
/// # Errors
/// If neither the current folder nor one above it is a root.
pub(crate) fn find_root() -> Result<PathBuf> {
    let here = std::env::current_dir().map_err(FileError::io("find", Path::new(".")))?;
    let root = here.ancestors().find(|folder| is_root(folder));
    let root = root
        .with_context(|| format!("found no {} beside a {CARGO_MANIFEST} in {} or above it", POLICY, here.display()))?;
    Ok(root.to_owned())
}

/// True for a folder with both a policy and a manifest. Other tools also keep a `release.toml`, in folders that are no
/// package.
pub(crate) fn is_root(folder: &Path) -> bool {
    [POLICY, CARGO_MANIFEST].iter().all(|file| folder.join(file).is_file())
}
