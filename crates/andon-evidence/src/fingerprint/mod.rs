//! SHA-256 over every input that can change the decision. Change a byte and the old evidence is void.
//!
//! The inputs are known in three ways: by the policy and the names that every release has; by the manifests and the
//! configuration of cargo, which name other crates by path; and by what the compiler and build scripts say they read.

mod build_scripts;
mod cargo_config;
mod commands;
mod compiled;
mod dep_info;
mod error;
mod manifests;
mod paths;
mod profiles;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use self::cargo_config::CargoConfig;
pub use self::cargo_config::cargo_home;
pub use self::commands::command_inputs;
use self::compiled::Compiled;
pub use self::error::FingerprintError;
use self::manifests::follow_paths;
use self::paths::{list, slashed};
use self::settings::VARIABLE;
use crate::files::{self, FileError, sha256_hex};
use crate::layout::{self, CARGO_LOCK, CARGO_MANIFEST};
use crate::policy::{Drift, OutsideScores, Policy};

/// The inputs in a release's own package; data and path crates are added by name.
const RELEASE_INPUTS: [&str; 16] = [
    layout::POLICY,
    CARGO_MANIFEST,
    CARGO_LOCK,
    layout::DENY,
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
        Self::with_compiled(root, Self::of_named(root, policy, toolchain)?, &Compiled::read(root)?)
    }

    /// Reads the inputs as another machine had them: the files here that only the compiler there knew of. Its variables
    /// are taken as they were there; a build here compares them with its own. Once a test program has listed here what
    /// the compiler read, this list holds alone.
    ///
    /// # Errors
    /// As [`Fingerprint::take`].
    pub fn take_like(
        root: &Path,
        policy: &Policy,
        toolchain: &Toolchain,
        there: &Self,
    ) -> Result<Self, FingerprintError> {
        if Compiled::read(root)? != Compiled::default() {
            return Self::take(root, policy, toolchain);
        }
        let named = Self::of_named(root, policy, toolchain)?;
        let compiled = Compiled::beside(&named.inputs, &there.inputs);
        Self::with_compiled(root, named, &compiled)
    }

    /// Leaves the list of what the compiler read on another machine, by a fingerprint of
    /// [`take_like`](Self::take_like), for every later fingerprint here.
    ///
    /// # Errors
    /// [`FingerprintError`] when the list cannot be written.
    pub fn keep_compiled(&self, root: &Path, policy: &Policy, toolchain: &Toolchain) -> Result<(), FingerprintError> {
        let named = Self::of_named(root, policy, toolchain)?;
        match Compiled::read(root)? == Compiled::default() {
            true => Compiled::beside(&named.inputs, &self.inputs).keep(root),
            false => Ok(()),
        }
    }

    fn with_compiled(root: &Path, named: Self, compiled: &Compiled) -> Result<Self, FingerprintError> {
        let Self { mut inputs, .. } = named;
        for file in &compiled.files {
            read_input(root, Path::new(file), 0, &mut inputs)?;
        }
        let variables = compiled.variables.iter();
        inputs.extend(variables.map(|(name, digest)| (format!("{VARIABLE}{name}"), digest.clone())));
        Ok(Self { digest: digest_of(&inputs), inputs })
    }

    /// Reads the inputs that are known before anything is compiled: what manifests, policy and cargo's settings name.
    ///
    /// # Errors
    /// As [`Fingerprint::take`].
    pub fn of_named(root: &Path, policy: &Policy, toolchain: &Toolchain) -> Result<Self, FingerprintError> {
        if toolchain.compiler.is_empty() || toolchain.target.is_empty() {
            return Err(FingerprintError::Missing("the version of the compiler is not known".to_owned()));
        }
        let mut inputs = named_inputs(root, policy)?;
        inputs.insert("(compiler)".to_owned(), sha256_hex(toolchain.compiler.as_bytes()));
        inputs.insert("(target)".to_owned(), sha256_hex(toolchain.target.as_bytes()));
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

    /// The first file at or below these paths of `root` that is not what it was when the fingerprint was taken: another
    /// one, a new one, or none any more.
    ///
    /// # Errors
    /// [`FingerprintError`] when a file cannot be read.
    pub fn changed_input(&self, root: &Path, paths: &[PathBuf]) -> Result<Option<String>, FingerprintError> {
        for path in paths {
            let mut now = BTreeMap::new();
            read_input(root, path, 0, &mut now)?;
            let known = self.inputs.iter().filter(|(input, _)| Path::new(input).starts_with(path));
            let then: BTreeMap<String, String> = known.map(|(input, digest)| (input.clone(), digest.clone())).collect();
            let all: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
            if let Some(changed) = all.into_iter().find(|input| then.get(*input) != now.get(*input)) {
                return Ok(Some(changed.clone()));
            }
        }
        Ok(None)
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

/// Lists, for this and every later fingerprint of `root`, the files and variables that the compiler took in for the
/// running test program. A program that is no test changes nothing.
///
/// # Errors
/// [`FingerprintError`] when the compiler's own list is not there: the run must then leave no green evidence.
pub fn note_compiled(root: &Path, policy: &Policy) -> Result<(), FingerprintError> {
    let program = std::env::current_exe().map_err(FileError::io("find", Path::new("this program")))?;
    if !compiled::is_test_program(&program) {
        return Ok(());
    }
    let root = &std::path::absolute(root).map_err(FileError::io("find", root))?;
    let known = named_inputs(root, policy)?;
    Compiled::of_program(root, &program, &known)?.keep(root)
}

/// The files that a program was compiled from and that are no input. To be asked about a program that was built with
/// other features than the tests.
///
/// # Errors
/// [`FingerprintError`] when cargo's list of the files is not beside the program.
pub fn files_beyond(root: &Path, policy: &Policy, program: &Path) -> Result<Vec<String>, FingerprintError> {
    let root = &std::path::absolute(root).map_err(FileError::io("find", root))?;
    Compiled::read(root)?.beyond(root, program, &named_inputs(root, policy)?)
}

/// Says which flag, variable or feature the build that calls this build script has otherwise than the tests had. The
/// features of a build are the default ones and `deploy`.
///
/// # Errors
/// [`FingerprintError`] when the list of the tests or the manifest cannot be read.
pub fn other_settings(root: &Path) -> Result<Option<String>, FingerprintError> {
    let build = settings::environment();
    if let Some(name) = Compiled::read(root)?.other_settings(&build, &CargoConfig::read(root)?.programs) {
        return Ok(Some(name));
    }
    let features = manifests::features(root, &["default", "deploy"])?;
    let on = build.keys().filter_map(|name| name.strip_prefix("CARGO_FEATURE_"));
    let unknown = on.into_iter().find(|feature| !features.contains(*feature));
    Ok(unknown.map(|feature| format!("the feature {}", feature.to_lowercase())))
}

/// Says why the running test program must not judge: the compiler's list of the files that it read is not beside it.
#[must_use]
pub fn unlisted_program() -> Option<String> {
    let program = std::env::current_exe().unwrap_or_default();
    (!compiled::is_listed(&program)).then(|| compiled::missing(&program, &"it is not there").to_string())
}

fn named_inputs(root: &Path, policy: &Policy) -> Result<BTreeMap<String, String>, FingerprintError> {
    let config = CargoConfig::read(root)?;
    let mut inputs = config.settings.clone();
    for input in named_paths(root, policy, config)? {
        read_input(root, &input, 0, &mut inputs)?;
    }
    Ok(inputs)
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
    let mut paths = named_paths(root, policy, CargoConfig::read(root)?)?;
    paths.extend(Compiled::read(root)?.files.into_iter().map(PathBuf::from));
    Ok(paths)
}

/// Every path that policy, manifests and the configuration of cargo name.
fn named_paths(root: &Path, policy: &Policy, config: CargoConfig) -> Result<Vec<PathBuf>, FingerprintError> {
    let mut paths: Vec<PathBuf> = RELEASE_INPUTS.iter().map(PathBuf::from).collect();
    paths.push(policy.data.file.clone());
    if let Some(Drift::Reference(file)) = &policy.drift {
        paths.push(file.clone());
    }
    paths.extend(policy.golden.iter().map(|golden| golden.file.clone()));
    paths.extend(policy.model.iter().flat_map(|model| model.files().cloned()));
    paths.extend(policy.scores.iter().filter_map(|scores| scores.unseen.as_ref()?.file().cloned()));
    if let Some(command) = policy.scores.as_ref().and_then(OutsideScores::command) {
        paths.extend(command_inputs(root, command)?);
    }
    let CargoConfig { mut crates, mut files, .. } = config;
    for folder in crates.clone() {
        follow_paths(root, &folder, &mut crates, &mut files)?;
    }
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
            let name = entry.file_name().unwrap_or_default().to_str().map(str::to_owned);
            let name =
                name.ok_or_else(|| FingerprintError::Missing(format!("{entry:?} has a name that is no UTF-8")))?;
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
