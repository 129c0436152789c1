//! The times that the built program was measured with. They lie beside the artifact, because everything inside is hashed
//! and signed, and the same inputs must give the same bytes.

use std::path::{Path, PathBuf};

use andon_evidence::files::{self, sha256_hex};
use andon_evidence::load::LoadFigures;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// The times of one program on the machine that made the artifact.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgramTimes {
    /// The digest of the program.
    program_sha256: String,
    /// The program under the load of the policy; none if the policy has no table `[load]`.
    load: Option<LoadFigures>,
}

impl ProgramTimes {
    pub(super) fn new(program: &[u8], load: Option<LoadFigures>) -> Self {
        Self { program_sha256: sha256_hex(program), load }
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
