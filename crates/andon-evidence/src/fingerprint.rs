//! SHA-256 over every input that can change the decision. Change a byte and the old evidence is void.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{self, FileError, sha256_hex};
use crate::layout::{self, CARGO_LOCK, CARGO_MANIFEST};
use crate::policy::{Drift, Policy};

/// The inputs in a release's own package; data and path crates are added by name.
const RELEASE_INPUTS: [&str; 15] = [
    layout::POLICY,
    CARGO_MANIFEST,
    CARGO_LOCK,
    ".cargo/config",
    ".cargo/config.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "build.rs",
    "src",
    "tests",
    "benches",
    "templates",
    "snapshots",
    layout::PREVIOUS_RELEASE,
    ".config/nextest.toml",
];

/// Folders of a path crate that are not compiled into it.
const NOT_COMPILED: [&str; 5] = ["target", "tests", "benches", "examples", "fuzz"];

/// The deepest folder that is read; anything deeper is taken for a loop of links.
const MAX_DEPTH: usize = 32;

/// The compiler and the target that the evidence was earned with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// The output of `rustc -vV`.
    pub compiler: String,
    /// The target triple.
    pub target: String,
}

impl Toolchain {
    /// The toolchain that this code itself was built with.
    #[must_use]
    pub fn current() -> Self {
        Self { compiler: env!("ANDON_COMPILER").to_owned(), target: env!("ANDON_TARGET").to_owned() }
    }
}

/// The fingerprint could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum FingerprintError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A manifest is not TOML.
    #[error("failed to read path dependencies from {path}: {source}", path = .path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// The parser's message.
        source: Box<toml::de::Error>,
    },
    /// A required input is missing.
    #[error("failed to take the fingerprint: {0}")]
    Missing(String),
}

/// The digest over all inputs, and of each one, so that a difference can be named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    digest: String,
    inputs: BTreeMap<String, String>,
}

impl Fingerprint {
    /// Reads every input of the release in `root`.
    ///
    /// # Errors
    /// [`FingerprintError`] when an input cannot be read, or policy, data, manifest or lock file is absent.
    pub fn take(root: &Path, policy: &Policy, toolchain: &Toolchain) -> Result<Self, FingerprintError> {
        if toolchain.compiler.is_empty() || toolchain.target.is_empty() {
            return Err(FingerprintError::Missing("the version of the compiler is not known".to_owned()));
        }
        let mut inputs = BTreeMap::new();
        inputs.insert("(compiler)".to_owned(), sha256_hex(toolchain.compiler.as_bytes()));
        inputs.insert("(target)".to_owned(), sha256_hex(toolchain.target.as_bytes()));
        for input in input_paths(root, policy)? {
            read_input(root, &input, 0, &mut inputs)?;
        }
        for needed in [layout::POLICY, CARGO_MANIFEST, CARGO_LOCK, &slashed(&policy.data.file)] {
            if !inputs.contains_key(needed) {
                return Err(FingerprintError::Missing(format!("{needed} is missing")));
            }
        }
        Ok(Self { digest: digest_of(&inputs), inputs })
    }

    /// True if the digest is that of the inputs; for a fingerprint that was read from a file.
    #[must_use]
    pub fn holds_together(&self) -> bool {
        self.digest == digest_of(&self.inputs)
    }

    /// The digest over all inputs, lower-case hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The digest of one input by its path from the root, with `/`.
    #[must_use]
    pub fn input(&self, path: &Path) -> Option<&str> {
        self.inputs.get(&slashed(path)).map(String::as_str)
    }
}

impl Fingerprint {
    /// The inputs in which this fingerprint differs from an earlier one, by path.
    #[must_use]
    pub fn changed_since<'a>(&'a self, earlier: &'a Self) -> Vec<&'a str> {
        let paths: BTreeSet<&String> = self.inputs.keys().chain(earlier.inputs.keys()).collect();
        let differs = |path: &&String| self.inputs.get(*path) != earlier.inputs.get(*path);
        paths.into_iter().filter(differs).map(String::as_str).collect()
    }
}

fn digest_of(inputs: &BTreeMap<String, String>) -> String {
    let lines: String = inputs.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect();
    sha256_hex(lines.as_bytes())
}

/// Every path whose content is part of the fingerprint; some may not exist. A build script watches them.
///
/// # Errors
/// [`FingerprintError`] when a manifest cannot be read.
pub fn input_paths(root: &Path, policy: &Policy) -> Result<Vec<PathBuf>, FingerprintError> {
    let mut paths: Vec<PathBuf> = RELEASE_INPUTS.iter().map(PathBuf::from).collect();
    paths.push(policy.data.file.clone());
    if let Some(Drift::Reference(file)) = &policy.drift {
        paths.push(file.clone());
    }
    let mut crates = BTreeSet::new();
    let mut files = BTreeSet::new();
    follow_paths(root, Path::new(""), &mut crates, &mut files)?;
    paths.extend(files);
    for folder in crates {
        for entry in list(&root.join(&folder))? {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !NOT_COMPILED.contains(&name.as_str()) && !name.starts_with('.') {
                paths.push(folder.join(name));
            }
        }
    }
    Ok(paths)
}

/// Collects what the manifest in `folder` names by path: the folders of path dependencies, and theirs, into `crates`;
/// single files, such as the root of a target in an unusual place, into `files`.
fn follow_paths(
    root: &Path,
    folder: &Path,
    crates: &mut BTreeSet<PathBuf>,
    files: &mut BTreeSet<PathBuf>,
) -> Result<(), FingerprintError> {
    let path = root.join(folder).join(CARGO_MANIFEST);
    let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
    let manifest: toml::Table =
        toml::from_str(&text).map_err(|source| FingerprintError::Manifest { path, source: Box::new(source) })?;
    let mut named = Vec::new();
    collect_paths(&toml::Value::Table(manifest), &mut named);
    for relative in named {
        let named = normalised(&folder.join(relative));
        if root.join(&named).join(CARGO_MANIFEST).is_file() {
            if crates.insert(named.clone()) {
                follow_paths(root, &named, crates, files)?;
            }
        } else if root.join(&named).is_file() {
            files.extend(modules_beside(root, &named)?);
        }
    }
    Ok(())
}

/// The places where the modules of a target may be: the folder of its root. The package's own folder holds much else,
/// such as `target/`, so only its Rust files and the folders named after one are taken.
fn modules_beside(root: &Path, target: &Path) -> Result<Vec<PathBuf>, FileError> {
    let folder = target.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() {
        return Ok(vec![folder.to_owned()]);
    }
    let named: Vec<PathBuf> = list(root)?.iter().filter_map(|path| path.file_name()).map(PathBuf::from).collect();
    let is_source = |path: &Path| path.extension().is_some_and(|extension| extension == "rs");
    let is_module = |path: &Path| is_source(path) || root.join(path).join("mod.rs").exists();
    let sources = named.iter().filter(|path| is_module(path) || named.contains(&path.with_extension("rs")));
    Ok(sources.cloned().collect())
}

/// Every `path = "..."` in a manifest, wherever it stands: dependencies of all kinds, targets, patches.
fn collect_paths(value: &toml::Value, found: &mut Vec<String>) {
    match value {
        toml::Value::Array(values) => values.iter().for_each(|value| collect_paths(value, found)),
        toml::Value::Table(table) => {
            for (key, inner) in table {
                match inner {
                    toml::Value::String(path) if key == "path" => found.push(path.clone()),
                    inner => collect_paths(inner, found),
                }
            }
        }
        _ => {}
    }
}

/// Resolves `.` and `..` by name, so that one crate is not read under two paths.
fn normalised(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.iter().collect()
}

fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let failed = || FileError::io("read", folder);
    let entries = fs::read_dir(folder).map_err(failed())?;
    entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(failed())
}

/// True for files that tools leave beside inputs, such as proposals that nobody has accepted yet.
fn is_leftover(name: &str) -> bool {
    name.ends_with(".snap.new") || name.ends_with(".pending-snap") || name == ".DS_Store"
}

fn read_input(
    root: &Path,
    input: &Path,
    depth: usize,
    inputs: &mut BTreeMap<String, String>,
) -> Result<(), FingerprintError> {
    let path = root.join(input);
    if depth > MAX_DEPTH {
        return Err(FingerprintError::Missing(format!(
            "{} is nested too deeply: is there a loop of links?",
            path.display()
        )));
    }
    if path.is_dir() {
        for entry in list(&path)? {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !is_leftover(&name) {
                read_input(root, &input.join(name), depth + 1, inputs)?;
            }
        }
    } else if path.symlink_metadata().is_ok() {
        // A link that leads nowhere is an error, not an absence.
        inputs.insert(slashed(input), sha256_hex(&files::read(&path)?));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release() -> (tempfile::TempDir, Policy) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let write = |path: &str, text: &str| {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        };
        write("release.toml", include_str!("../tests/minimal.toml"));
        write("data/x.csv", "id,size,price,good,group\n");
        write(
            "Cargo.toml",
            "[package]\nname = \"x\"\n[target.'cfg(unix)'.dependencies]\na = { path = \"crates/a\" }\n[[bin]]\npath = \"odd/tool.rs\"\n[[bin]]\npath = \"tool.rs\"\n",
        );
        write("odd/tool.rs", "");
        write("tool.rs", "mod beside;");
        write("helper.rs", "mod inner;");
        write("Cargo.lock", "");
        write("src/lib.rs", "");
        write("tests/gate/main.rs", "");
        write("snapshots/card.snap", "");
        write("crates/a/Cargo.toml", "[dependencies]\nb = { path = \"../b\" }\n");
        write("crates/a/src/lib.rs", "");
        write("crates/b/Cargo.toml", "");
        write("crates/b/src/lib.rs", "");
        write("crates/b/tests/own.rs", "");
        let mut policy = Policy::read(root).unwrap();
        policy.drift = Some(Drift::Reference("data/earlier.csv".into()));
        (folder, policy)
    }

    fn take(root: &Path, policy: &Policy) -> String {
        Fingerprint::take(root, policy, &Toolchain::current()).unwrap().digest().to_owned()
    }

    #[test]
    fn a_changed_byte_in_any_input_changes_it() {
        let (folder, policy) = release();
        let mut seen = BTreeSet::from([take(folder.path(), &policy)]);
        let inputs = [
            "release.toml",
            "data/x.csv",
            "data/earlier.csv",
            "Cargo.toml",
            "Cargo.lock",
            "src/lib.rs",
            "tests/gate/main.rs",
            "snapshots/card.snap",
            "crates/a/src/lib.rs",
            "crates/b/src/lib.rs",
            "build.rs",
            "src/target/mod.rs",
            "src/.hidden.rs",
            "rust-toolchain",
            "odd/tool.rs",
            "odd/beside.rs",
            "tool.rs",
            "beside.rs",
            "helper/inner.rs",
            "released/evidence.json",
            ".cargo/config.toml",
        ];
        for input in inputs {
            let path = folder.path().join(input);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = fs::read_to_string(&path).unwrap_or_default();
            fs::write(&path, format!("{text}#")).unwrap();
            assert!(seen.insert(take(folder.path(), &policy)), "{input} is not in the fingerprint");
        }
        let other = Toolchain { target: "other".to_owned(), ..Toolchain::current() };
        assert!(seen.insert(Fingerprint::take(folder.path(), &policy, &other).unwrap().digest));
    }

    #[test]
    fn leftovers_and_the_harness_s_own_tests_do_not_change_it() {
        let (folder, policy) = release();
        let before = take(folder.path(), &policy);
        let others =
            ["snapshots/card.snap.new", "README.md", "crates/b/tests/own.rs", "crates/b/fuzz/corpus/x", "target/x"];
        for path in others {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "changed").unwrap();
        }
        assert_eq!(take(folder.path(), &policy), before);
    }

    #[test]
    fn a_release_without_data_or_lock_file_has_no_fingerprint() {
        for missing in ["data/x.csv", "Cargo.lock"] {
            let (folder, policy) = release();
            fs::remove_file(folder.path().join(missing)).unwrap();
            let error = Fingerprint::take(folder.path(), &policy, &Toolchain::current()).unwrap_err();
            assert!(error.to_string().contains(missing), "{error}");
        }
    }
}
