//! The evidence of one gate: its finding, the model that it judged, and the fingerprint.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use jiff::Timestamp;
pub use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::files::{self, FileError};
use crate::fingerprint::Fingerprint;
use crate::judge::{Bar, Measurement, Verdict};
use crate::layout;
use crate::policy::GateId;

/// The finding of a gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The gate started and has not finished; a crash or a timeout leaves this behind.
    Started,
    /// There is a number to judge.
    Measured(Measurement),
    /// There was too little to measure.
    NotMeasured(String),
    /// The gate failed without a number: an assertion failed, or the run may leave no green evidence.
    Refused(String),
}

impl Finding {
    /// The verdict under `bar`; `None` while the gate has not finished.
    #[must_use]
    pub fn verdict(&self, bar: &Bar) -> Option<Verdict> {
        match self {
            Self::Started => None,
            Self::Measured(measurement) => Some(bar.judge(measurement)),
            Self::NotMeasured(_) => Some(Verdict::Undecided),
            Self::Refused(_) => Some(Verdict::NoGo),
        }
    }
}

/// The evidence of one gate. Its verdict is not stored: it follows from the finding and the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The gate.
    pub gate: GateId,
    /// Digest of the [fingerprint](crate::fingerprint) that it was earned under.
    pub fingerprint: String,
    /// Digest of the model that was judged, if there was one.
    pub model_sha256: Option<String>,
    /// Digest of the out-of-fold scores that were judged and of those of the repeats, where there were some.
    #[serde(default)]
    pub scores_sha256: Option<String>,
    /// Its finding.
    pub finding: Finding,
    /// Files of the artifact that this gate vouches for, with their digests.
    pub vouched: BTreeMap<String, String>,
    /// The time at which the gate started; in a package the beginning of that day.
    pub started_at: Timestamp,
    /// Its duration, in milliseconds; none in a package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
}

/// The folder in which a release keeps its evidence and candidate: `target/andon/` under its root, never in git.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store of the release in `root`.
    #[must_use]
    pub fn in_root(root: &Path) -> Self {
        Self { folder: root.join(layout::STORE) }
    }

    /// The path of a file in the store.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// The path of a gate's evidence.
    #[must_use]
    pub fn evidence_path(&self, gate: &GateId) -> PathBuf {
        self.folder.join(layout::GATES_EVIDENCE).join(format!("{gate}.json"))
    }

    /// Writes a gate's evidence in place of any earlier one.
    ///
    /// # Errors
    /// [`FileError`] when it cannot be written.
    pub fn write(&self, evidence: &Evidence) -> Result<(), FileError> {
        files::write_sealed(&self.evidence_path(&evidence.gate), evidence)
    }

    /// Removes the reports of an earlier decision, which continuous integration would take for this run's.
    ///
    /// # Errors
    /// [`FileError`] if one is there and cannot be removed.
    pub fn remove_reports(&self) -> Result<(), FileError> {
        [layout::JUNIT, layout::SARIF].iter().try_for_each(|report| {
            let path = self.path(report);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::io("remove", &path)(error)),
                _ => Ok(()),
            }
        })
    }

    /// A gate's evidence, of any fingerprint; `None` if the gate never ran.
    ///
    /// # Errors
    /// [`FileError`] when it was edited, is partial, or cannot be read.
    pub fn read(&self, gate: &GateId) -> Result<Option<Evidence>, FileError> {
        files::read_sealed(&self.evidence_path(gate))
    }

    /// Stores the inputs behind a fingerprint, so that a later difference can be named.
    ///
    /// # Errors
    /// [`FileError`] when it cannot be written.
    pub fn keep_inputs(&self, fingerprint: &Fingerprint) -> Result<(), FileError> {
        files::write_sealed(&self.inputs_path(fingerprint.digest()), fingerprint)
    }

    /// The inputs behind an earlier fingerprint, if they were stored.
    #[must_use]
    pub fn inputs(&self, digest: &str) -> Option<Fingerprint> {
        files::read_sealed(&self.inputs_path(digest)).ok().flatten()
    }

    fn inputs_path(&self, digest: &str) -> PathBuf {
        // The digest may come from an evidence file; only hexadecimal reaches the path.
        let name: String = digest.chars().filter(char::is_ascii_hexdigit).collect();
        self.folder.join(layout::INPUTS).join(format!("{name}.json"))
    }

    /// Waits for, then holds, the lock that lets one process at a time train.
    ///
    /// # Errors
    /// [`FileError`] when the lock file cannot be made.
    pub fn lock(&self) -> Result<std::fs::File, FileError> {
        files::lock(&self.path(layout::TRAINING_LOCK))
    }
}

/// The time now: the only clock of the harness. It dates evidence and expires waivers, and reaches no measurement.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The date today (UTC). Within a process it never goes back, whatever happens to the clock: a waiver that has expired
/// stays expired.
#[must_use]
pub fn today() -> Date {
    static LATEST: Mutex<Date> = Mutex::new(Date::MIN);
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    *latest = date_of(now()).max(*latest);
    *latest
}

fn date_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

impl Evidence {
    /// The day on which the gate began (UTC).
    #[must_use]
    pub fn date(&self) -> Date {
        date_of(self.started_at)
    }

    /// The same evidence without the time of day and the duration. A package holds it so, because the same inputs must
    /// give the same bytes.
    #[must_use]
    pub fn without_clock(mut self) -> Self {
        self.started_at = self.date().to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |day| day.timestamp());
        self.duration_ms = None;
        self
    }
}
