//! The faults that a release describes itself: patches of its own files, in `drills/*.toml`.
//!
//! Those of Rust files go into the copy all at once, each behind a switch that [`SWITCH`] turns on, so that the copy is
//! built once and not once a fault. Only the copy ever holds them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use andon_evidence::files::{self, FileError};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The folder of a release that describes faults of its own.
const FOLDER: &str = "drills";

/// The environment variable that turns on the fault of its name in the copy.
pub(crate) const SWITCH: &str = "ANDON_DRILL";

/// Stands in a broken text for the sound one.
const SOUND: &str = "SOUND";

/// One deliberate fault in a file of the release.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Patch {
    /// Its name: the thing that is wrong.
    pub(crate) name: String,
    /// Gates, or beginnings of their ids, of which at least one must not be green.
    pub(crate) gates: Vec<String>,
    /// The file, from the release's root.
    pub(crate) file: String,
    /// The sound text, which stands there once; an expression, if the file is of Rust.
    pub(crate) sound: String,
    broken: String,
}

/// A file of faults.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    fault: Vec<Patch>,
}

impl Patch {
    /// The text that takes the place of the sound text.
    pub(crate) fn broken(&self) -> String {
        self.broken.trim().replace(SOUND, &self.sound)
    }

    /// True for a fault that is switched on while the gates run. Any other is planted before they run.
    pub(crate) fn is_switched(&self) -> bool {
        Path::new(&self.file).extension().is_some_and(|extension| extension == "rs")
    }
}

/// Every fault that the release in `root` describes; none without a folder of them.
///
/// # Errors
/// If a file cannot be read, is no list of faults, or gives two faults one name.
pub(crate) fn read(root: &Path) -> Result<Vec<Patch>> {
    let folder = root.join(FOLDER);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&folder).map_err(FileError::io("read", &folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<PathBuf>, _>>();
    let mut paths = paths.map_err(FileError::io("read", &folder))?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut patches: Vec<Patch> = Vec::new();
    for path in paths {
        let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
        let described: Described = toml::from_str(&text).with_context(|| format!("{}", path.display()))?;
        for patch in described.fault {
            let twice = patches.iter().any(|earlier| earlier.name == patch.name);
            ensure!(!twice, "two faults are called `{}`", patch.name);
            patches.push(patch);
        }
    }
    Ok(patches)
}

/// The files of the copy that hold switches, by their path from the root.
///
/// # Errors
/// If a fault cannot be planted: its file is not there, or its sound text does not stand there once.
pub(crate) fn switched(root: &Path, patches: &[Patch]) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut places: BTreeMap<&str, BTreeMap<&str, Vec<&Patch>>> = BTreeMap::new();
    for patch in patches.iter().filter(|patch| patch.is_switched()) {
        places.entry(&patch.file).or_default().entry(&patch.sound).or_default().push(patch);
    }
    let mut files = BTreeMap::new();
    for (file, places) in places {
        let mut text = String::from_utf8_lossy(&files::read(&root.join(file))?).into_owned();
        for (sound, patches) in places {
            text = replace_once(file, &text, sound, &choice(sound, &patches))?;
        }
        files.insert(PathBuf::from(file), (text + &function()).into_bytes());
    }
    Ok(files)
}

/// Replaces a text that must stand in the file once.
pub(crate) fn replace_once(file: &str, text: &str, sound: &str, by: &str) -> Result<String> {
    let found = text.matches(sound).count();
    ensure!(found == 1, "`{sound}` stands in {file} {found} times, and not once");
    Ok(text.replacen(sound, by, 1))
}

/// An expression that is the sound one unless a fault is on.
fn choice(sound: &str, patches: &[&Patch]) -> String {
    let broken = patches.iter().map(|patch| format!("if drilled({:?}) {{ {} }} else ", patch.name, patch.broken()));
    format!("({}{{ {sound} }})", broken.collect::<String>())
}

/// The function that the switches of a file ask.
fn function() -> String {
    format!(
        "\nfn drilled(fault: &str) -> bool {{\n    \
             static ON: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();\n    \
             ON.get_or_init(|| std::env::var({SWITCH:?}).ok()).as_deref() == Some(fault)\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(faults: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        fs::write(folder.path().join(FOLDER).join("a.toml"), faults).unwrap();
        fs::write(folder.path().join("a.rs"), "fn score() -> f64 { sum(1.0) + 0.5 }\n").unwrap();
        folder
    }

    fn fault(name: &str, sound: &str, broken: &str) -> String {
        format!("[[fault]]\nname = '{name}'\ngates = ['a.']\nfile = 'a.rs'\nsound = '{sound}'\nbroken = '{broken}'\n")
    }

    #[test]
    fn faults_of_one_place_become_one_choice_that_is_sound_unless_one_is_on() {
        let release = release(&(fault("none", "sum(1.0)", "0.0") + &fault("more", "sum(1.0)", "2.0 * SOUND")));
        let files = switched(release.path(), &read(release.path()).unwrap()).unwrap();
        let text = String::from_utf8(files[Path::new("a.rs")].clone()).unwrap();
        let choice = "(if drilled(\"none\") { 0.0 } else if drilled(\"more\") { 2.0 * sum(1.0) } else { sum(1.0) })";
        assert!(text.starts_with(&format!("fn score() -> f64 {{ {choice} + 0.5 }}\n")), "{text}");
        assert!(text.contains("std::env::var(\"ANDON_DRILL\")"), "{text}");
    }

    #[test]
    fn a_fault_that_cannot_be_planted_is_an_error() {
        for (sound, times) in [("max(1.0)", "0 times"), ("0", "2 times")] {
            let release = release(&fault("none", sound, "0.0"));
            let error = switched(release.path(), &read(release.path()).unwrap()).unwrap_err().to_string();
            assert!(error.contains(times), "{error}");
        }
    }

    #[test]
    fn two_faults_of_one_name_and_a_misspelt_key_are_refused_and_no_folder_is_no_faults() {
        let twice = release(&fault("none", "sum(1.0)", "0.0").repeat(2));
        assert!(read(twice.path()).unwrap_err().to_string().contains("two faults are called `none`"));
        let misspelt = release(&fault("none", "sum(1.0)", "0.0").replace("gates", "gate"));
        assert!(format!("{:#}", read(misspelt.path()).unwrap_err()).contains("gate"));
        assert_eq!(read(tempfile::tempdir().unwrap().path()).unwrap(), []);
    }
}
