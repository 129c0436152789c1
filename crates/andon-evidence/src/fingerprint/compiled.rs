//! The files and variables that the compiler took in, as it says itself, beyond those that the policy and the manifests
//! name: texts included from elsewhere, modules at other paths, variables of the environment.
//!
//! A test program stands beside the dep-info of everything that it was built with, so it lists them when it opens the
//! release. The list is kept in the store, and every later fingerprint takes the listed files in again. Crates of a
//! registry or of git are pinned by the lock file and are left out, as is everything in the target folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{self, sha256_hex};
use crate::fingerprint::build_scripts::{self, Said};
use crate::fingerprint::cargo_config::cargo_home;
use crate::fingerprint::dep_info::{DepInfo, EXTENSION};
use crate::fingerprint::error::FingerprintError;
use crate::fingerprint::paths::{normalised, relative_to, slashed};
use crate::fingerprint::profiles::{BUILD, DEPS, Profiles};
use crate::fingerprint::settings::{
    FLAGS, VARIABLE, changes_build, environment, flags, flags_digest, has_target_folder, is_by_cargo, is_of_cargo,
};
use crate::layout;

/// The variable by which a list of clippy is known: clippy reads a crate as the compiler does, and builds nothing.
const CLIPPY_ARGUMENTS: &str = "CLIPPY_ARGS";

/// The usual target folder, which holds the store also if cargo builds elsewhere.
const TARGET: &str = "target";
/// What begins the name by which the work of a build script is listed.
const MADE_BY: &str = "made by ";
/// The flag by which the compiler names a folder otherwise in messages. It changes nothing else.
const REMAP_FLAG: &str = "--remap-path-prefix=";
/// Extensions of libraries; a program has none of them.
const LIBRARIES: [&str; 4] = ["rlib", "so", "dylib", "dll"];
/// A file that only a program with the package in it reads.
const PACKAGED: &str = "out/evidence.json";

/// The inputs that only the compiler knows of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Compiled {
    /// Files and folders by their path from the root.
    pub(super) files: BTreeSet<String>,
    /// The digest of each variable's value.
    pub(super) variables: BTreeMap<String, String>,
}

impl Compiled {
    /// The list that the last test program left; empty before the first.
    pub(super) fn read(root: &Path) -> Result<Self, FingerprintError> {
        Ok(files::read_sealed(&store_path(root))?.unwrap_or_default())
    }

    /// The list that another machine had: its inputs that are not among those which are `named` here.
    pub(super) fn beside(named: &BTreeMap<String, String>, inputs: &BTreeMap<String, String>) -> Self {
        let mut compiled = Self::default();
        for (name, digest) in inputs.iter().filter(|(name, _)| !named.contains_key(*name)) {
            match name.strip_prefix(VARIABLE) {
                Some(variable) => drop(compiled.variables.insert(variable.to_owned(), digest.clone())),
                // What else stands in brackets is the compiler, the target or a setting of cargo.
                None if name.starts_with('(') => {}
                None => drop(compiled.files.insert(name.clone())),
            }
        }
        compiled
    }

    /// Leaves the list for later fingerprints.
    pub(super) fn keep(&self, root: &Path) -> Result<(), FingerprintError> {
        if Self::read(root).is_ok_and(|kept| kept == *self) && store_path(root).exists() {
            return Ok(());
        }
        Ok(files::write_sealed(&store_path(root), self)?)
    }

    /// Lists what the compiler read for a program of `root`, an absolute path, and everything beside it. `known` are
    /// the inputs without it.
    pub(super) fn of_program(
        root: &Path,
        program: &Path,
        known: &BTreeMap<String, String>,
    ) -> Result<Self, FingerprintError> {
        let own = DepInfo::read(&program.with_extension(EXTENSION)).map_err(|error| missing(program, &error))?;
        let deps = program.parent().unwrap_or(Path::new(""));
        let profile = deps.parent().unwrap_or(Path::new(""));
        let main = own.files.first().ok_or_else(|| missing(program, &"it lists no file"))?;
        let workspace = root.ancestors().find(|folder| folder.join(main).is_file());
        let workspace = workspace.ok_or_else(|| missing(program, &format!("{} is not there", main.display())))?;
        let profiles = Profiles::of(profile, env!("ANDON_TARGET"));
        let places = Places { root, workspace, built: profiles.target_folder(), known };
        let mut compiled = Self::default();
        compiled.variables.extend(flags(profiles.host.is_some()));
        for (name, value) in environment().into_iter().filter(|(name, _)| changes_build(name)) {
            compiled.add_setting(&name, &value, &places);
        }
        compiled.add(&own, &places);
        for path in profiles.dep_info_files()? {
            let info = DepInfo::read(&path)?;
            let is_compiled = !info.variables.iter().any(|(name, _)| name == CLIPPY_ARGUMENTS)
                && !info.files.iter().any(|file| file.ends_with(PACKAGED));
            if is_compiled && info.files.first().is_some_and(|main| places.counts(&path, main)) {
                compiled.add(&info, &places);
            }
        }
        // What the packaging of a release watches are the inputs themselves.
        let evidence = Path::new(layout::STORE).join(layout::GATES_EVIDENCE);
        for script in build_scripts::said(&profiles.build_folders(), workspace)? {
            let is_packaging = script.paths.iter().any(|path| path.ends_with(&evidence));
            if !places.is_pinned(&script.source) && !is_packaging {
                compiled.add_script(&script, &places);
            }
        }
        Ok(compiled)
    }

    /// The files that cargo lists beside a program that it put in place, and that are no input. `known` are the inputs
    /// without this list.
    pub(super) fn beyond(
        &self,
        root: &Path,
        program: &Path,
        known: &BTreeMap<String, String>,
    ) -> Result<Vec<String>, FingerprintError> {
        let listed = DepInfo::read(&program.with_extension(EXTENSION)).map_err(|error| missing(program, &error))?;
        let built = program.parent().and_then(Path::parent).unwrap_or(root);
        let places = Places { root, workspace: root, built, known };
        if !listed.files.iter().any(|file| known.contains_key(&slashed(&relative_to(root, &root.join(file))))) {
            return Err(missing(program, &"it lists no source of the release"));
        }
        // The folders are those that the build script watches; their files are listed one by one, or are no sources.
        let files = listed.files.iter().filter(|file| root.join(file).is_file());
        let unknown = files.filter_map(|file| places.unknown(file));
        Ok(unknown.filter(|file| !self.files.contains(file)).collect())
    }

    /// The first flag or variable of a build that has another value than in the tests. A variable that the build does
    /// not have may come from a build script, and is left out unless it changes how cargo compiles. `configured` are
    /// the programs that the configuration of cargo names: it is an input itself.
    pub(super) fn other_settings(
        &self,
        build: &BTreeMap<String, String>,
        configured: &BTreeSet<String>,
    ) -> Option<String> {
        let encoded = build.get("CARGO_ENCODED_RUSTFLAGS").cloned().unwrap_or_default();
        // Of the flags that this library remembers, the build script has taken away the same ones.
        let counts = |flag: &&str| !flag.starts_with(REMAP_FLAG);
        let counted = encoded.split('\u{1f}').filter(counts).collect::<Vec<_>>().join(" ");
        let flags = flags_digest(&counted, has_target_folder(build));
        if self.variables.get(FLAGS) != flags.as_ref() {
            return Some(FLAGS.to_owned());
        }
        let mut listed = self.variables.iter().filter(|(name, _)| *name != FLAGS);
        let differs = |(name, digest): &(&String, &String)| match build.get(*name) {
            Some(value) => !digest.contains(&sha256_hex(value.as_bytes())),
            None => changes_build(name),
        };
        let is_new = |(name, value): &(&String, &String)| {
            changes_build(name) && !self.variables.contains_key(*name) && !is_by_cargo(name, value, build, configured)
        };
        let mut unknown = build.iter().filter(is_new).map(|(name, _)| name);
        listed.find(differs).map(|(name, _)| name).or_else(|| unknown.next()).cloned()
    }

    fn add(&mut self, info: &DepInfo, places: &Places<'_>) {
        self.files.extend(info.files.iter().filter_map(|file| places.unknown(file)));
        let variables = info.variables.iter().filter(|(name, _)| !is_of_cargo(name));
        for (name, value) in variables {
            self.add_variable(name, value.as_bytes());
        }
    }

    /// Files of git say which commit is built. A script that writes the commit into the code does so by a variable,
    /// which the compiler lists.
    fn add_script(&mut self, said: &Said, places: &Places<'_>) {
        let of_git = |path: &&PathBuf| path.components().any(|part| part.as_os_str() == ".git");
        let paths = said.paths.iter().filter(|path| !of_git(path));
        self.files.extend(paths.filter_map(|path| places.unknown(path)));
        if let Some(made) = &said.made {
            let source = slashed(&relative_to(places.root, &normalised(&places.workspace.join(&said.source))));
            self.add_digest(&format!("{MADE_BY}{source}"), made);
        }
        for name in said.variables.iter().filter(|name| !is_of_cargo(name)) {
            if let Some(value) = std::env::var_os(name) {
                self.add_variable(name, value.as_encoded_bytes());
            }
        }
    }

    /// A variable of the user that changes how cargo compiles. If it names a program by its path, that is an input too.
    fn add_setting(&mut self, name: &str, value: &str, places: &Places<'_>) {
        self.add_variable(name, value.as_bytes());
        let program = value.split_whitespace().next().map(|first| places.workspace.join(first));
        let programs = [Some(places.workspace.join(value)), program].into_iter().flatten();
        self.files.extend(programs.filter(|path| path.is_file()).filter_map(|path| places.unknown(&path)));
    }

    /// A variable with two values, of which one may be that of an earlier build, has the digest of both.
    fn add_variable(&mut self, name: &str, value: &[u8]) {
        self.add_digest(name, &sha256_hex(value));
    }

    fn add_digest(&mut self, name: &str, digest: &str) {
        let known = self.variables.entry(name.to_owned()).or_default();
        let both: BTreeSet<&str> = known.split(' ').filter(|part| !part.is_empty()).chain([digest]).collect();
        *known = both.into_iter().collect::<Vec<_>>().join(" ");
    }
}

/// The folders that tell one file from another.
struct Places<'a> {
    root: &'a Path,
    workspace: &'a Path,
    built: &'a Path,
    known: &'a BTreeMap<String, String>,
}

impl Places<'_> {
    /// True for the dep-info of a library that is not pinned by the lock file, of a build script, or of a program of
    /// the release itself. Test programs of other packages are not part of what is judged.
    fn counts(&self, dep_info: &Path, main: &Path) -> bool {
        let main = self.workspace.join(main);
        if self.is_pinned(&main) || !main.is_file() {
            return false;
        }
        let is_library = LIBRARIES.iter().any(|extension| library_of(dep_info, extension).is_file());
        let is_script = dep_info.parent().and_then(Path::parent).is_some_and(|folder| folder.ends_with(BUILD));
        let path = slashed(&relative_to(self.root, &main));
        let is_own = self.known.contains_key(&path) && !self.is_in_path_crate(&path);
        is_own || ((is_library || is_script) && !self.is_pinned(&main))
    }

    /// True if a manifest stands between the root and the file.
    fn is_in_path_crate(&self, path: &str) -> bool {
        Path::new(path).ancestors().skip(1).any(|folder| {
            !folder.as_os_str().is_empty() && self.root.join(folder).join(layout::CARGO_MANIFEST).is_file()
        })
    }

    /// The path of a file or folder from the root, unless it is an input already, built, or no longer there.
    fn unknown(&self, file: &Path) -> Option<String> {
        let file = normalised(&self.workspace.join(file));
        let path = slashed(&relative_to(self.root, &file));
        let is_built = || {
            let mut built = [canonical(self.built), canonical(&self.root.join(TARGET))].into_iter();
            // A target folder that holds the release itself does not make its sources built.
            built.any(|built| canonical(&file).starts_with(&built) && !canonical(self.root).starts_with(&built))
        };
        (!self.known.contains_key(&path) && file.exists() && !is_built()).then_some(path)
    }

    /// True for a file that the lock file pins: in cargo's own folder of registry and git sources.
    fn is_pinned(&self, file: &Path) -> bool {
        cargo_home().is_some_and(|home| is_source_of(&home, file))
    }
}

/// True for a file in the sources of a home of cargo. Each folder of sources may be a link, as to a larger disk.
pub(super) fn is_source_of(home: &Path, file: &Path) -> bool {
    ["registry", "git"].iter().any(|folder| canonical(file).starts_with(canonical(&home.join(folder))))
}

/// The library beside a dep-info file: `deps/x-1.d` belongs to `deps/libx-1.rlib`.
fn library_of(dep_info: &Path, extension: &str) -> PathBuf {
    let name = dep_info.file_stem().unwrap_or_default().to_string_lossy();
    let prefix = if extension == "dll" { "" } else { "lib" };
    dep_info.with_file_name(format!("{prefix}{name}.{extension}"))
}

pub(super) fn missing(program: &Path, why: &dyn std::fmt::Display) -> FingerprintError {
    FingerprintError::Missing(format!(
        "the compiler's list of the files that it read for {} is needed: {why}\n\
         next: run the test program where cargo built it, with cargo test",
        program.display()
    ))
}

/// True for a program that cargo built as a test: it stands beside the libraries that it was linked with.
pub(super) fn is_test_program(program: &Path) -> bool {
    program.parent().is_some_and(|folder| folder.ends_with(DEPS))
}

/// True for a program with dep-info beside it.
pub(super) fn is_listed(program: &Path) -> bool {
    program.with_extension(EXTENSION).is_file()
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn store_path(root: &Path) -> PathBuf {
    root.join(layout::STORE).join(layout::COMPILED)
}
