//! The times of a release: of its gates, and of the built program. They lie beside the artifact, because everything
//! inside is hashed and signed, and the same evidence must give the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use andon_evidence::decision::Decision;
use andon_evidence::evidence::{Evidence, Timestamp};
use andon_evidence::files::{self, sha256_hex};
use andon_evidence::load::LoadFigures;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// The times of one release on the machine that made the artifact.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseTimes {
    /// The digest of the program.
    program_sha256: String,
    /// The program under the load of the policy; none if the policy has no table `[load]`.
    load: Option<LoadFigures>,
    /// Each gate by its id.
    gates: BTreeMap<String, GateTime>,
}

/// The time at which a gate started, and its duration.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GateTime {
    started_at: Timestamp,
    duration_ms: Option<u64>,
}

impl ReleaseTimes {
    /// The times of the gates of a decision, and of the program that follows from it.
    pub(super) fn new(program: &[u8], load: Option<LoadFigures>, decision: &Decision) -> Self {
        let time =
            |evidence: &Evidence| GateTime { started_at: evidence.started_at, duration_ms: evidence.duration_ms };
        let gates = decision.rows.iter().filter_map(|row| Some((row.gate.to_string(), time(row.evidence.as_ref()?))));
        Self { program_sha256: sha256_hex(program), load, gates: gates.collect() }
    }

    /// Writes the times beside the artifact in `folder`.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        Ok(files::write_atomically(&path_beside(folder), &serde_json::to_vec_pretty(self)?)?)
    }

    /// One line about the load that the program bore, if it was asked.
    pub(crate) fn line(&self) -> Option<String> {
        self.load.as_ref().map(|load| format!("load of the built program: {load}"))
    }
}

/// The path of the times beside an artifact.
fn path_beside(folder: &Path) -> PathBuf {
    PathBuf::from(format!("{}.times.json", folder.display()))
}
