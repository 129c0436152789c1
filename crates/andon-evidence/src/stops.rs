//! Stops on the release: a person's NO-GO, in `stops.toml`, which is committed, and in the [ledger](crate::ledger).
//!
//! A stop is in force until one of the two tells who cleared it, and why. So a stop that the ledger knows outlives a
//! `stops.toml` from which it was deleted. Unless the policy says otherwise, nobody clears a stop of his own.
//!
//! The file is no input: a stop is put on at any time, and makes no evidence stale.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::evidence::{now, today};
use crate::files::{self, FileError};
use crate::layout;
use crate::ledger::{Clear, Ledger, Stop};
use crate::policy::{Cord, stated};

/// A stop cannot be put on or cleared.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A name or a reason states nothing.
    #[error("{0}: {1}")]
    Unstated(String, String),
    /// The file or the ledger is not as the commands left it.
    #[error("{0}")]
    Defect(String),
    /// There is no stop with this id in force.
    #[error("no stop in force has the id {0}\nnext: cargo andon status")]
    Unknown(String),
    /// The policy lets another person clear it.
    #[error("{by} must not clear {id}: {why}")]
    Refused {
        /// The person who wanted to clear it.
        by: String,
        /// The stop.
        id: String,
        /// The rule.
        why: String,
    },
}

/// The content of `stops.toml`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StopsFile {
    #[serde(default)]
    stop: Vec<Stop>,
}

/// The stops on a release.
#[derive(Debug, Clone, Default)]
pub struct Stops {
    all: BTreeMap<String, Stop>,
    defect: Option<String>,
}

impl Stops {
    /// Reads the stops on the release in `root`: those that the ledger knows, and those of the file. The end of a stop
    /// does not count if the rule would have refused it. A file that cannot be read is a defect, and so is one that
    /// tells a stop in another way than the ledger: the ledger's account holds.
    #[must_use]
    pub fn read(root: &Path, ledger: &Ledger, rule: &Cord) -> Self {
        let file = read_file(root);
        let mut stops = Self { all: BTreeMap::new(), defect: file.as_ref().err().cloned() };
        let of_file = file.unwrap_or_default().stop;
        for stop in ledger.stops().chain(&of_file) {
            let known = stops.all.entry(stop.id.clone()).or_insert_with(|| Stop { cleared: None, ..stop.clone() });
            let cleared = stop.cleared.clone().filter(|clear| rule.refusal(&known.by, &clear.by).is_none());
            known.cleared = known.cleared.take().or(cleared);
            if !known.is_same_stop(stop) {
                stops.defect = Some(untrusted(&format!("it tells {} in another way than the ledger", stop.id)));
            }
        }
        stops
    }

    /// The stops in force, by day.
    #[must_use]
    pub fn in_force(&self) -> Vec<Stop> {
        let mut stops: Vec<Stop> = self.all.values().filter(|stop| stop.cleared.is_none()).cloned().collect();
        stops.sort_by(|one, other| (one.day, &one.id).cmp(&(other.day, &other.id)));
        stops
    }

    /// The defect of the file, if it has one.
    #[must_use]
    pub fn defect(&self) -> Option<&str> {
        self.defect.as_deref()
    }
}

/// Puts a stop on the release in `root`.
///
/// # Errors
/// [`StopError`]
pub fn stop(root: &Path, by: &str, why: &str) -> Result<Stop, StopError> {
    check_stated(by, why)?;
    let ledger = whole_ledger(root)?;
    let stop = Stop::new(by.trim(), why.trim(), today(), now());
    write_stop(root, &stop)?;
    tell_ledger(root, &ledger, std::slice::from_ref(&stop))?;
    Ok(stop)
}

/// Ends a stop on the release in `root`.
///
/// # Errors
/// [`StopError::Refused`] if the policy lets another person clear it; any other [`StopError`].
pub fn clear(root: &Path, rule: &Cord, id: &str, by: &str, why: &str) -> Result<Stop, StopError> {
    check_stated(by, why)?;
    let ledger = whole_ledger(root)?;
    let in_force = Stops::read(root, &ledger, rule).in_force();
    let found = in_force.into_iter().find(|stop| stop.id == id);
    let stop = found.ok_or_else(|| StopError::Unknown(id.to_owned()))?;
    if let Some(why) = rule.refusal(&stop.by, by) {
        return Err(StopError::Refused { by: by.to_owned(), id: id.to_owned(), why });
    }
    let clear = Clear { by: by.trim().to_owned(), why: why.trim().to_owned(), day: today() };
    let cleared = Stop { cleared: Some(clear), ..stop };
    write_stop(root, &cleared)?;
    tell_ledger(root, &ledger, std::slice::from_ref(&cleared))?;
    Ok(cleared)
}

/// Tells the ledger of each stop in the file, so that it outlives the file.
///
/// # Errors
/// [`FileError`] when the ledger cannot be read or written.
pub fn keep_in_ledger(root: &Path) -> Result<(), FileError> {
    let of_file = read_file(root).unwrap_or_default().stop;
    if of_file.is_empty() {
        return Ok(());
    }
    tell_ledger(root, &Ledger::read(root)?, &of_file)
}

/// A stop that the ledger has never heard of gets a line for its beginning before the one for its end.
fn tell_ledger(root: &Path, ledger: &Ledger, stops: &[Stop]) -> Result<(), FileError> {
    for stop in stops {
        if stop.cleared.is_some() && !ledger.stops().any(|known| known.id == stop.id) {
            Ledger::append_stop(root, &Stop { cleared: None, ..stop.clone() })?;
        }
        Ledger::append_stop(root, stop)?;
    }
    Ok(())
}

fn check_stated(by: &str, why: &str) -> Result<(), StopError> {
    let unstated = |(key, problem)| StopError::Unstated(key, problem);
    stated("--by", by).map_err(unstated)?;
    stated("--why", why).map_err(unstated)
}

fn whole_ledger(root: &Path) -> Result<Ledger, StopError> {
    let ledger = Ledger::read(root)?;
    match ledger.defect() {
        Some(defect) => Err(StopError::Defect(defect.to_owned())),
        None => Ok(ledger),
    }
}

/// The file, or its defect. Only a file that is not there holds no stop.
fn read_file(root: &Path) -> Result<StopsFile, String> {
    let path = root.join(layout::STOPS);
    if path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Ok(StopsFile::default());
    }
    let bytes = fs::read(&path).map_err(|error| untrusted(&error.to_string()))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| untrusted(&error.to_string()))?;
    toml::from_str(text).map_err(|error| untrusted(error.message()))
}

fn untrusted(problem: &str) -> String {
    format!("{} cannot be trusted: {problem}\nnext: take it back from the history", layout::STOPS)
}

/// Puts a stop into the file, in place of what the file says of it.
fn write_stop(root: &Path, stop: &Stop) -> Result<(), StopError> {
    let mut file = read_file(root).map_err(StopError::Defect)?;
    match file.stop.iter_mut().find(|known| known.id == stop.id) {
        Some(known) => *known = stop.clone(),
        None => file.stop.push(stop.clone()),
    }
    let body = toml::to_string(&file).map_err(|error| StopError::Defect(error.to_string()))?;
    let text = format!(
        "# Stops on the release. `cargo andon stop` and `cargo andon clear` write them; commit this file.\n\n{body}"
    );
    Ok(files::write_atomically(&root.join(layout::STOPS), text.as_bytes())?)
}
