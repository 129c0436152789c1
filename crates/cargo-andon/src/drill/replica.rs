//! A copy of a release in which faults are planted and taken out again. The user's own files are never touched.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use andon_evidence::files::{self, FileError};
use andon_evidence::policy::Policy;
use anyhow::{Context, Result, ensure};

/// What is not copied: built, packaged or recorded elsewhere.
const NOT_COPIED: [&str; 3] = ["target", "dist", ".git"];

/// The copy. It and what is built of it stay in the target folder, so that the next drill compiles less.
pub(crate) struct Replica {
    root: PathBuf,
    target: PathBuf,
}

impl Replica {
    /// Copies the release in `root`, replacing an earlier copy.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub(crate) fn of(root: &Path) -> Result<Self> {
        let home = root.join("target/andon/drill");
        let replica = Self { root: home.join("copy"), target: home.join("target") };
        if replica.root.exists() {
            fs::remove_dir_all(&replica.root).map_err(FileError::io("remove", &replica.root))?;
        }
        // Sources keep their times, so that cargo rebuilds only what changed; but not over a build of a fault that an
        // interrupted drill left.
        let interrupted = replica.marker().exists();
        copy(root, &replica.root, !interrupted)?;
        if interrupted {
            fs::remove_file(replica.marker()).map_err(FileError::io("remove", &replica.marker()))?;
        }
        Ok(replica)
    }

    /// The copy's root.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where the copy is built.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// There while a fault is planted.
    fn marker(&self) -> PathBuf {
        self.target.with_file_name("planted")
    }

    /// Begins a fault; what it changes is put back when the result is dropped.
    pub(crate) fn plant(&self) -> Result<Planted<'_>> {
        fs::write(self.marker(), "").map_err(FileError::io("write", &self.marker()))?;
        Ok(Planted { replica: self, originals: RefCell::new(BTreeMap::new()) })
    }
}

fn copy(from: &Path, to: &Path, keep_times: bool) -> Result<()> {
    fs::create_dir_all(to).map_err(FileError::io("write", to))?;
    for entry in fs::read_dir(from).map_err(FileError::io("read", from))? {
        let entry = entry.map_err(FileError::io("read", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if NOT_COPIED.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if source.is_dir() {
            copy(&source, &target, keep_times)?;
        } else {
            fs::copy(&source, &target).map_err(FileError::io("copy", &source))?;
            if !keep_times {
                continue;
            }
            let modified = source.metadata().and_then(|metadata| metadata.modified());
            let kept = modified.and_then(|time| fs::File::options().write(true).open(&target)?.set_modified(time));
            kept.map_err(FileError::io("write", &target))?;
        }
    }
    Ok(())
}

/// A fault in the copy, until dropped.
pub(crate) struct Planted<'a> {
    replica: &'a Replica,
    originals: RefCell<BTreeMap<PathBuf, Vec<u8>>>,
}

impl Planted<'_> {
    /// The copy's policy.
    pub(crate) fn policy(&self) -> Result<Policy> {
        Ok(Policy::read(&self.replica.root)?)
    }

    /// Rewrites a file of the copy.
    pub(crate) fn rewrite(&self, path: &str, change: impl FnOnce(&str) -> Result<String>) -> Result<()> {
        let path = self.replica.root.join(path);
        let bytes = files::read(&path)?;
        let changed = change(&String::from_utf8_lossy(&bytes))?;
        ensure!(changed.as_bytes() != bytes, "the fault changes nothing in {}", path.display());
        self.originals.borrow_mut().entry(path.clone()).or_insert(bytes);
        fs::write(&path, changed).map_err(FileError::io("write", &path))?;
        Ok(())
    }

    /// Replaces a text that must be there in a file of the copy.
    pub(crate) fn replace(&self, path: &str, text: &str, by: &str) -> Result<()> {
        self.rewrite(path, |content| {
            ensure!(content.contains(text), "`{text}` is not in {path}");
            Ok(content.replacen(text, by, 1))
        })
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
            let _ = fs::write(path, bytes);
        }
        let _ = fs::remove_file(self.replica.marker());
    }
}

/// The data file, as text.
pub(crate) struct Table {
    header: Vec<String>,
    /// The rows, each as long as the header.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    fn parse(content: &str) -> Result<Self> {
        let mut reader = csv::Reader::from_reader(content.as_bytes());
        let text = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        let header = text(reader.headers()?);
        let rows = reader.records().map(|record| record.map(|record| text(&record))).collect::<Result<_, _>>()?;
        Ok(Self { header, rows })
    }

    fn to_csv(&self) -> Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.header)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        Ok(String::from_utf8(writer.into_inner().map_err(|error| error.into_error())?)?)
    }

    /// The place of a column.
    pub(crate) fn column(&self, name: &str) -> Result<usize> {
        self.header.iter().position(|column| column == name).with_context(|| format!("there is no column {name}"))
    }

    /// Exchanges the names of two columns.
    pub(crate) fn swap_names(&mut self, a: usize, b: usize) {
        self.header.swap(a, b);
    }
}
