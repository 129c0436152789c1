//! `Cargo.lock`: the packages that the program was built from.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde::Deserialize;

/// One package of the lock file.
#[derive(Debug, Deserialize)]
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) version: String,
    /// SHA-256 of the package in its registry; absent for the release's own crates.
    pub(super) checksum: Option<String>,
    /// Where it comes from; absent for the release's own crates.
    pub(super) source: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

/// The package with this name and all that it needs, for its build and its tests too, in the order of the file.
pub(super) fn needed<'a>(all: &'a [Locked], root: &str) -> Vec<&'a Locked> {
    let mut open: Vec<&Locked> =
        all.iter().filter(|package| package.name == root && package.source.is_none()).collect();
    let mut seen: BTreeSet<(&str, &str, Option<&str>)> = BTreeSet::new();
    while let Some(package) = open.pop() {
        if seen.insert(package.key()) {
            open.extend(package.needs(all));
        }
    }
    all.iter().filter(|package| seen.contains(&package.key())).collect()
}

/// The packages, in the order of the file.
pub(super) fn packages(text: &str) -> Result<Vec<Locked>> {
    let lock: Lock = toml::from_str(text).context("Cargo.lock cannot be read")?;
    Ok(lock.package)
}

impl Locked {
    fn key(&self) -> (&str, &str, Option<&str>) {
        (&self.name, &self.version, self.source.as_deref())
    }

    /// The package URL, which names it in a bill of materials; a plus sign has a meaning of its own there.
    pub(super) fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version.replace('+', "%2B"))
    }

    /// The packages of `all` that it depends on. The lock file adds the version only where the name alone is not clear.
    pub(super) fn needs<'a>(&'a self, all: &'a [Self]) -> impl Iterator<Item = &'a Self> {
        self.dependencies.iter().filter_map(|needed| {
            let mut words = needed.split(' ');
            let (name, version) = (words.next()?, words.next());
            all.iter().find(|one| one.name == name && version.is_none_or(|version| one.version == version))
        })
    }
}
