//! A copy of a release in which faults are planted and taken out again. The user's own files are never touched.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use andon_evidence::files::{self, FileError};
use andon_evidence::judge::{Bar, Threshold};
use andon_evidence::layout::{LEDGER, POLICY};
use andon_evidence::policy::{GateId, Policy};
use anyhow::{Context, Result, ensure};

use super::not_here::NotHere;
use super::table::Table;

/// What is not copied: built, packaged or recorded elsewhere. A drill begins without the past of the release, since a
/// fault is no try of its own.
const NOT_COPIED: [&str; 4] = ["target", "dist", ".git", LEDGER];

/// The copy. It and what is built of it stay in the target folder, so that the next drill compiles less.
pub(crate) struct Replica {
    root: PathBuf,
    target: PathBuf,
    /// The gates that are green without a fault; none before the clean run.
    green: BTreeSet<String>,
    /// The one of them that is tampered with, if one fits.
    victim: Option<String>,
    /// Held until the end: a second drill of the same release would plant its faults in the same copy.
    _lock: File,
}

impl Replica {
    /// Makes the copy in `home` as the release in `root` is, except for the files in `switched`, whose content is
    /// given. A file that is so already keeps its time, so that cargo rebuilds what a person changed since the last
    /// drill, or a drill that was interrupted left broken, and nothing else. Waits until an earlier drill has ended.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub(crate) fn of(root: &Path, home: &Path, switched: &BTreeMap<PathBuf, Vec<u8>>) -> Result<Self> {
        let lock = files::lock(&home.join("lock"))?;
        let replica = Self {
            root: home.join("copy"),
            target: home.join("target"),
            green: BTreeSet::new(),
            victim: None,
            _lock: lock,
        };
        let switched = switched.iter().map(|(path, bytes)| (root.join(path), bytes.as_slice())).collect();
        mirror(root, &replica.root, &switched)?;
        replica.forget()?;
        Ok(replica)
    }

    /// Removes what the gates found so far, and what they trained.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub(crate) fn forget(&self) -> Result<()> {
        for found in ["target", LEDGER].map(|name| self.root.join(name)) {
            if found.exists() {
                remove(&found)?;
            }
        }
        Ok(())
    }

    /// Notes the gates that are green without a fault, and chooses the one that is tampered with.
    ///
    /// # Errors
    /// If the policy cannot be read.
    pub(crate) fn note_green(&mut self, green: BTreeSet<String>) -> Result<()> {
        let policy = Policy::read(&self.root)?;
        self.victim = find_victim(&policy, |gate| green.contains(gate.as_str())).map(ToString::to_string);
        self.green = green;
        Ok(())
    }

    /// The gate that is tampered with.
    pub(crate) fn victim(&self) -> Option<&str> {
        self.victim.as_deref()
    }

    /// The copy's root.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder in which the copy is built, and nothing else: cargo takes two workspaces at different places for one,
    /// as long as their members have the same paths in them.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Begins a fault; what it changes is put back when the result is dropped.
    pub(crate) fn plant(&self) -> Planted<'_> {
        Planted { replica: self, originals: RefCell::new(BTreeMap::new()) }
    }
}

fn mirror(from: &Path, to: &Path, switched: &BTreeMap<PathBuf, &[u8]>) -> Result<()> {
    fs::create_dir_all(to).map_err(FileError::io("write", to))?;
    let names = names(from)?;
    for name in self::names(to)? {
        if !names.contains(&name) || from.join(&name).is_dir() != to.join(&name).is_dir() {
            remove(&to.join(&name))?;
        }
    }
    for name in names {
        let source = from.join(&name);
        let target = to.join(&name);
        if source.is_dir() {
            mirror(&source, &target, switched)?;
            continue;
        }
        let bytes = switched.get(&source).map_or_else(|| files::read(&source), |bytes| Ok(bytes.to_vec()))?;
        if fs::read(&target).is_ok_and(|there| there == bytes) {
            continue;
        }
        fs::write(&target, bytes).map_err(FileError::io("write", &target))?;
    }
    Ok(())
}

/// The names in a folder that are copied.
fn names(folder: &Path) -> Result<BTreeSet<OsString>> {
    let entries = fs::read_dir(folder).map_err(FileError::io("read", folder))?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<BTreeSet<_>, _>>();
    let names = names.map_err(FileError::io("read", folder))?;
    Ok(names.into_iter().filter(|name| NOT_COPIED.iter().all(|not| name != not)).collect())
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    Ok(removed.map_err(FileError::io("remove", path))?)
}

/// A fault in the copy, until dropped.
pub(crate) struct Planted<'a> {
    replica: &'a Replica,
    /// The content that stood there before; none where there was no file.
    originals: RefCell<BTreeMap<PathBuf, Option<Vec<u8>>>>,
}

impl Planted<'_> {
    /// The copy's policy.
    pub(crate) fn policy(&self) -> Result<Policy> {
        Ok(Policy::read(&self.replica.root)?)
    }

    /// The gate that is tampered with.
    ///
    /// # Errors
    /// If the release has none that fits.
    pub(crate) fn victim(&self) -> Result<&str> {
        let none = || NotHere::because("no gate of accuracy with a `min` above 0 is GO without a fault");
        self.replica.victim().ok_or_else(none)
    }

    /// True if the gate is green without a fault.
    pub(crate) fn is_green(&self, gate: &str) -> bool {
        self.replica.green.contains(gate)
    }

    /// True if the copy has this file or folder.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.replica.root.join(path).exists()
    }

    /// The paths of the Rust sources of the package, from the root, in their order.
    pub(crate) fn sources(&self) -> Result<Vec<(String, String)>> {
        let folder = self.replica.root.join("src");
        let names = names(&folder)?.into_iter().filter_map(|name| name.into_string().ok());
        let names = names.filter(|name| name.ends_with(".rs"));
        let read = |name: String| {
            let text = String::from_utf8_lossy(&files::read(&folder.join(&name))?).into_owned();
            Ok((format!("src/{name}"), text))
        };
        names.map(read).collect()
    }

    /// Rewrites a file of the copy.
    pub(crate) fn rewrite(&self, path: &str, change: impl FnOnce(&str) -> Result<String>) -> Result<()> {
        let path = self.replica.root.join(path);
        let bytes = files::read(&path)?;
        let changed = change(&String::from_utf8_lossy(&bytes))?;
        ensure!(changed.as_bytes() != bytes, "the fault changes nothing in {}", path.display());
        self.originals.borrow_mut().entry(path.clone()).or_insert(Some(bytes));
        fs::write(&path, changed).map_err(FileError::io("write", &path))?;
        Ok(())
    }

    /// Rewrites the policy as a table of keys. Comments go.
    pub(crate) fn policy_table(&self, change: impl FnOnce(&mut toml::Table) -> Result<()>) -> Result<()> {
        self.rewrite(POLICY, |content| {
            let mut policy = content.parse::<toml::Table>()?;
            change(&mut policy)?;
            Ok(toml::to_string(&policy)?)
        })
    }

    /// Puts a file in its place, also where there is none.
    pub(crate) fn put(&self, path: &str, content: &str) -> Result<()> {
        let path = self.replica.root.join(path);
        let before = if path.exists() { Some(files::read(&path)?) } else { None };
        self.originals.borrow_mut().entry(path.clone()).or_insert(before);
        Ok(fs::write(&path, content).map_err(FileError::io("write", &path))?)
    }

    /// Replaces a text that must be there in a file of the copy.
    pub(crate) fn replace(&self, path: &str, text: &str, by: &str) -> Result<()> {
        self.rewrite(path, |content| {
            ensure!(content.contains(text), "`{text}` is not in {path}");
            Ok(content.replacen(text, by, 1))
        })
    }

    /// Reads the data file.
    pub(crate) fn read_data<T>(&self, look: impl FnOnce(&Table) -> Result<T>) -> Result<T> {
        let bytes = files::read(&self.replica.root.join(self.policy()?.data.file))?;
        look(&Table::parse(&String::from_utf8_lossy(&bytes))?)
    }

    /// Rewrites the data file: its header, and its rows.
    pub(crate) fn data(&self, change: impl FnOnce(&Policy, &mut Table) -> Result<()>) -> Result<()> {
        let policy = self.policy()?;
        let path = policy.data.file.to_str().context("the data file's name is not UTF-8")?.to_owned();
        self.rewrite(&path, |content| {
            let mut table = Table::parse(content)?;
            change(&policy, &mut table)?;
            table.to_csv()
        })
    }
}

impl Drop for Planted<'_> {
    fn drop(&mut self) {
        for (path, bytes) in self.originals.borrow().iter() {
            // A copy that cannot be mended shows as an alarm of the next clean run.
            let _ = match bytes {
                Some(bytes) => fs::write(path, bytes),
                None => fs::remove_file(path),
            };
        }
    }
}

/// The gate that is tampered with: the first of accuracy with a `min` whose test is a function in
/// `tests/gate/accuracy.rs`, and that is green without a fault.
fn find_victim(policy: &Policy, is_green: impl Fn(&GateId) -> bool) -> Option<&GateId> {
    let fits = |id: &&GateId| id.family() == "accuracy" && id.question().1.is_none() && is_green(id);
    let has_min = |bar: &Bar| matches!(bar.threshold, Threshold::Min(min) if min > 0.0);
    policy.gates.iter().filter(|(_, bar)| has_min(bar)).map(|(id, _)| id).find(fits)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn what_a_drill_left_broken_is_mended_with_a_time_that_cargo_sees() {
        let release = tempfile::tempdir().unwrap();
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| release.path().join(name);
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        fs::create_dir_all(at("src")).unwrap();
        fs::create_dir_all(at("target")).unwrap();
        for (name, text) in [("src/lib.rs", "whole"), ("src/main.rs", "same"), ("target/big", "built")] {
            fs::write(at(name), text).unwrap();
            fs::File::options().write(true).open(at(name)).unwrap().set_modified(old).unwrap();
        }
        // Dropped at once: the next copy waits for it.
        let copy = || Replica::of(release.path(), home.path(), &BTreeMap::new()).unwrap().root().to_owned();
        let root = copy();
        let time = |name: &str| fs::metadata(root.join(name)).unwrap().modified().unwrap();
        let copied = time("src/main.rs");
        fs::write(root.join("src/lib.rs"), "broken").unwrap();
        fs::write(root.join("surplus"), "").unwrap();
        fs::create_dir_all(root.join("target/andon")).unwrap();
        assert_eq!(copy(), root);
        assert_eq!(fs::read_to_string(root.join("src/lib.rs")).unwrap(), "whole");
        assert!(time("src/lib.rs") > copied, "the build of the broken file is older");
        assert!(time("src/main.rs") == copied && copied > old);
        assert!(!root.join("surplus").exists() && !root.join("target").exists());
    }

    #[test]
    fn a_fault_is_taken_out_again_and_one_that_changes_nothing_is_an_error() {
        let release = tempfile::tempdir().unwrap();
        let home = tempfile::tempdir().unwrap();
        fs::write(release.path().join("file"), "whole").unwrap();
        let replica = Replica::of(release.path(), home.path(), &BTreeMap::new()).unwrap();
        let read = || fs::read_to_string(replica.root().join("file")).unwrap();
        let planted = replica.plant();
        planted.replace("file", "whole", "broken").unwrap();
        assert_eq!(read(), "broken");
        assert!(planted.replace("file", "whole", "other").unwrap_err().to_string().contains("`whole` is not in file"));
        assert!(planted.rewrite("file", |content| Ok(content.to_owned())).is_err());
        drop(planted);
        assert_eq!(read(), "whole");
        assert_eq!(fs::read_to_string(release.path().join("file")).unwrap(), "whole");
    }
}
