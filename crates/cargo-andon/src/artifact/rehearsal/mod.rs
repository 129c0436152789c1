//! The rehearsal: the built program decides the data file, and its server answers questions, before the program is put
//! in place. Its answers must be those that the gates vouch for, answer for answer.
//!
//! The gates judge a model in their own process. The program is built by another command, with other features and
//! another profile, so code that only it contains could move an answer. The rehearsal asks the file that ships, in the
//! folder that ships, through every way to a decision: `predict`, and over HTTP one record, arrays, lines, the Open
//! Inference Protocol and explanations. Several clients ask at once, and broken requests come in between. It asks
//! twice: with the model inside the program, and with the model in the folder. The former also bears the load of the
//! policy.

mod expected;
mod hostile;
mod load;
mod load_bar;
mod predictions;
mod process;
mod record;
mod refused;
mod server;
mod server_client;
mod session;

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use andon_evidence::files::FileError;
use andon_evidence::load::LoadFigures;
use anyhow::Result;

pub(crate) use self::expected::ExpectedAnswers;
pub(crate) use self::process::{command, run_bounded};
pub(crate) use self::record::{REHEARSAL_FILE, RehearsalRecord};
pub(crate) use self::refused::RefusedProgram;

/// Asks the program in its folder everything. A [`RehearsalRecord`] says what that is.
///
/// # Errors
/// [`RefusedProgram`] with the first difference, also if the program hangs or fails, or with the bar that it misses
/// under load. Another error if this machine gives no temporary folder.
pub(crate) fn rehearse(program: &Path, expected: &ExpectedAnswers) -> Result<Option<LoadFigures>> {
    let program = &program.canonicalize().map_err(FileError::io("find", program))?;
    let folder = program.parent().unwrap_or(Path::new("."));
    let mut figures = None;
    for source in [vec![], vec![OsString::from("--model"), folder.into()]] {
        let aside = tempfile::tempdir()?;
        let copy = aside.path().join(predictions::DATA_COPY);
        fs::copy(&expected.data, &copy).map_err(FileError::io("copy", &expected.data))?;
        predictions::check(program, &source, aside.path(), expected).map_err(RefusedProgram::Differs)?;
        let server = server::start(program, &source, aside.path()).map_err(RefusedProgram::Differs)?;
        session::check(&server, expected).map_err(RefusedProgram::Differs)?;
        if figures.is_none() {
            figures = load::check(&server, expected)?;
        }
    }
    Ok(figures)
}
