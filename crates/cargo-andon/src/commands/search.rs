//! `search`: runs the search of the release's own program, and draws its result.

use std::path::Path;

use andon_evidence::EXIT_USAGE;
use andon_evidence::alternatives::Alternatives;
use andon_evidence::evidence::Store;
use andon_evidence::files::{self, FileError};
use andon_evidence::policy::Policy;
use anyhow::Result;

use crate::console;
use crate::report::sections::alternatives;
use crate::run::cargo;

/// The plot, in the store.
const PLOT_FILE: &str = "search.svg";

/// Runs the release's program, which alone knows its record, and returns its exit code.
///
/// # Errors
/// If the program cannot be run, or its result cannot be drawn.
pub(crate) fn run(root: &Path, all: bool) -> Result<u8> {
    let mut program = cargo::command(root);
    program.args(["run", "--quiet", "--release", "--", "search"]).args(all.then_some("--all"));
    let status = program.status().map_err(FileError::io("run", Path::new("cargo run")))?;
    if status.success() {
        draw(root)?;
    }
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(EXIT_USAGE))
}

/// Draws the alternatives that the program wrote.
fn draw(root: &Path) -> Result<()> {
    let store = Store::in_root(root);
    let Some(found) = Alternatives::read(root)? else { return Ok(()) };
    let plots = alternatives::plots(&found, &Policy::read(root)?);
    if let Some(figure) = plots.first() {
        let path = store.path(PLOT_FILE);
        files::write_atomically(&path, figure.to_file().as_bytes())?;
        console::print(&format!("plot: {}", path.display()))?;
    }
    Ok(())
}
