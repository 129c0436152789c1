//! `Cargo.lock`: the packages that the program was built from, each with its source.

use anyhow::{Context, Result};
use cargo_lock::package::SourceKind;
use cargo_lock::{Dependency, Lockfile, Package};

/// The packages of a lock file.
#[derive(Debug)]
pub(super) struct LockedPackages(Vec<Package>);

impl LockedPackages {
    /// Reads the text of a lock file.
    ///
    /// # Errors
    /// If the text is no lock file.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let lock: Lockfile = text.parse().context("Cargo.lock cannot be read")?;
        Ok(Self(lock.packages))
    }

    /// The release's own package with this name and all that it needs, also for its build and its tests, in the order
    /// of the file.
    pub(super) fn needed_by(&self, program: &str) -> Vec<&Package> {
        let mut open: Vec<&Package> = self.0.iter().filter(|package| is_program(package, program)).collect();
        let mut seen: Vec<&Package> = Vec::new();
        while let Some(package) = open.pop() {
            if !seen.contains(&package) {
                seen.push(package);
                open.extend(self.needs_of(package));
            }
        }
        let mut needed: Vec<&Package> = self.0.iter().filter(|package| seen.contains(package)).collect();
        // Two branches of one repository may be at one commit, which is one package.
        needed.dedup_by_key(|package| purl(package));
        needed
    }

    /// The packages that a package depends on directly.
    pub(super) fn needs_of<'a>(&'a self, package: &'a Package) -> impl Iterator<Item = &'a Package> {
        package.dependencies.iter().filter_map(|dependency| self.find(dependency))
    }

    /// The package that a dependency names. Sources of one git repository count as equal unless both name a commit, so
    /// the branch, tag or revision decides between them.
    fn find(&self, dependency: &Dependency) -> Option<&Package> {
        let reference = dependency.source.as_ref().and_then(|source| source.git_reference());
        let mut found =
            self.0.iter().filter(|package| dependency.matches(package) && dependency.source == package.source);
        let first = found.clone().next();
        found.find(|package| package.source.as_ref().and_then(|source| source.git_reference()) == reference).or(first)
    }
}

/// True for the release's own package with this name. Its own crates have no source in a lock file.
pub(super) fn is_program(package: &Package, name: &str) -> bool {
    package.name.as_str() == name && package.source.is_none()
}

/// The package URL, which names a package in a bill of materials. Packages that are not from crates.io say where they
/// are from, so that packages of one name and version from two sources have two URLs.
pub(super) fn purl(package: &Package) -> String {
    let version = escaped(&package.version.to_string());
    let plain = format!("pkg:cargo/{}@{version}", package.name);
    let Some(source) = &package.source else { return format!("{plain}?download_url=file://.") };
    if source.is_default_registry() {
        return plain;
    }
    match source.kind() {
        SourceKind::Git(_) => {
            let commit = source.precise().unwrap_or_default();
            format!("{plain}?vcs_url={}", escaped(&format!("git+{}@{commit}", source.url())))
        }
        _ => format!("{plain}?repository_url={}", escaped(source.url().as_str())),
    }
}

/// Text in which the characters that separate the parts of a package URL are percent-encoded.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, char| {
        match char {
            '+' | '@' | '?' | '#' | '&' | '=' | '%' | ' ' => escaped += &format!("%{:02X}", u32::from(char)),
            _ => escaped.push(char),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_SOURCES: &str = r#"version = 4

[[package]]
name = "one"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0000000000000000000000000000000000000000000000000000000000000001"
dependencies = ["twin 0.1.0+b (registry+https://github.com/rust-lang/crates.io-index)"]

[[package]]
name = "small"
version = "1.2.3"
dependencies = [
 "one",
 "twin 0.1.0+b (git+https://example.org/twin?branch=a)",
 "twin 0.1.0+b (git+https://example.org/twin?branch=c)",
]

[[package]]
name = "twin"
version = "0.1.0+b"
source = "git+https://example.org/twin?branch=a#aaaa"

[[package]]
name = "twin"
version = "0.1.0+b"
source = "git+https://example.org/twin?branch=c#cccc"

[[package]]
name = "twin"
version = "0.1.0+b"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0000000000000000000000000000000000000000000000000000000000000002"

[[package]]
name = "unneeded"
version = "1.0.0"
source = "sparse+https://example.org/index/"
"#;

    #[test]
    fn one_version_from_several_sources_is_several_packages() {
        let locked = LockedPackages::parse(TWO_SOURCES).unwrap();
        let urls: Vec<String> = locked.needed_by("small").into_iter().map(purl).collect();
        assert_eq!(
            urls,
            [
                "pkg:cargo/one@1.0.0",
                "pkg:cargo/small@1.2.3?download_url=file://.",
                "pkg:cargo/twin@0.1.0%2Bb?vcs_url=git%2Bhttps://example.org/twin%40aaaa",
                "pkg:cargo/twin@0.1.0%2Bb?vcs_url=git%2Bhttps://example.org/twin%40cccc",
                "pkg:cargo/twin@0.1.0%2Bb",
            ]
        );
        let needs = |name: &str| {
            let package = locked.0.iter().find(|package| package.name.as_str() == name).unwrap();
            locked.needs_of(package).map(purl).collect::<Vec<_>>()
        };
        assert_eq!(needs("small"), [&urls[0..1], &urls[2..4]].concat());
        assert_eq!(needs("one"), urls[4..]);
        assert_eq!(purl(&locked.0[5]), "pkg:cargo/unneeded@1.0.0?repository_url=https://example.org/index/");
    }

    #[test]
    fn what_is_no_lock_file_is_an_error() {
        assert!(LockedPackages::parse("[[package]]\nname = 1\n").is_err());
    }
}
